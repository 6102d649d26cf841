"""Bank transfer to accounts of ours at CRDB, NMB or another bank (providers.md §6).

Nobody is called: the payer sends the money with the payment's reference, and the bank's statements tell that it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from portal.domain.method import PaymentMethod
from portal.domain.outcome import Accepted, Awaits, Pending
from portal.domain.refund_outcome import RefundRoute
from portal.providers.provider import (
    NO_HEADERS,
    Account,
    CallbackUnreadable,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    Means,
    NotOffered,
)
from portal.providers.refund import RefundInstruction, SendsBack

_FORMS = {
    "bank": (r"\S(.{0,58}\S)?", "the bank's name as people know it"),
    "name": (r"\S(.{0,68}\S)?", "the name that the account is held in"),
    # Tanzania has no IBAN. As text, for a number loses its zeros in front.
    "number": (r"[0-9]{6,20}", "6 to 20 digits, as text"),
    "swift": (r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "8 or 11 capital letters and digits, as CORUTZTZ"),
}
_ID = re.compile(r"[A-Z0-9]{2,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransferConfig:
    """`BANK_TRANSFER_ACCOUNTS`: a JSON list of accounts, each with `bank`, `name`, `number` and `swift`.

    An account is known by the first word of its bank, as `CRDB`; two at one bank need an `id` of their own.
    """

    accounts: str

    def faults(self) -> dict[str, str]:
        try:
            read_accounts(self.accounts)
        except AccountsUnreadable as error:
            return {"accounts": str(error)}
        return {}


class AccountsUnreadable(ValueError):
    """Says which account it is, counted from one, and what is wrong with it."""


class BankTransfer:
    """Takes every request at once, for nothing is sent; a payment that nobody pays in its time lapses.

    Five banking days are the week of features.md: transfers between banks arrive on the same day or the next, and
    whoever sends from a branch needs a day to go there.
    """

    Config: ClassVar = BankTransferConfig
    name = "bank_transfer"
    webhook = "bank"
    callback_key: str | None = None
    methods: tuple[PaymentMethod, ...] = (PaymentMethod.BANK_TRANSFER,)
    capabilities = Capabilities(
        answers_questions=False,
        lapses=True,
        repeats_safely=True,
        banking_days=5,
        sends_back=(SendsBack(route=RefundRoute.BY_HAND, part=True, again=True),),
    )

    @classmethod
    def open(cls, config: BankTransferConfig, means: Means) -> Self:  # noqa: ARG003
        return cls(read_accounts(config.accounts))

    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self.accounts = accounts

    async def start(self, instruction: Instruction) -> Accepted:
        return Accepted(request_id=instruction.reference, awaits=Awaits.TRANSFER)

    async def check(self, inquiry: Inquiry) -> Pending:  # noqa: ARG002
        """No bank is asked about one transfer: it waits for a statement."""
        return Pending("no query")

    async def refund(self, instruction: RefundInstruction) -> NotOffered:  # noqa: ARG002
        return NotOffered("refund")

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        """No bank calls us, so whatever comes here comes from somebody else."""
        raise CallbackUnreadable("no bank calls")

    def translate(self, body: str) -> Sequence[Heard]:  # noqa: ARG002
        return ()

    async def close(self) -> None:
        return None


def read_accounts(text: str) -> tuple[Account, ...]:
    """The accounts of the setting, in its order. Raises AccountsUnreadable."""
    try:
        listed = json.loads(text)
    except ValueError:
        raise AccountsUnreadable("not JSON") from None
    if not isinstance(listed, list) or not listed:
        raise AccountsUnreadable("a JSON list with at least one account")
    accounts = tuple(_account(number, told) for number, told in enumerate(listed, start=1))
    for told_apart_by in ("id", "number"):
        named = [getattr(account, told_apart_by) for account in accounts]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise AccountsUnreadable(f"two accounts have the {told_apart_by} {twice[0]}")
    return accounts


def _account(number: int, told: Any) -> Account:
    if not isinstance(told, dict) or not set(_FORMS) <= set(told) <= {*_FORMS, "id"}:
        raise AccountsUnreadable(f"account {number} has bank, name, number and swift, and perhaps an id")
    for name, (form, wanted) in _FORMS.items():
        if not isinstance(told[name], str) or not re.fullmatch(form, told[name]):
            raise AccountsUnreadable(f"account {number}, {name}: {wanted}")
    id_ = told.get("id", told["bank"].split()[0].upper())
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise AccountsUnreadable(f"account {number}, id: 2 to 20 capital letters and digits")
    return Account(id=id_, bank=told["bank"], name=told["name"], number=told["number"], swift=told["swift"])
