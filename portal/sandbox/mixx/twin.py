"""Mixx by Yas as the world knows it: its tokens, the prompts it takes, and the callback that tells their result."""

import json
from typing import Any

from litestar import Response

from portal.sandbox.book import PAYOUT, Movement
from portal.sandbox.mixx import codes
from portal.sandbox.mixx.menu import Menu
from portal.sandbox.mixx.payouts import Disbursement
from portal.sandbox.mixx.refusals import RefusedError
from portal.sandbox.mixx.tokens import Tokens
from portal.sandbox.mixx.validation import PushBillPay
from portal.sandbox.operators import MIXX, is_msisdn
from portal.sandbox.prompt import Prompt, Push, Refund, Transaction
from portal.sandbox.results import PAID, UNDOCUMENTED
from portal.sandbox.twin import Letter
from portal.sandbox.world import World


class Mixx:
    name = "mixx"
    operator = MIXX

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.mixx
        self.tokens = Tokens(self.account, world.clock, world.token_source)
        self.menu = Menu(world, self.account.company_number)

    def code(self, result: str) -> str:
        """All that it ever says in a callback."""
        return "true" if result == PAID else "false"

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        """Of a failure there is no transaction id. What no document names is a yes that names none either."""
        told: dict[str, object] = {
            "Status": result in (PAID, UNDOCUMENTED),
            "Description": codes.DESCRIPTIONS.get(result, "Transaction failed"),
            "ReferenceID": transaction.request_id,
            "Amount": str(movement.amount if movement else transaction.push.amount),
        }
        if movement:
            told["MFSTransactionID"] = movement.receipt
        return Letter(json.dumps(told).encode(), {"Content-Type": "application/json"})

    def unheard_of(self, path: str, status: int) -> Response[Any]:  # noqa: ARG002  (whatever the path is)
        """No document says what the gateway does."""
        return Response({"error": "not_found"}, status_code=status)

    def accept(self, asked: PushBillPay) -> Prompt:
        """A ReferenceID is good for one push. The callback goes to the address that is registered now."""
        network = self.world.network
        if asked.reference_id in network.prompts:
            raise RefusedError(codes.INVALID_REFERENCE, asked.reference_id)
        if not is_msisdn(asked.msisdn):
            raise RefusedError(codes.UNREGISTERED_PAYER, asked.reference_id)
        if network.is_locked(asked.msisdn):
            raise RefusedError(codes.TOO_FREQUENT, asked.reference_id)
        name, url = self.world.settings.business_name, self.world.callback_urls.get(self.name, "")
        push = Push(MIXX, name, asked.msisdn, asked.amount, asked.reference, url)
        if network.broken_rule(push):
            raise RefusedError(codes.OUT_OF_RANGE, asked.reference_id)
        return network.accept(self, push, asked.reference_id)

    def pay_out(self, asked: Disbursement) -> Refund:
        """Decided at once, and told to nobody but whoever asked."""
        name = self.world.settings.business_name
        back = Refund(
            twin=self,
            request_id=asked.reference_id,
            push=Push(MIXX, name, asked.msisdn, asked.amount, asked.reference_id),
            kind=PAYOUT,
        )
        self.world.network.send_back_at_once(back)
        return back
