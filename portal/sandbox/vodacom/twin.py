"""Vodacom as the world knows it: its sessions, the transactions it takes, and the callback that tells their result."""

import json
from collections.abc import Mapping
from typing import Any

from litestar import Response

from portal.sandbox.book import PAYOUT, REVERSAL, Movement
from portal.sandbox.fates import Fate
from portal.sandbox.operators import MPESA, is_msisdn
from portal.sandbox.prompt import Prompt, Push, Refund, Transaction
from portal.sandbox.results import ABOVE_MAXIMUM, LOCKED, PAID
from portal.sandbox.twin import Letter
from portal.sandbox.vodacom.codes import CODES, words
from portal.sandbox.vodacom.numbers import DOCUMENTED
from portal.sandbox.vodacom.refusals import RefusedError
from portal.sandbox.vodacom.sessions import Sessions
from portal.sandbox.vodacom.validation import CONVERSATION, shillings
from portal.sandbox.world import World


class Vodacom:
    name = "vodacom"
    operator = MPESA

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.vodacom
        self.sessions = Sessions(self.account, world.clock, world.token_source)

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        """It holds no amount; of a failure the transaction id is missing or N/A, as chance has it."""
        code = self.code(result)
        told = {
            "input_OriginalConversationID": transaction.request_id,
            "input_ResultCode": code,
            "input_ResultDesc": words(code),
            "input_ThirdPartyConversationID": transaction.ids[CONVERSATION],
        }
        transaction_id = movement.receipt if movement else self.no_id()
        if transaction_id:
            told["input_TransactionID"] = transaction_id
        return Letter(json.dumps(told).encode(), {"Content-Type": "application/json"})

    def unheard_of(self, path: str, status: int) -> Response[Any]:
        """Another market has a code; for all else no document says what the gateway does."""
        if status == 404 and "/ipg/v2/" in path and "/vodacomTZN" not in path:
            return Response(refused_fields("INS-998"), status_code=400)
        return Response({"output_error": "Not Found"}, status_code=status)

    def no_id(self) -> str:
        """How an id is left out."""
        return self.world.random.choice(["", "N/A"])

    def fate_of(self, msisdn: str) -> Fate:
        """Raises INS-2051 for a number that no network has."""
        if msisdn in DOCUMENTED:
            return DOCUMENTED[msisdn]
        if not is_msisdn(msisdn):
            raise RefusedError("INS-2051")
        return self.world.network.fate_of(msisdn)

    def accept(self, fields: Mapping[str, str], fate: Fate) -> Prompt:
        push, network = self._push(fields), self.world.network
        rule = LOCKED if network.is_locked(push.msisdn) else network.broken_rule(push)
        ids = {CONVERSATION: fields[CONVERSATION]}
        return network.accept(self, push, self.conversation_id(), ids=ids, fate=fate, broken_rule=rule)

    def pay_out(self, fields: Mapping[str, str]) -> Refund:
        push = self._push(fields)
        if self.world.network.broken_rule(push) == ABOVE_MAXIMUM:
            raise RefusedError(CODES[ABOVE_MAXIMUM])
        return self._send_back(fields, push, PAYOUT)

    def reverse(self, fields: Mapping[str, str]) -> Refund:
        """All that is left of a payment, or a part of it."""
        receipt, network = fields["input_TransactionID"], self.world.network
        paid = network.book.payment(receipt)
        if paid is None:
            raise RefusedError("INS-18")
        if paid.provider != self.name:
            raise RefusedError("INS-35")
        left = network.left_of(paid)
        if not left:
            raise RefusedError("INS-6")
        amount = self._amount(fields["input_ReversalAmount"]) if "input_ReversalAmount" in fields else left
        if amount > left:
            raise RefusedError("INS-15")
        push = self._asked(paid.msisdn, amount, paid.account_reference)
        return self._send_back(fields, push, REVERSAL, receipt)

    def check_own(self, fields: Mapping[str, str]) -> None:
        """Raises where the short code is another's, or the request's own id was used before."""
        if fields["input_ServiceProviderCode"] != self.account.service_provider_code:
            raise RefusedError("INS-13")
        if any(one.ids[CONVERSATION] == fields[CONVERSATION] for one in self.transactions()):
            raise RefusedError("INS-10")

    def find(self, reference: str) -> Transaction | None:
        """By its receipt, our conversation id or the merchant's own."""
        return next((one for one in self.transactions() if reference in _names(one)), None)

    def is_reversed(self, transaction: Transaction) -> bool:
        paid = transaction.movement
        return bool(paid and self.world.network.book.left_of(paid) != paid.amount)

    def transactions(self) -> list[Transaction]:
        network = self.world.network
        all_of_them: list[Transaction] = [*network.prompts.values(), *network.refunds.values()]
        return [one for one in all_of_them if one.twin is self]

    def conversation_id(self) -> str:
        return self.world.token_source(16)

    def _push(self, fields: Mapping[str, str]) -> Push:
        amount = self._amount(fields["input_Amount"])
        return self._asked(fields["input_CustomerMSISDN"], amount, fields["input_TransactionReference"])

    def _asked(self, msisdn: str, amount: int, reference: str) -> Push:
        """The callback goes to the address that is registered now."""
        name, url = self.world.settings.business_name, self.world.callback_urls.get(self.name, "")
        return Push(MPESA, name, msisdn, amount, reference, url)

    def _send_back(self, fields: Mapping[str, str], push: Push, kind: str, of: str = "") -> Refund:
        ids = {CONVERSATION: fields[CONVERSATION]}
        refund = Refund(twin=self, request_id=self.conversation_id(), push=push, ids=ids, kind=kind, of=of)
        self.world.network.send_back(refund)
        return refund

    def _amount(self, text: str) -> int:
        amount = shillings(text)
        if amount is None:
            raise RefusedError("INS-15")
        return amount


def refused_fields(code: str, conversation_id: str = "N/A") -> dict[str, str]:
    return {
        "output_ResponseCode": code,
        "output_ResponseDesc": words(code),
        "output_TransactionID": "N/A",
        "output_ConversationID": "N/A",
        "output_ThirdPartyConversationID": conversation_id,
    }


def _names(transaction: Transaction) -> set[str]:
    receipt = transaction.movement.receipt if transaction.movement and transaction.result == PAID else ""
    return {transaction.request_id, transaction.ids[CONVERSATION], receipt}
