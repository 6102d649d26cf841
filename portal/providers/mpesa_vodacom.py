"""M-Pesa of Tanzania by Vodacom's OpenAPI (providers.md §2), asynchronous or synchronous as its app is set up.

A payment is a "conversation", known by their id and by ours, which is also its idempotency key: the same one twice is
INS-10 and no second prompt. What it cannot do: no signature on the callback, no amount in callback or query, no code of
its own for a wrong PIN or a payer's no.

What stays open: of the query's words Tanzania documents `Completed` alone. Where a callback with both ids said that
nobody paid, and the query never learns of it (INS-23, `N/A`), no answer decides, and the payment is left to people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar, Self

from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.refund_outcome import RefundAnswer, RefundOutcome
from portal.domain.trouble import Trouble
from portal.providers.failed_call import failed_question, failed_start
from portal.providers.mpesa_vodacom_callback import acknowledgement_of, read_callback
from portal.providers.mpesa_vodacom_codes import (
    NO_ID,
    code_of,
    is_success,
    outcome_of,
    read_id,
    transaction_id,
)
from portal.providers.mpesa_vodacom_query import checked, is_query_reference
from portal.providers.mpesa_vodacom_refund import WAYS_BACK, VodacomRefunds, heard_of_refund
from portal.providers.mpesa_vodacom_session import (
    WAITS_UNTIL_LIVE,
    Session,
    headers,
    is_refused,
)
from portal.providers.provider import (
    NO_HEADERS,
    NOT_BY_CODE,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
    callback_key_fault,
)
from portal.providers.public_key import read_public_key, room_in
from portal.providers.refund import RefundInquiry, RefundInstruction, way_of
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, Breaker, CallFailed, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class VodacomConfig:
    """`MPESA_VODACOM_…` of the settings.

    `base_url` ends with the environment: `https://openapi.m-pesa.com/openapi`, or `…/sandbox` whose public key is
    another one. `public_key` is base64 of DER, as the portal shows it. With a `callback_key` the app is asynchronous:
    its Response URL in the portal is `{PORTAL_PUBLIC_URL}/webhooks/mpesa/{callback_key}`. Without one it has none, and
    every request for money is answered only when the payer has.
    """

    base_url: str
    api_key: str = field(repr=False)
    public_key: str = field(repr=False)
    service_provider_code: str
    callback_key: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        found = {
            "public_key": "" if self._room() else "an RSA public key as base64 of DER",
            "api_key": "longer than the public key can encrypt"
            if 0 < self._room() < len(self.api_key.encode())
            else "",
            "service_provider_code": ""
            if re.fullmatch("[0-9A-Za-z]{4,12}", self.service_provider_code)
            else "four to twelve letters and digits",
            "callback_key": "" if self.callback_key is None else callback_key_fault(self.callback_key) or "",
        }
        return {name: fault for name, fault in found.items() if fault}

    def _room(self) -> int:
        try:
            return room_in(read_public_key(self.public_key))
        except ValueError:
            return 0


PATIENCE_WITH_PAYER = 125.0
"""Seconds that a synchronous request may be silent: the prompt is on the phone all that while."""
MOST_WAITING_PAYERS = 200
"""Each holds a connection until the prompt is over; who comes then is told to try again."""
SYNCHRONOUS = Capabilities(
    longest_start=timedelta(seconds=180),
    known_by_our_reference=True,
    known_by_receipt_code=True,
    tells_reversals=True,
    sends_back=WAYS_BACK,
)
ASYNCHRONOUS = replace(SYNCHRONOUS, longest_start=timedelta(seconds=45))
"""A session that is not live yet takes its half a minute in both."""
_MARKET = "/ipg/v2/vodacomTZN"
_LONGEST_LABEL = 256
_CONVERSATION = "input_ThirdPartyConversationID"


class Vodacom:
    """`wire` for all calls but the request for money, which has its own patience."""

    Config: ClassVar = VodacomConfig
    name = "mpesa_vodacom"
    webhook = "mpesa"
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.MPESA,)

    @classmethod
    def open(cls, config: VodacomConfig, means: Means) -> Self:
        return cls(config, *wires(config, means), means)

    def __init__(self, config: VodacomConfig, wire: Wire, push_wire: Wire, means: Means) -> None:
        self._config, self._wire, self._push_wire, self._random = config, wire, push_wire, means.random
        self.callback_key = config.callback_key
        self.capabilities = ASYNCHRONOUS if config.callback_key else SYNCHRONOUS
        self._session = Session(wire, config.api_key, config.public_key, means)
        self._refunds = VodacomRefunds(
            self._call, self._common, self._question, ends=config.callback_key is None
        )

    async def start(self, instruction: Instruction) -> StartOutcome:
        body = self._push(instruction)

        async def send(bearer: str) -> Answer:
            path = f"{_MARKET}/c2bPayment/singleStage/"
            return await self._push_wire.call("POST", path, json=body, headers=headers(bearer))

        try:
            answer = await self._session.call(send, WAITS_UNTIL_LIVE)
        except CallFailed as error:
            return failed_start(error)
        # It may be sent again: the same id twice is one prompt.
        if is_refused(answer):
            return NotSent("session not live", Trouble.TOKEN_REFUSED)
        return self._believed(_started(answer, instruction.reference))

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code and not is_query_reference(inquiry.receipt_code):
            return NOT_BY_CODE
        query = self._query(inquiry)
        try:
            answer = await self._call("GET", "/queryTransactionStatus/", (), {"params": query})
        except CallFailed as error:
            return failed_question(error)
        return checked(answer, inquiry, query[_CONVERSATION])

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        way = way_of(WAYS_BACK, instruction.route)
        return await self._refunds.send(instruction, way) if way else NotOffered(instruction.route)

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        return await self._refunds.check(inquiry)

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """Nothing is signed: the unguessable address and both ids vouch for it, and then the query."""
        read_callback(body)

    def translate(self, body: str) -> Sequence[Heard]:
        told = read_callback(body)
        if heard := heard_of_refund(told):
            return [heard]
        return [Heard(told.request_id, outcome_of(told.code, told.transaction), told.code, told.reference)]

    def acknowledgement(self, body: str) -> dict[str, object]:
        return acknowledgement_of(body)

    async def close(self) -> None:
        await self._wire.close()
        await self._push_wire.close()

    async def _call(
        self, verb: str, path: str, waits: Sequence[float], request: Mapping[str, Mapping[str, str]]
    ) -> Answer:
        async def send(bearer: str) -> Answer:
            return await self._wire.call(verb, _MARKET + path, headers=headers(bearer), **request)

        return await self._session.call(send, waits)

    def _believed(self, outcome: StartOutcome) -> StartOutcome:
        """An asynchronous app answers before the payer has: how it ended is for the query to say, whatever is in it."""
        if isinstance(outcome, Accepted) and self.callback_key is not None:
            return replace(outcome, ended=None)
        return outcome

    def _push(self, instruction: Instruction) -> dict[str, str]:
        return self._common(instruction.reference) | {
            "input_Amount": str(whole_shillings(instruction.amount)),
            "input_Currency": "TZS",
            "input_CustomerMSISDN": instruction.wallet.digits,
            # Letters and digits: white space in here is known to end in INS-1.
            "input_TransactionReference": instruction.reference,
            "input_PurchasedItemsDesc": _plain(instruction.label) or instruction.reference,
        }

    def _query(self, inquiry: Inquiry) -> dict[str, str]:
        """Their id is said to be found more surely than ours. The question needs a new id of its own."""
        theirs = inquiry.request_id or ""
        known_by = inquiry.receipt_code or (theirs if is_query_reference(theirs) else inquiry.reference)
        return self._common(self._question()) | {"input_QueryReference": known_by}

    def _question(self) -> str:
        return self._random(16).hex()

    def _common(self, conversation: str) -> dict[str, str]:
        return {
            "input_Country": "TZN",
            "input_ServiceProviderCode": self._config.service_provider_code,
            _CONVERSATION: conversation,
        }


def wires(config: VodacomConfig, means: Means) -> tuple[Wire, Wire]:
    """For all calls, and for requests for money: those of a synchronous app are silent as long as the payer is."""
    wire = Wire(config.base_url, Breaker(means.monotonic))
    if config.callback_key is not None:
        return wire, Wire(config.base_url, wire.breaker)
    own = Breaker(means.monotonic)
    return wire, Wire(
        config.base_url, own, PATIENCE_WITH_PAYER, most=MOST_WAITING_PAYERS, silence_is_usual=True
    )


def _plain(label: str) -> str:
    """Words without punctuation: any is refused with INS-30."""
    return " ".join(re.findall("[0-9A-Za-z]+", label))[:_LONGEST_LABEL].strip()


def _started(answer: Answer, reference: str) -> StartOutcome:
    code, about = code_of(answer), answer.body.get("output_ThirdPartyConversationID")
    if code is None:
        return Unknown(Reason.UNKNOWN_ERROR, f"HTTP {answer.status}", mapped=False)
    if about not in (reference, NO_ID, None):
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    transaction = transaction_id(answer.body.get("output_TransactionID"))
    request_id, outcome = read_id(answer.body.get("output_ConversationID")), outcome_of(code, transaction)
    if isinstance(outcome, NotPaid):
        return _refused(answer, request_id, outcome)
    if isinstance(outcome, Paid):
        return _accepted(answer, request_id, outcome)
    return outcome


def _accepted(answer: Answer, request_id: str | None, paid: Paid) -> StartOutcome:
    """Only a real transaction id means paid, and of a synchronous app alone: without one, INS-0 is "accepted"."""
    if not is_success(answer) or request_id is None:
        return Unknown(Reason.AMBIGUOUS, f"HTTP {answer.status}, INS-0")
    return Accepted(request_id, ended=paid if paid.receipt_code else None)


def _refused(answer: Answer, request_id: str | None, no: NotPaid) -> StartOutcome:
    """With an id of theirs the payer was asked, and this is the end; without one the request itself is refused."""
    if not HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(Reason.AMBIGUOUS, f"HTTP {answer.status}, {no.code}")
    if request_id is None or no.reason is Reason.PAYEE_PROBLEM:
        return Rejected(no.reason, no.code)
    return Accepted(request_id, ended=no)
