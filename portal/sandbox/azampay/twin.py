"""AzamPay as the world knows it: its tokens, the prompts it takes, and the callback that tells their result."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from litestar import Response

from portal.sandbox.azampay import refusals
from portal.sandbox.azampay.codes import CODES, words
from portal.sandbox.azampay.signing import first_key, new_key, sign
from portal.sandbox.azampay.tokens import Tokens
from portal.sandbox.azampay.validation import MnoCheckout
from portal.sandbox.book import Movement
from portal.sandbox.operators import HALOPESA
from portal.sandbox.prompt import Prompt, Push, Transaction
from portal.sandbox.twin import Letter
from portal.sandbox.world import World

TRANSACTION, OPERATOR = "transactionId", "operator"


class AzamPay:
    """It stands before several wallets; each push names its own."""

    name = "azampay"
    operator = HALOPESA

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.azampay
        self.tokens = Tokens(self.account, world.clock, world.token_source)
        self._key: RSAPrivateKey | None = None

    @property
    def key(self) -> RSAPrivateKey:
        return self._key or first_key()

    def change_key(self) -> None:
        """What was signed before stays as it is."""
        self._key = new_key()

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        """Everything in it is text, the amount too."""
        push = transaction.push
        told = {
            "msisdn": push.msisdn,
            "amount": str(movement.amount if movement else push.amount),
            "message": words(result),
            "utilityref": transaction.request_id,
            "operator": transaction.ids[OPERATOR],
            "reference": transaction.ids[TRANSACTION],
            "transactionstatus": self.code(result),
            "submerchantAcc": "",
        }
        if self.account.signs:
            told["externalreference"] = movement.receipt if movement else transaction.ids[TRANSACTION]
            told["signature"] = sign(told, self.key)
        return Letter(json.dumps(told).encode(), {"Content-Type": "application/json"})

    def unheard_of(self, path: str, status: int) -> Response[Any]:  # noqa: ARG002  (whatever the path is)
        return Response(refusals.RefusedError(status, "No such resource").body(), status_code=status)

    def check_new(self, asked: MnoCheckout) -> None:
        """The merchant's id is the payment's own: it is taken once."""
        if asked.external_id in self.world.network.prompts:
            raise refusals.duplicate()

    def accept(self, asked: MnoCheckout) -> Prompt:
        network, world = self.world.network, self.world
        name = world.settings.business_name
        push = Push(asked.operator, name, asked.msisdn, asked.amount, asked.external_id, asked.callback_url)
        ids = {TRANSACTION: world.token_source(16), OPERATOR: asked.provider}
        return network.accept(self, push, asked.external_id, ids=ids, broken_rule=network.broken_rule(push))

    def find(self, external_id: str, transaction_id: str) -> Prompt | None:
        own = (prompt for prompt in self.world.network.prompts.values() if prompt.twin is self)
        named = (external_id, transaction_id)
        return next(
            (one for one in own if one.request_id == named[0] or one.ids[TRANSACTION] == named[1]), None
        )
