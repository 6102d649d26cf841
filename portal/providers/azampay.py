"""HaloPesa and AzamPesa through AzamPay, which stands between us and both wallets (providers.md §8.1).

A payment is known by the externalId that we give it, so a lost answer can be asked about. What no document tells: the
words of the status query, what a refused request looks like, why nobody paid, and which reference the payer's own
message shows. What it cannot do: refund, sign an amount, and be asked by the code of a receipt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portal.domain.method import PaymentMethod
from portal.domain.outcome import (
    Accepted,
    Outcome,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.trouble import Trouble
from portal.providers.access_token import AccessToken, Token
from portal.providers.azampay_callback import Callback, read_callback, read_public_key
from portal.providers.azampay_codes import outcome, word_of
from portal.providers.azampay_config import AzamPayConfig, Hosts
from portal.providers.failed_call import failed_question, failed_start
from portal.providers.provider import (
    NO_HEADERS,
    NOT_BY_CODE,
    CallbackUnreadable,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
)
from portal.providers.refund import RefundInstruction
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, CallFailed, CredentialsRefused, NeverSent, Unanswered, Wire
from portal.telemetry.log import get_log

OPERATORS = {PaymentMethod.HALOPESA: "Halopesa", PaymentMethod.AZAMPESA: "Azampesa"}
"""In the case as written: it is read as it stands. T-Pesa has no name here."""
OK, BAD_REQUEST, BAD_TOKEN = 200, 400, 401
REFUSE_CREDENTIALS = frozenset({400, 401, 403, 423})
TOKEN_LIVES = timedelta(hours=23)
"""It lives for 24 hours. When it ends is told too, in a form that no document shows."""
KEY_IS_KEPT = timedelta(hours=24)
_THEIR_ID = re.compile("[!-~]{1,80}")
log = get_log("azampay")


class AzamPay:
    """`clock` gives aware UTC."""

    Config: ClassVar = AzamPayConfig
    name = "azampay"
    webhook = "azampay"
    # The address travels with each request, so each payment has one of its own.
    callback_key: str | None = None
    methods: tuple[PaymentMethod, ...] = tuple(OPERATORS)
    # It does sign, but not the amount, and not all of its callbacks: none is refused for that, and the query is asked.
    capabilities = Capabilities(known_by_our_reference=True)

    @classmethod
    def open(cls, config: AzamPayConfig, means: Means) -> Self:
        return cls(config, Hosts.of(config, means.monotonic), means.clock)

    def __init__(self, config: AzamPayConfig, hosts: Hosts, clock: Callable[[], datetime]) -> None:
        self._config, self._hosts = config, hosts
        self._token = AccessToken(self._fetch_token, clock)
        self._kept_key = AccessToken(self._fetch_key, clock)
        self._key: RSAPublicKey | None = None

    async def start(self, instruction: Instruction) -> StartOutcome:
        push, wire = _push(instruction), self._hosts.checkout
        try:
            answer = await self._authorised(wire, "POST", "/azampay/mno/checkout", json=push)
        except CallFailed as error:
            return failed_start(error)
        return _started(answer, instruction.reference)

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            return NOT_BY_CODE
        path, asked = "/api/v1/azampay/transactionstatus", {"externalId": inquiry.reference}
        try:
            answer = await self._authorised(self._hosts.disbursement, "GET", path, params=asked)
        except CallFailed as error:
            return failed_question(error)
        return _checked(answer)

    async def refund(self, instruction: RefundInstruction) -> NotOffered:  # noqa: ARG002
        return NotOffered("refund")

    async def learn_key(self, body: str) -> None:
        """The key is kept for a day, and asked for anew where a signature does not fit it: it may have changed since.

        Where it cannot be had, nothing is proved, and the callback is a hint like an older one.
        """
        try:
            callback = read_callback(body)
            if callback.signature is None:
                return
            kept = await self._kept_key.get()
            self._key = read_public_key(kept)
            if self._is_proved(callback) is False:
                self._key = read_public_key(await self._kept_key.get(instead_of=kept))
        except CallbackUnreadable:
            return
        except CallFailed as error:
            self._key = None
            log.warning("public_key_missing", provider=self.name, why=str(error))

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """A wrong signature is told to the office and refuses nothing: what is signed is known from libraries only."""
        callback = read_callback(body)
        if self._is_proved(callback) is False:
            log.error("callback_signature_wrong", provider=self.name, payment=callback.reference)

    def translate(self, body: str) -> Sequence[Heard]:
        callback = read_callback(body)
        is_proved, says = self._is_proved(callback), callback.outcome()
        if is_proved is False:
            # It may have been made up by anybody: no more than a reason to ask.
            says = Unknown(Reason.AMBIGUOUS, "wrong signature", trouble=Trouble.CALLBACK_UNPROVED)
        reference = callback.reference
        return [Heard(reference, says, callback.word, reference, proved=is_proved is True)]

    async def close(self) -> None:
        await self._hosts.close()

    def _is_proved(self, callback: Callback) -> bool | None:
        """None where nobody can say: it carries no signature, or we have no key."""
        if callback.signature is None or self._key is None:
            return None
        return callback.is_signed_by(self._key)

    async def _authorised(self, wire: Wire, verb: str, path: str, **request: Any) -> Answer:
        async def send(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            if self._config.api_key is not None:
                headers["X-API-Key"] = self._config.api_key
            return await wire.call(verb, path, headers=headers, **request)

        return await self._token.call(send, lambda answer: answer.status == BAD_TOKEN)

    async def _fetch_token(self) -> Token:
        """Whatever goes wrong here, the request behind it has not been sent."""
        credentials = {
            "appName": self._config.app_name,
            "clientId": self._config.client_id,
            "clientSecret": self._config.client_secret,
        }
        try:
            answer = await self._hosts.auth.call("POST", "/AppRegistration/GenerateToken", json=credentials)
        except Unanswered as error:
            raise NeverSent("no access token", error.trouble) from error
        return _token(answer)

    async def _fetch_key(self) -> Token:
        answer = await self._authorised(
            self._hosts.checkout, "GET", "/azampay/v1/public-key", params={"format": "Pem"}
        )
        pem = answer.body.get("publicKey")
        if answer.status != OK or read_public_key(pem) is None:
            raise Unanswered(f"HTTP {answer.status}, no public key", Trouble.UNREADABLE)
        return Token(str(pem), KEY_IS_KEPT)


def _token(answer: Answer) -> Token:
    data = answer.body.get("data")
    text = data.get("accessToken") if isinstance(data, dict) else None
    if answer.status == OK and isinstance(text, str) and text:
        return Token(text, TOKEN_LIVES)
    if answer.status in REFUSE_CREDENTIALS:
        raise CredentialsRefused(f"HTTP {answer.status}")
    raise NeverSent("no access token", Trouble.UNREADABLE)


def _push(instruction: Instruction) -> dict[str, Any]:
    return {
        # AzamPesa's accounts are phone numbers too, of whichever network.
        "accountNumber": instruction.wallet.digits,
        # Text, though a number is meant.
        "amount": str(whole_shillings(instruction.amount)),
        "currency": instruction.amount.currency.value,
        "externalId": instruction.reference,
        "provider": OPERATORS[instruction.method],
        "additionalProperties": {},
        "callbackUrl": instruction.callback_url,
    }


def _started(answer: Answer, reference: str) -> StartOutcome:
    if answer.status == OK and answer.body.get("success") is True:
        # The prompt is on its way, nothing more.
        return Accepted(reference, _their_id(answer.body.get("transactionId")))
    if answer.status == BAD_REQUEST:
        return Rejected(Reason.NOT_COMPLETED, f"HTTP {answer.status}")
    # Why, only prose would tell. An externalId that it has already is refused too, and that one has a prompt out.
    return Unknown(Reason.UNKNOWN_ERROR, f"HTTP {answer.status}, not accepted", mapped=False)


def _checked(answer: Answer) -> Outcome:
    if answer.status != OK or answer.body.get("success") is not True:
        # `success` tells of the question, never of the payment.
        return Unknown(Reason.AMBIGUOUS, f"HTTP {answer.status}, no status")
    word = answer.body.get("data")
    return outcome(word_of(word) or "no word") if word else Pending("no status yet")


def _their_id(value: object) -> str | None:
    """What their help asks for; a request that was not taken calls its id `null`."""
    return value if isinstance(value, str) and _THEIR_ID.fullmatch(value) and value != "null" else None
