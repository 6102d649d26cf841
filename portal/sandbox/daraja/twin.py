"""Daraja as the world knows it: its tokens, the prompts it takes, and the callback that tells their result."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import Response

from portal.sandbox.book import Movement
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.codes import CODES, words
from portal.sandbox.daraja.result_letters import told_of_end
from portal.sandbox.daraja.sending_back import SendingBack
from portal.sandbox.daraja.tokens import Tokens
from portal.sandbox.daraja.validation import PAYBILL, StkPush
from portal.sandbox.operators import MPESA
from portal.sandbox.prompt import Prompt, Push, Refund, Transaction
from portal.sandbox.results import NOT_PERMITTED, PROMPT_NOT_SENT
from portal.sandbox.settings import EAT
from portal.sandbox.twin import Letter
from portal.sandbox.world import World

LONGEST_PROMPT = 182


class Daraja:
    name = "daraja"
    operator = MPESA

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.daraja
        self.tokens = Tokens(self.account, world.clock, world.token_source)
        self.refunds = SendingBack(self)

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        if isinstance(transaction, Refund):
            return told_of_end(replace(transaction, result=result), movement)
        code = self.code(result)
        callback: dict[str, object] = {
            "MerchantRequestID": transaction.ids["MerchantRequestID"],
            "CheckoutRequestID": transaction.request_id,
            "ResultCode": int(code) if code.isdecimal() else code,
            "ResultDesc": words(code),
        }
        if movement:
            callback["CallbackMetadata"] = {"Item": self._items(movement)}
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "Businessshortcode": self.account.short_code,
        }
        return Letter(json.dumps({"Body": {"stkCallback": callback}}).encode(), headers)

    def unheard_of(self, path: str, status: int) -> Response[Any]:  # noqa: ARG002  (whatever the path is)
        return self.refused(refusals.wrong_verb() if status == 405 else refusals.no_such_resource())

    def refused(self, error: refusals.RefusedError) -> Response[Any]:
        """Daraja's envelope."""
        token = self.world.token_source(17)
        request_id = f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:34]}"
        envelope = {"requestId": request_id, "errorCode": error.code, "errorMessage": error.message}
        return Response(envelope, status_code=error.status)

    def accept(self, stk: StkPush) -> Prompt:
        """Every accepted push is a prompt of its own: Daraja knows no idempotency."""
        network = self.world.network
        if network.is_locked(stk.msisdn):
            raise refusals.subscriber_locked()
        name = self.world.settings.business_name
        push = Push(MPESA, name, stk.msisdn, stk.amount, stk.reference, stk.callback_url)
        ids = {"MerchantRequestID": self._merchant_id()}
        rule = self._broken_rule(stk, push) or network.broken_rule(push)
        return network.accept(self, push, self._checkout_id(self.world.clock()), ids=ids, broken_rule=rule)

    def _broken_rule(self, stk: StkPush, push: Push) -> str | None:
        if stk.payee != self.account.short_code or stk.transaction_type != PAYBILL:
            return NOT_PERMITTED
        return PROMPT_NOT_SENT if len(push.text) > LONGEST_PROMPT else None

    def _items(self, movement: Movement) -> list[dict[str, object]]:
        """In any order and sometimes with a Balance that has no value: they are to be read by name."""
        items: list[dict[str, object]] = [
            {"Name": "Amount", "Value": float(movement.amount)},
            {"Name": "MpesaReceiptNumber", "Value": movement.receipt},
            {"Name": "TransactionDate", "Value": int(movement.at.astimezone(EAT).strftime("%Y%m%d%H%M%S"))},
            {"Name": "PhoneNumber", "Value": int(movement.msisdn)},
        ]
        if self.world.random.random() < 0.5:
            items.append({"Name": "Balance"})
            self.world.random.shuffle(items)
        return items

    def _checkout_id(self, now: datetime) -> str:
        number = int(self.world.token_source(8), 16) % 10**12
        return f"ws_CO_{now.astimezone(EAT):%d%m%Y%H%M%S}{number:012}"

    def _merchant_id(self) -> str:
        token = self.world.token_source(14)
        return f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:]}"
