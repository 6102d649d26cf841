"""The bank accounts of landlords: entered by them or by the office, and used once a second person has confirmed them.

To have somebody's account changed is the classic fraud, so nobody confirms what they entered, and all of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.bank_account import AccountUnfit, BankAccount, parse_bank_account
from portal.domain.correction import Verdict
from portal.domain.errors import NotFound, Refused
from portal.domain.payout import OURSELVES
from portal.domain.person import Person, Role
from portal.services.office import Unchanged, approves, of_the_office
from portal.services.tools import Tools
from portal.store import payee_accounts, people
from portal.store.payee_accounts import PayeeAccount
from portal.store.types import Tx, hold
from portal.telemetry.log import get_log

log = get_log("payees")
_Whose = Callable[[Tx], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who gets money, with the account that is used, the one that waits, and all that were entered.

    `name` is None of ourselves, whose `code` is `OURSELVES`; of landlords it is the letters of their receipts. `names`
    has the people who entered and decided, and `holder` is in whose name the waiting account is.
    """

    name: str | None
    code: str
    standing: PayeeAccount | None
    waiting: PayeeAccount | None
    entered: list[PayeeAccount]
    names: dict[str, str]
    holder: str | None = None

    def may_confirm(self, person: Person) -> bool:
        return (
            self.waiting is not None and person.role is Role.APPROVER and self.waiting.entered_by != person.id
        )


class PayeeDesk:
    """A landlord finds their own; the office all."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def own(self, person: Person) -> Payee:
        """Raises NotFound."""
        return await self._tools.store.read(lambda tx: self._payee(tx, _landlord(person)))

    async def every(self, person: Person) -> list[Payee]:
        """Ourselves and all landlords, those first whose account waits. Raises NotFound."""
        of_the_office(person)

        def question(tx: Tx) -> list[Payee]:
            known = {id_: (one.name, code) for id_, (one, code) in people.landlords(tx).items()}
            everybody: dict[str, tuple[str | None, str]] = {OURSELVES: (None, OURSELVES), **known}
            standing = payee_accounts.standing(tx, everybody.keys())
            waiting = payee_accounts.waiting(tx, everybody.keys())
            found = [
                Payee(
                    name=name,
                    code=code,
                    standing=standing.get(id_),
                    waiting=waiting.get(id_),
                    entered=[],
                    names={},
                )
                for id_, (name, code) in everybody.items()
            ]
            return sorted(found, key=lambda payee: (payee.waiting is None, payee.standing is not None))

        return await self._tools.store.read(question)

    async def of(self, person: Person, code: str) -> Payee:
        """The landlord by the letters of their receipts. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._payee(tx, _by_code(tx, code)))

    async def enter_own(self, person: Person, bank: str, holder: str, number: str) -> None:
        """Raises NotFound, Refused (bank, holder, number)."""
        await self._enter(person, lambda _: _landlord(person), bank, holder, number)

    async def enter(self, person: Person, code: str, bank: str, holder: str, number: str) -> None:
        """The office, for a landlord. Raises NotFound, Refused (bank, holder, number)."""
        of_the_office(person)
        await self._enter(person, lambda tx: _by_code(tx, code), bank, holder, number)

    async def confirm(self, person: Person, code: str, shown: str) -> None:
        """From now on money goes there. Raises NotFound, Unchanged."""
        approves(person)
        await self._decide(person, code, shown, Verdict.CONFIRMED)

    async def turn_down(self, person: Person, code: str, shown: str) -> None:
        """One's own too: no money is sent by it. Raises NotFound, Unchanged."""
        of_the_office(person)
        await self._decide(person, code, shown, Verdict.TURNED_DOWN)

    async def _enter(self, person: Person, whose: _Whose, bank: str, holder: str, number: str) -> None:
        account = _read(bank, holder, number)

        def work(tx: Tx) -> None:
            payee = whose(tx)
            hold(tx, f"payee:{payee}")
            new = PayeeAccount(
                id=self._tools.reference(),
                payee=payee,
                masked=account.masked,
                entered_by=person.id,
                entered_at=self._tools.clock(),
            )
            payee_accounts.enter(tx, self._tools.vault, new, account)
            log.info("payee_account_entered", payee=payee, by=person.id)

        await self._tools.store.write(work)

    async def _decide(self, person: Person, code: str, shown: str, verdict: Verdict) -> None:
        def work(tx: Tx) -> None:
            payee = _by_code(tx, code)
            hold(tx, f"payee:{payee}")
            waiting = payee_accounts.waiting(tx, [payee]).get(payee)
            if waiting is None or waiting.id != shown:
                raise Unchanged("gone")
            if verdict is Verdict.CONFIRMED and waiting.entered_by == person.id:
                raise Unchanged("own")
            payee_accounts.decide(tx, waiting.id, verdict, person.id, self._tools.clock())
            log.info("payee_account_decided", payee=payee, by=person.id, verdict=verdict)

        await self._tools.store.write(work)

    def _payee(self, tx: Tx, id_: str) -> Payee:
        entered = payee_accounts.of_payee(tx, id_)
        waiting = next((one for one in entered if one.verdict is None), None)
        involved = {who for one in entered for who in (one.entered_by, one.decided_by) if who}
        unsealed = payee_accounts.numbers(tx, self._tools.vault, [waiting.id]) if waiting else {}
        landlord = people.load(tx, id_)
        return Payee(
            name=landlord.name if landlord else None,
            code=people.landlord_code(tx, id_) if landlord else OURSELVES,
            standing=payee_accounts.standing(tx, [id_]).get(id_),
            waiting=waiting,
            entered=entered,
            names={one.id: one.name for one in people.named(tx, involved)},
            holder=unsealed[waiting.id].holder if waiting else None,
        )


def _landlord(person: Person) -> str:
    if person.role is not Role.LANDLORD:
        raise NotFound
    return person.id


def _by_code(tx: Tx, code: str) -> str:
    """Whose account it is: the id of a landlord, or ourselves."""
    if code == OURSELVES:
        return code
    found = people.with_landlord_code(tx, code)
    if found is None:
        raise NotFound
    return found.id


def _read(bank: str, holder: str, number: str) -> BankAccount:
    try:
        return parse_bank_account(bank, holder, number)
    except AccountUnfit as unfit:
        raise Refused(unfit.field, unfit.problem) from None
