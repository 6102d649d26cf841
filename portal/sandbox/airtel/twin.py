"""Airtel as the world knows it: its tokens, the prompts it takes, and the callback that tells their result."""

import base64
import hashlib
import hmac
import json
from typing import Any

from litestar import Response

from portal.sandbox.airtel import refunds, refusals
from portal.sandbox.airtel.codes import CALLED_BACK, CODES, letters, words
from portal.sandbox.airtel.refunds import Disbursement
from portal.sandbox.airtel.tokens import Tokens
from portal.sandbox.airtel.validation import UssdPush
from portal.sandbox.book import PAYOUT, Movement
from portal.sandbox.operators import AIRTEL
from portal.sandbox.prompt import Prompt, Push, Refund, Transaction
from portal.sandbox.twin import Letter
from portal.sandbox.world import World


class Airtel:
    name = "airtel"
    operator = AIRTEL

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.airtel
        self.tokens = Tokens(self.account, world.clock, world.token_source)

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        """No amount and no number, but in its prose."""
        code = self.code(result)
        status = letters(code)
        told = {
            "id": transaction.request_id,
            "message": _prose(transaction.push, movement) if movement else words(code),
            "status_code": CALLED_BACK.get(status, status),
        }
        if movement:
            told["airtel_money_id"] = movement.receipt
        body = _compact({"transaction": told} | self._hash(told))
        return Letter(body.encode(), {"Content-Type": "application/json"})

    def unheard_of(self, path: str, status: int) -> Response[Any]:  # noqa: ARG002  (whatever the path is)
        told = {"code": str(status), "message": "No such resource", "success": False}
        return Response({"status": told}, status_code=status)

    def check_new(self, push: UssdPush) -> None:
        """The merchant's id is the payment's own: it is taken once."""
        if push.id in self.world.network.prompts:
            raise refusals.duplicate()

    def accept(self, asked: UssdPush) -> Prompt:
        network, world = self.world.network, self.world
        url = world.callback_urls.get(self.name, "")
        name = world.settings.business_name
        push = Push(AIRTEL, name, asked.msisdn, asked.amount, asked.reference, url)
        return network.accept(self, push, asked.id, broken_rule=network.broken_rule(push))

    def find(self, payment_id: str) -> Prompt | None:
        prompt = self.world.network.prompts.get(payment_id)
        return prompt if prompt and prompt.twin is self else None

    def reverse(self, receipt: str) -> Refund:
        """All that was paid, at once, and only where nothing of it went back."""
        network = self.world.network
        paid = network.book.payment(receipt)
        if paid is None or paid.provider != self.name:
            raise refusals.not_found()
        if network.left_of(paid) != paid.amount:
            raise refusals.failed()
        push = self._sent_back(paid.msisdn, paid.amount, paid.account_reference)
        back = Refund(twin=self, request_id=self.world.token_source(8), push=push, of=receipt)
        network.send_back_at_once(back)
        return back

    def pay_out(self, asked: Disbursement, *, at_once: bool) -> Refund:
        network = self.world.network
        if asked.id in network.refunds:
            raise refunds.duplicate()
        push = self._sent_back(asked.msisdn, asked.amount, asked.reference)
        back = Refund(twin=self, request_id=asked.id, push=push, kind=PAYOUT)
        (network.send_back_at_once if at_once else network.send_back)(back)
        return back

    def _sent_back(self, msisdn: str, amount: int, reference: str) -> Push:
        """Nobody is called about it."""
        return Push(AIRTEL, self.world.settings.business_name, msisdn, amount, reference)

    def _hash(self, told: dict[str, str]) -> dict[str, str]:
        if not self.account.hash_key:
            return {}
        text = _compact(told if self.account.hashes_transaction else {"transaction": told})
        digest = hmac.digest(self.account.hash_key.encode(), text.encode(), hashlib.sha256)
        return {"hash": base64.b64encode(digest).decode()}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _prose(push: Push, paid: Movement) -> str:
    return f"Paid TSHS {paid.amount:,} to {push.merchant.upper()} Charge TSHS 0, Trans ID {paid.receipt}."
