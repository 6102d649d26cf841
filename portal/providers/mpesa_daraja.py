"""M-Pesa by STK push in the format of the customer's document: Safaricom's Daraja 3.0 (providers.md §1).

A payment is a "CheckoutRequestID". What it cannot do: no idempotency (a push sent twice is two prompts), no query
by our own reference, no amount in the query's answer, no signature on the callback, and a callback comes once.

It is not asked by a receipt code: Transaction Status (§1.9) wants an initiator of its own, answers by a callback, and
states amount and names but not what was paid for, so of two payments of one tenant it cannot say which it was.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.refund_outcome import RefundAnswer, RefundOutcome
from portal.domain.trouble import Trouble
from portal.domain.zone import EAST_AFRICA
from portal.providers.access_token import AccessToken, Token
from portal.providers.failed_call import failed_question, failed_start
from portal.providers.mpesa_daraja_answer import (
    BAD_CREDENTIALS,
    BAD_TOKEN,
    OK,
    SUBMIT_TROUBLE,
    error_in,
    is_about_us,
    message_in,
)
from portal.providers.mpesa_daraja_callback import read_callback, result_code, wire_id
from portal.providers.mpesa_daraja_config import DarajaConfig
from portal.providers.mpesa_daraja_refund import DarajaRefunds
from portal.providers.mpesa_daraja_result import heard_in, read_result
from portal.providers.provider import (
    NO_HEADERS,
    NOT_BY_CODE,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
)
from portal.providers.refund import RefundInquiry, RefundInstruction, way_of
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, Breaker, CallFailed, CredentialsRefused, NeverSent, Unanswered, Wire

OUTCOMES: dict[str, Reason | None] = {
    "0": None,
    "1": Reason.INSUFFICIENT_FUNDS,
    "2": Reason.LIMIT_PER_PAYMENT,
    "3": Reason.LIMIT_PER_PAYMENT,
    "4": Reason.LIMIT_DAILY,
    "8": Reason.PAYEE_PROBLEM,
    "17": Reason.SESSION_BUSY,
    "26": Reason.PROVIDER_BUSY,
    "1001": Reason.SESSION_BUSY,
    "1019": Reason.NO_RESPONSE,
    "1025": Reason.PROMPT_NOT_SENT,
    "9999": Reason.PROMPT_NOT_SENT,
    "1031": Reason.CANCELLED_OR_TIMED_OUT,
    # "Cancelled by user" and "prompt timed out" share this code: never accuse the payer of cancelling.
    "1032": Reason.CANCELLED_OR_TIMED_OUT,
    "1037": Reason.NO_RESPONSE,
    # In a push this is the payer's PIN; in a reversal the same code means our own initiator.
    "2001": Reason.WRONG_PIN,
    "2028": Reason.PAYEE_PROBLEM,
    "8006": Reason.PIN_LOCKED,
    "SFC_IC0003": Reason.PAYEE_PROBLEM,
}
"""Result codes of a push (§1.6). None is "paid"; a code that is not here is pending, unmapped."""

STILL_PROCESSING = frozenset({"4999", "500.001.1001"})
"""Seen for pushes in flight, for unknown ids and at random for finished ones: they carry no information."""

REFUSALS = {
    "400.002.02": Reason.PAYEE_PROBLEM,
    "400.002.05": Reason.PAYEE_PROBLEM,
    "400.003.02": Reason.PAYEE_PROBLEM,
    "404.001.01": Reason.PAYEE_PROBLEM,
    "404.001.04": Reason.PAYEE_PROBLEM,
    "404.003.01": Reason.PAYEE_PROBLEM,
    "405.001": Reason.PAYEE_PROBLEM,
    "500.003.02": Reason.PROVIDER_BUSY,
    "500.003.03": Reason.PROVIDER_BUSY,
}
"""Error codes that refuse the push itself; any other error leaves it open whether a prompt went out."""

_LONGEST_LABEL = 13


class Daraja:
    """Safaricom's API. `clock` gives aware UTC; the wire's time stamps are East Africa Time."""

    Config: ClassVar = DarajaConfig
    name = "mpesa_daraja"
    webhook = "mpesa"
    callback_key: str | None = None
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.MPESA,)

    @classmethod
    def open(cls, config: DarajaConfig, means: Means) -> Self:
        return cls(config, Wire(config.base_url, Breaker(means.monotonic)), means.clock)

    def __init__(self, config: DarajaConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire, self._clock = config, wire, clock
        self._token = AccessToken(self._fetch_token, clock)
        self._refunds = DarajaRefunds(self._authorised, config.short_code, config.initiator)
        self.capabilities = Capabilities(payee=config.short_code, sends_back=self._refunds.ways)

    async def start(self, instruction: Instruction) -> StartOutcome:
        try:
            answer = await self._authorised("/mpesa/stkpush/v1/processrequest", self._push(instruction))
        except CallFailed as error:
            return failed_start(error)
        return _started(answer)

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        request_id = inquiry.request_id or ""
        try:
            body = self._signed({"CheckoutRequestID": request_id})
            answer = await self._authorised("/mpesa/stkpushquery/v1/query", body)
        except CallFailed as error:
            return failed_question(error)
        return _checked(answer, request_id)

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        way, by = way_of(self.capabilities.sends_back, instruction.route), self._config.initiator
        return await self._refunds.send(instruction, way, by) if way and by else NotOffered(instruction.route)

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        by = self._config.initiator
        return await self._refunds.check(inquiry, by) if by else Pending("no initiator")

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """Nothing is signed: the unguessable address vouches for the sender, and the shape is all there is to see."""
        if read_result(body) is None:
            read_callback(body)

    def translate(self, body: str) -> Sequence[Heard]:
        if result := read_result(body):
            return [heard_in(result)]
        callback = read_callback(body)
        outcome = _outcome(callback.code)
        if isinstance(outcome, Paid):
            outcome = callback.paid()
        return [Heard(callback.request_id, outcome, callback.code)]

    async def close(self) -> None:
        await self._wire.close()

    def _push(self, instruction: Instruction) -> dict[str, Any]:
        digits = instruction.wallet.digits
        return self._signed(
            {
                "TransactionType": "CustomerPayBillOnline",
                "Amount": str(whole_shillings(instruction.amount)),
                "PartyA": digits,
                "PartyB": self._config.short_code,
                "PhoneNumber": digits,
                "CallBackURL": instruction.callback_url,
                "AccountReference": instruction.reference,
                "TransactionDesc": instruction.label[:_LONGEST_LABEL].strip(),
            }
        )

    def _signed(self, body: dict[str, Any]) -> dict[str, Any]:
        stamp = self._clock().astimezone(EAST_AFRICA).strftime("%Y%m%d%H%M%S")
        secret = f"{self._config.short_code}{self._config.passkey}{stamp}"
        return {
            "BusinessShortCode": int(self._config.short_code),
            "Password": base64.b64encode(secret.encode()).decode(),
            "Timestamp": stamp,
            **body,
        }

    async def _authorised(self, path: str, body: dict[str, Any]) -> Answer:
        async def send(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            return await self._wire.call("POST", path, json=body, headers=headers)

        return await self._token.call(send, lambda answer: error_in(answer) in BAD_TOKEN)

    async def _fetch_token(self) -> Token:
        pair = f"{self._config.consumer_key}:{self._config.consumer_secret}"
        basic = base64.b64encode(pair.encode()).decode()
        try:
            answer = await self._wire.call(
                "GET",
                "/oauth/v1/generate",
                params={"grant_type": "client_credentials"},
                headers={"Authorization": f"Basic {basic}"},
            )
        except Unanswered as error:
            # Whatever went wrong with the token, the request behind it has not been sent.
            raise NeverSent("no access token", error.trouble) from error
        return _token(answer)


def _token(answer: Answer) -> Token:
    error = error_in(answer)
    if error in BAD_CREDENTIALS:
        raise CredentialsRefused(error)
    try:
        # The documents write expires_in as a number, other pages as a string.
        return Token(str(answer.body["access_token"]), timedelta(seconds=int(answer.body["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise NeverSent("no access token", Trouble.UNREADABLE) from fault


def _started(answer: Answer) -> StartOutcome:
    request_id, code = (
        wire_id(answer.body.get("CheckoutRequestID")),
        result_code(answer.body.get("ResponseCode")),
    )
    if answer.status == OK and code == "0" and request_id:
        return Accepted(request_id, wire_id(answer.body.get("MerchantRequestID")))
    error = error_in(answer) or f"HTTP {answer.status}"
    if error in REFUSALS:
        return Rejected(REFUSALS[error], error)
    if error == SUBMIT_TROUBLE:
        return _submit_trouble(answer)
    return Unknown(Reason.UNKNOWN_ERROR, error, mapped=False)


def _submit_trouble(answer: Answer) -> StartOutcome:
    """Only two of the four are refusals."""
    if "lock subscriber" in message_in(answer):
        return Rejected(Reason.SESSION_BUSY, SUBMIT_TROUBLE)
    if is_about_us(answer):
        return Rejected(Reason.PAYEE_PROBLEM, SUBMIT_TROUBLE, Trouble.CREDENTIALS_REFUSED)
    return Unknown(Reason.AMBIGUOUS, SUBMIT_TROUBLE)


def _checked(answer: Answer, request_id: str) -> Outcome:
    error = error_in(answer)
    if error is not None:
        return Pending(error) if error in STILL_PROCESSING else Unknown(Reason.AMBIGUOUS, error)
    code = result_code(answer.body.get("ResultCode"))
    if answer.status != OK or code is None:
        return Unknown(Reason.AMBIGUOUS, f"HTTP {answer.status}, no result")
    if answer.body.get("CheckoutRequestID") != request_id:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return _outcome(code)


def _outcome(code: str) -> Outcome:
    if code in STILL_PROCESSING:
        return Pending(code)
    if code not in OUTCOMES:
        return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)
    reason = OUTCOMES[code]
    return Paid() if reason is None else NotPaid(reason, code)
