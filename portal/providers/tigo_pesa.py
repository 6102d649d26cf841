"""Mixx by Yas by Push BillPay, whose wire names still say Tigo (providers.md §3.A); its menu is in `tigo_pesa_menu.py`.

A payment is a "ReferenceID": the biller code and our reference. What it cannot do: no query of any kind, so that only
callbacks and statements tell how a push ended; no signature on the callback, and no code in it for why nobody paid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from portal.domain.method import PaymentMethod
from portal.domain.outcome import Accepted, Pending, Reason, Rejected, StartOutcome, Unknown
from portal.domain.refund_outcome import RefundAnswer
from portal.domain.trouble import Trouble
from portal.providers.access_token import AccessToken, Token
from portal.providers.failed_call import failed_start
from portal.providers.menu import Menu
from portal.providers.provider import (
    NO_HEADERS,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
    callback_key_fault,
)
from portal.providers.refund import RefundInstruction
from portal.providers.tigo_pesa_callback import acknowledged, read_callback, word
from portal.providers.tigo_pesa_menu import COMPANY, TigoPesaMenu
from portal.providers.tigo_pesa_payout import PAYOUT, Disbursing, pay_out
from portal.providers.wallet import whole_shillings
from portal.providers.wire import Answer, Breaker, CallFailed, CredentialsRefused, NeverSent, Unanswered, Wire

_FORMS = {
    "username": ("[!-~]{1,100}", "visible ASCII, for it travels in a header"),
    "password": ("[!-~]{1,100}", "visible ASCII, for it travels in a header"),
    # The sample of the documents has eight digits behind the country's.
    "biller_msisdn": ("255[0-9]{8,9}", "the number that Yas issued, beginning with 255"),
    # With our reference behind it a ReferenceID has at most twenty characters.
    "biller_code": ("[A-Za-z0-9]{1,8}", "one to eight letters and digits"),
    "token_path": ("[/-][!-~]{1,100}", "what follows the base address, beginning with / or -"),
    "push_path": ("[/-][!-~]{1,100}", "what follows the base address, beginning with / or -"),
}
_PAYOUT_FORMS = {
    "payout_path": _FORMS["push_path"],
    "payout_msisdn": ("255[0-9]{8,9}", "the number of the purse, beginning with 255"),
    "payout_pin": ("[0-9]{4,8}", "four to eight digits"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TigoPesaConfig:
    """`TIGO_PESA_…` of the settings. Yas issues two addresses per merchant, seen as `http://…:8080/Nest2DM-GetToken`
    and `…-PushBillpay`: the base is what they share, and two paths say how they go on where they look otherwise.
    `company_number` is ours in its menu, and `payout_…` are the address, number and PIN of a purse that money can be
    sent from (A2W), where our contract has those.
    """

    base_url: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    biller_msisdn: str
    biller_code: str
    callback_key: str = field(repr=False)
    token_path: str = "-GetToken"  # noqa: S105  (an address)
    push_path: str = "-PushBillpay"
    company_number: str | None = None
    payout_path: str | None = None
    payout_msisdn: str | None = None
    payout_pin: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        found = {
            name: "" if re.fullmatch(form, getattr(self, name)) else wanted
            for name, (form, wanted) in _FORMS.items()
        }
        found["callback_key"] = callback_key_fault(self.callback_key) or ""
        if self.company_number is not None and not re.fullmatch(COMPANY, self.company_number):
            found["company_number"] = "one to six letters and digits"
        given = {name: getattr(self, name) for name in _PAYOUT_FORMS}
        if any(value is not None for value in given.values()):
            found |= {
                name: "" if re.fullmatch(form, given[name] or "") else wanted
                for name, (form, wanted) in _PAYOUT_FORMS.items()
            }
        return {name: fault for name, fault in found.items() if fault}

    @property
    def disbursing(self) -> Disbursing | None:
        if self.payout_path is None or self.payout_msisdn is None or self.payout_pin is None:
            return None
        return Disbursing(f"{self.base_url}{self.payout_path}", self.payout_msisdn, self.payout_pin)


OUTCOMES: dict[str, Reason | None] = {
    # A prompt is on its way, and nothing is paid yet.
    "BILLER-18-0000-S": None,
    "BILLER-18-3018-E": Reason.LIMIT_DAILY,
    "BILLER-18-3019-E": Reason.LIMIT_PER_PAYMENT,
    "BILLER-18-3020-E": Reason.LIMIT_DAILY,
    "BILLER-18-3021-E": Reason.PAYEE_PROBLEM,
    "BILLER-18-3022-E": Reason.PAYEE_PROBLEM,
    "BILLER-18-3040-E": Reason.PAYEE_PROBLEM,
    "DebitMandate-10-1000-E": Reason.AMBIGUOUS,
    "DebitMandate-10-2001-E": Reason.PAYEE_PROBLEM,
    "DebitMandate-10-2002-E": Reason.NOT_REGISTERED,
    "DebitMandate-10-2003-E": Reason.PAYEE_PROBLEM,
    "DebitMandate-10-2004-V": Reason.NOT_REGISTERED,
    "DebitMandate-10-2005-E": Reason.NOT_REGISTERED,
    # "Invalid ReferenceID", which probably means one used before too: then a prompt is out there.
    "DebitMandate-10-2020-V": Reason.AMBIGUOUS,
    "DebitMandate-10-2038-V": Reason.PAYEE_PROBLEM,
    "DebitMandate-10-3000-E": Reason.PAYEE_PROBLEM,
    "DebitMandate-10-5000-E": Reason.AMBIGUOUS,
    "invalid_grant": Reason.PAYEE_PROBLEM,
    "invalid_token": Reason.PAYEE_PROBLEM,
    "unsupported_grant_type": Reason.PAYEE_PROBLEM,
}
"""Codes that answer a push, and those of OAuth (§3.A; from client libraries, there is no official list).
None is "accepted"; AMBIGUOUS may have sent a prompt; all others refuse; one that is not here is unknown, unmapped.
"""

BAD_TOKEN = frozenset(
    {"DebitMandate-10-2001-E", "DebitMandate-10-2003-E", "DebitMandate-10-3000-E", "invalid_token"}
)
"""Our credentials were not taken, so nothing was accepted; a token that has ended is refused so by RFC 6750."""

OK, SERVER_ERROR = 200, 500
UNAUTHORIZED = (401, 403)
_LONGEST_TOKEN = 4000


class TigoPesa:
    """Yas' gateway; usually behind a VPN and a list of addresses, so plain http is what it speaks."""

    Config: ClassVar = TigoPesaConfig
    name = "tigo_pesa"
    webhook = "tigo"
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.TIGO_PESA,)

    @classmethod
    def open(cls, config: TigoPesaConfig, means: Means) -> Self:
        return cls(config, Wire(config.base_url, Breaker(means.monotonic)), means.clock)

    def __init__(self, config: TigoPesaConfig, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._config, self._wire = config, wire
        self.callback_key: str | None = config.callback_key
        self.menu: Menu | None = TigoPesaMenu(config.company_number) if config.company_number else None
        self._token = AccessToken(self._fetch_token, clock)
        ways = (PAYOUT,) if config.disbursing else ()
        self.capabilities = Capabilities(answers_questions=False, sends_back=ways)

    async def start(self, instruction: Instruction) -> StartOutcome:
        push = self._push(instruction)
        try:
            answer = await self._authorised(push)
        except CallFailed as error:
            return failed_start(error)
        return _started(answer, push["ReferenceID"])

    async def check(self, inquiry: Inquiry) -> Pending:  # noqa: ARG002
        """Nobody can be asked: a payment waits for its callback or a statement, never for a guess."""
        return Pending("no query")

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        purse = self._config.disbursing
        if purse is None or instruction.route is not PAYOUT.route:
            return NotOffered(instruction.route)
        return await pay_out(self._wire, purse, instruction)

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """Nothing is signed: the unguessable address vouches for the sender, and the shape is all there is to see."""
        read_callback(body)

    def translate(self, body: str) -> Sequence[Heard]:
        return [read_callback(body).heard(self._config.biller_code)]

    def acknowledgement(self, body: str) -> dict[str, object]:
        """Always a yes: by then it is stored, and what a no does to the payer's money is written nowhere."""
        return acknowledged(body)

    async def close(self) -> None:
        await self._wire.close()

    def _push(self, instruction: Instruction) -> dict[str, Any]:
        return {
            "CustomerMSISDN": instruction.wallet.digits,
            "BillerMSISDN": self._config.biller_msisdn,
            "Amount": whole_shillings(instruction.amount),
            "Remarks": instruction.label,
            "ReferenceID": f"{self._config.biller_code}{instruction.reference}",
        }

    async def _authorised(self, push: dict[str, Any]) -> Answer:
        address = f"{self._config.base_url}{self._config.push_path}"

        async def send(token: str) -> Answer:
            # The token is not enough: both credentials travel with every push again.
            headers = {
                "Authorization": f"bearer {token}",
                "Username": self._config.username,
                "Password": self._config.password,
            }
            return await self._wire.call("POST", address, json=push, headers=headers)

        return await self._token.call(send, _is_token_refused)

    async def _fetch_token(self) -> Token:
        pair = {"username": self._config.username, "password": self._config.password}
        try:
            answer = await self._wire.call(
                "POST",
                f"{self._config.base_url}{self._config.token_path}",
                data=pair | {"grant_type": "password"},
                headers={"Cache-Control": "no-cache"},
            )
        except Unanswered as error:
            # Whatever went wrong with the token, the push behind it has not been sent.
            raise NeverSent("no access token", error.trouble) from error
        try:
            return _token(answer)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise NeverSent("no access token", Trouble.UNREADABLE) from error


def _is_token_refused(answer: Answer) -> bool:
    """A 401 in any words too, unless its code says that a prompt may be out."""
    if answer.body.get("ResponseStatus") is True or answer.status >= SERVER_ERROR:
        return False
    code = _code(answer)
    return code in BAD_TOKEN or (answer.status in UNAUTHORIZED and code not in OUTCOMES)


def _token(answer: Answer) -> Token:
    if _code(answer) in ("invalid_grant", "unsupported_grant_type") and answer.status < SERVER_ERROR:
        raise CredentialsRefused(_code(answer))
    text = word(answer.body["access_token"], _LONGEST_TOKEN)
    if answer.status != OK or not text:
        raise ValueError("no token")
    return Token(text, timedelta(seconds=int(answer.body["expires_in"])))


def _started(answer: Answer, reference_id: str) -> StartOutcome:
    code, told = _code(answer), answer.body.get("ResponseStatus")
    if answer.body.get("ReferenceID") not in (reference_id, None, ""):
        return Unknown(Reason.AMBIGUOUS, "answer about another request")
    if code not in OUTCOMES:
        return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)
    reason = OUTCOMES[code]
    if reason is None and answer.status == OK and told is True:
        return Accepted(reference_id)
    if reason in (None, Reason.AMBIGUOUS) or told is True or answer.status >= SERVER_ERROR:
        return Unknown(Reason.AMBIGUOUS, code)
    return Rejected(reason, code)


def _code(answer: Answer) -> str:
    """The gateway's own code or OAuth's; an answer without either is known by its status."""
    said = answer.body.get("ResponseCode", answer.body.get("error"))
    return word(said) or f"HTTP {answer.status}"
