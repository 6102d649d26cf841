"""Airtel Money by USSD push: Airtel Africa's Open API in Tanzania (providers.md §4).

A payment is known by the id that we give it, so a lost answer can be asked about. What it cannot do: state an amount,
in the enquiry or in the callback, tell a request that expired from one that was refused in the callback, and be asked
by the code of a receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

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
from portal.domain.trouble import Trouble
from portal.providers.access_token import AccessToken, Token
from portal.providers.airtel_money_callback import code_of, id_of, read_callback, receipt_code_of
from portal.providers.airtel_money_codes import ACCEPTED, OPEN_QUESTIONS, REFUSALS, outcome
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
from portal.providers.refund import RefundInstruction
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, Breaker, NeverSent, Unanswered, Wire
from portal.telemetry.log import get_log

OK, BAD_TOKEN, SERVER_ERROR = 200, 401, 500
WAIT_BEFORE_ASKING = timedelta(minutes=3)
COUNTRY, CURRENCY = "TZ", "TZS"
COUNTRY_CODE = "255"
log = get_log("airtel_money")


@dataclass(frozen=True, slots=True, kw_only=True)
class AirtelMoneyConfig:
    """`AIRTEL_MONEY_…` of the settings.

    `callback_key` ends the one address that is registered for the application; `hash_key` is the private key of
    callback authentication, where that is switched on.
    """

    base_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    callback_key: str = field(repr=False)
    hash_key: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        fault = callback_key_fault(self.callback_key)
        return {"callback_key": fault} if fault else {}


class TokenRefused(Exception):
    """Airtel does not know our credentials."""


class AirtelMoney:
    """`clock` gives aware UTC."""

    Config: ClassVar = AirtelMoneyConfig
    name = "airtel_money"
    webhook = "airtel"
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.AIRTEL_MONEY,)
    # The wait is for silent payments: a callback is a reason to ask at once, and is asked about at once.
    capabilities = Capabilities(earliest_ask=WAIT_BEFORE_ASKING, known_by_our_reference=True)

    @classmethod
    def open(cls, config: AirtelMoneyConfig, means: Means) -> Self:
        return cls(config, Wire(config.base_url, Breaker(means.monotonic)), means.clock)

    def __init__(self, config: AirtelMoneyConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire = config, wire
        self.callback_key: str | None = config.callback_key
        # It lives 180 seconds and is renewed a minute before: never older than 120 of the 150 that are allowed.
        self._token = AccessToken(self._fetch_token, clock)

    async def start(self, instruction: Instruction) -> StartOutcome:
        push = _push(instruction)
        try:
            # The slash at the end is part of the address.
            answer = await self._authorised("POST", "/merchant/v1/payments/", json=push)
        except NeverSent as error:
            return NotSent(str(error), error.trouble)
        except TokenRefused as error:
            return Rejected(Reason.PAYEE_PROBLEM, str(error), Trouble.CREDENTIALS_REFUSED)
        except Unanswered as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
        return _started(answer, instruction.reference)

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        try:
            answer = await self._authorised("GET", f"/standard/v1/payments/{inquiry.reference}")
        except (NeverSent, Unanswered) as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=error.trouble)
        except TokenRefused as error:
            return Unknown(Reason.AMBIGUOUS, str(error), trouble=Trouble.CREDENTIALS_REFUSED)
        return _checked(answer, inquiry.reference)

    async def refund(self, instruction: RefundInstruction) -> NotOffered:  # noqa: ARG002
        return NotOffered("refund")

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
        raise TokenRefused(error)
    try:
        # `expires_in` is a string.
        return Token(str(answer.body["access_token"]), timedelta(seconds=int(answer.body["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise NeverSent("no access token", Trouble.UNREADABLE) from fault


def _push(instruction: Instruction) -> dict[str, Any]:
    place = {"country": COUNTRY, "currency": CURRENCY}
    # Nine digits: with the country's code in front nobody is found.
    msisdn = instruction.wallet.digits.removeprefix(COUNTRY_CODE)
    return {
        # Shown to the payer. The id is what makes a second push of the same payment a refused duplicate.
        "reference": instruction.reference,
        "subscriber": {**place, "msisdn": msisdn},
        "transaction": {**place, "amount": whole_shillings(instruction.amount), "id": instruction.reference},
    }


def _started(answer: Answer, reference: str) -> StartOutcome:
    code, succeeded = _code(answer), _object(answer.body, "status").get("success")
    if answer.status == OK and code in ACCEPTED and succeeded is not False:
        theirs = id_of(_transaction(answer).get("id"))
        return Accepted(reference, theirs if theirs != reference else None)
    if code in REFUSALS and answer.status < SERVER_ERROR and succeeded is not True:
        return Rejected(REFUSALS[code], code)
    if code in OPEN_QUESTIONS:
        return Unknown(Reason.AMBIGUOUS, code)
    return Unknown(Reason.UNKNOWN_ERROR, code or f"HTTP {answer.status}", mapped=False)


def _checked(answer: Answer, reference: str) -> Outcome:
    transaction, code = _transaction(answer), _code(answer)
    if answer.status != OK:
        return Unknown(Reason.AMBIGUOUS, code or f"HTTP {answer.status}")
    # `success` is not looked at: the documents print it false beside SUCCESS.
    receipt_code = receipt_code_of(transaction.get("airtel_money_id"))
    says = outcome(code_of(transaction.get("status")), code, receipt_code)
    if isinstance(says, Paid | NotPaid) and transaction.get("id") != reference:
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    return says


def _code(answer: Answer) -> str | None:
    """The code of the payment before the one of the request; a router in between answers in a form of its own."""
    status = _object(answer.body, "status")
    said = (status.get("response_code"), status.get("result_code"), answer.body.get("status_code"))
    return next((code for code in map(code_of, said) if code), None)


def _transaction(answer: Answer) -> dict[str, Any]:
    return _object(_object(answer.body, "data"), "transaction")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
