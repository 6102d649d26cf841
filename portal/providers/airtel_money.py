"""Airtel Money by USSD push: Airtel Africa's Open API in Tanzania (providers.md §4).

A payment is known by the id that we give it, so a lost answer can be asked about. What it cannot do: state an amount,
in the enquiry or in the callback, tell a request that expired from one that was refused in the callback, and be asked
by the code of a receipt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    Outcome,
    Paid,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.refund_outcome import RefundAnswer, RefundOutcome
from portal.domain.trouble import Trouble
from portal.providers.access_token import AccessToken, Token
from portal.providers.airtel_money_answer import (
    BAD_TOKEN,
    OK,
    SERVER_ERROR,
    said_code,
    status_in,
    transaction_in,
)
from portal.providers.airtel_money_callback import code_of, id_of, read_callback, receipt_code_of
from portal.providers.airtel_money_codes import ACCEPTED, OPEN_QUESTIONS, REFUSALS, outcome
from portal.providers.airtel_money_refund import AirtelRefunds, Disbursing
from portal.providers.failed_call import failed_question, failed_start
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
from portal.providers.public_key import public_key_fault
from portal.providers.refund import RefundInquiry, RefundInstruction, way_of
from portal.providers.wallet import national_number, whole_shillings
from portal.providers.wire import Answer, Breaker, CallFailed, CredentialsRefused, NeverSent, Unanswered, Wire
from portal.telemetry.log import get_log

WAIT_BEFORE_ASKING = timedelta(minutes=3)
COUNTRY, CURRENCY = "TZ", "TZS"
log = get_log("airtel_money")


@dataclass(frozen=True, slots=True, kw_only=True)
class AirtelMoneyConfig:
    """`AIRTEL_MONEY_…` of the settings.

    `callback_key` ends the one address that is registered for the application; `hash_key` is the private key of
    callback authentication, where that is switched on. With both `disbursement_…` money is paid out, too: the PIN of
    four digits, and the key that hides it, base64 of DER.
    """

    base_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    callback_key: str = field(repr=False)
    hash_key: str | None = field(default=None, repr=False)
    disbursement_pin: str | None = field(default=None, repr=False)
    disbursement_public_key: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        pin, key = self.disbursement_pin, self.disbursement_public_key
        found = {
            "callback_key": callback_key_fault(self.callback_key),
            "disbursement_pin": _pin_fault(pin) if pin or key else None,
            "disbursement_public_key": public_key_fault(key) if pin or key else None,
        }
        return {name: fault for name, fault in found.items() if fault}

    @property
    def disbursing(self) -> Disbursing | None:
        if self.disbursement_pin is None or self.disbursement_public_key is None:
            return None
        return Disbursing(self.disbursement_pin, self.disbursement_public_key)


def _pin_fault(text: str | None) -> str | None:
    return None if re.fullmatch("[0-9]{4}", text or "") else "four digits, beside the key that hides them"


class AirtelMoney:
    """`clock` gives aware UTC."""

    Config: ClassVar = AirtelMoneyConfig
    name = "airtel_money"
    webhook = "airtel"
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.AIRTEL_MONEY,)

    @classmethod
    def open(cls, config: AirtelMoneyConfig, means: Means) -> Self:
        return cls(config, Wire(config.base_url, Breaker(means.monotonic)), means.clock)

    def __init__(self, config: AirtelMoneyConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire = config, wire
        self.callback_key: str | None = config.callback_key
        # It lives 180 seconds and is renewed a minute before: never older than 120 of the 150 that are allowed.
        self._token = AccessToken(self._fetch_token, clock)
        self._refunds = AirtelRefunds(self._authorised, config.disbursing)
        # The wait is for silent payments: a callback is a reason to ask at once, and is asked about at once.
        self.capabilities = Capabilities(
            earliest_ask=WAIT_BEFORE_ASKING, known_by_our_reference=True, sends_back=self._refunds.ways
        )

    async def start(self, instruction: Instruction) -> StartOutcome:
        push = _push(instruction)
        try:
            # The slash at the end is part of the address.
            answer = await self._authorised("POST", "/merchant/v1/payments/", json=push)
        except CallFailed as error:
            return failed_start(error)
        return _started(answer, instruction.reference)

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        try:
            answer = await self._authorised("GET", f"/standard/v1/payments/{inquiry.reference}")
        except CallFailed as error:
            return failed_question(error)
        return _checked(answer, inquiry.reference)

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        way = way_of(self.capabilities.sends_back, instruction.route)
        return await self._refunds.send(instruction, way) if way else NotOffered(instruction.route)

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        return await self._refunds.check(inquiry)

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """A wrong hash is told to the office and refuses nothing: our guess of what is hashed may be the fault."""
        callback = read_callback(body, self._config.hash_key)
        if not callback.is_proved:
            log.error("callback_hash_wrong", provider=self.name, payment=callback.reference)

    def translate(self, body: str) -> Sequence[Heard]:
        callback = read_callback(body, self._config.hash_key)
        says = outcome(callback.letters, callback.code, callback.receipt_code)
        if not callback.is_proved:
            # It may have been made up by anybody, its receipt code too: no more than a reason to ask.
            says = Unknown(Reason.AMBIGUOUS, "wrong hash", trouble=Trouble.CALLBACK_UNPROVED)
        return [Heard(callback.reference, says, callback.letters, callback.reference)]

    async def close(self) -> None:
        await self._wire.close()

    async def _authorised(self, verb: str, path: str, **request: Any) -> Answer:
        async def send(token: str) -> Answer:
            headers = {
                "Authorization": f"Bearer {token}",
                "Accept": "*/*",
                "X-Country": COUNTRY,
                "X-Currency": CURRENCY,
            }
            return await self._wire.call(verb, path, headers=headers, **request)

        return await self._token.call(send, lambda answer: answer.status == BAD_TOKEN)

    async def _fetch_token(self) -> Token:
        """Whatever goes wrong here, the request behind it has not been sent."""
        credentials = {
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret,
            "grant_type": "client_credentials",
        }
        try:
            answer = await self._wire.call(
                "POST", "/auth/oauth2/token", json=credentials, headers={"Accept": "*/*"}
            )
        except Unanswered as error:
            raise NeverSent("no access token", error.trouble) from error
        return _token(answer)


def _token(answer: Answer) -> Token:
    error = code_of(answer.body.get("error"))
    if error and answer.status < SERVER_ERROR:
        raise CredentialsRefused(error)
    try:
        # `expires_in` is a string.
        return Token(str(answer.body["access_token"]), timedelta(seconds=int(answer.body["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise NeverSent("no access token", Trouble.UNREADABLE) from fault


def _push(instruction: Instruction) -> dict[str, Any]:
    place = {"country": COUNTRY, "currency": CURRENCY}
    # Nine digits: with the country's code in front nobody is found.
    msisdn = national_number(instruction.wallet)
    return {
        # Shown to the payer. The id is what makes a second push of the same payment a refused duplicate.
        "reference": instruction.reference,
        "subscriber": {**place, "msisdn": msisdn},
        "transaction": {**place, "amount": whole_shillings(instruction.amount), "id": instruction.reference},
    }


def _started(answer: Answer, reference: str) -> StartOutcome:
    code, succeeded = said_code(answer), status_in(answer).get("success")
    if answer.status == OK and code in ACCEPTED and succeeded is not False:
        theirs = id_of(transaction_in(answer).get("id"))
        return Accepted(reference, theirs if theirs != reference else None)
    if code in REFUSALS and answer.status < SERVER_ERROR and succeeded is not True:
        return Rejected(REFUSALS[code], code)
    if code in OPEN_QUESTIONS:
        return Unknown(Reason.AMBIGUOUS, code)
    return Unknown(Reason.UNKNOWN_ERROR, code or f"HTTP {answer.status}", mapped=False)


def _checked(answer: Answer, reference: str) -> Outcome:
    transaction, code = transaction_in(answer), said_code(answer)
    if answer.status != OK:
        return Unknown(Reason.AMBIGUOUS, code or f"HTTP {answer.status}")
    # `success` is not looked at: the documents print it false beside SUCCESS.
    receipt_code = receipt_code_of(transaction.get("airtel_money_id"))
    says = outcome(code_of(transaction.get("status")), code, receipt_code)
    if isinstance(says, Paid | NotPaid) and transaction.get("id") != reference:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return says
