"""The office decides what tenant and landlord do not agree on: wholly or in part, and much of it by two people."""

from __future__ import annotations

from portal.domain import deposit_events as d
from portal.domain.deposit_line import Line
from portal.domain.deposit_return import DepositReturn, ReturnState
from portal.domain.deposit_standing import standing_of
from portal.domain.money import Money
from portal.domain.person import Person
from portal.services.deposit_money import DepositMoney
from portal.services.deposit_wish import read_decision
from portal.services.deposits import Deposits, held_return
from portal.services.office import Unchanged, approves, of_the_office
from portal.services.tools import Tools
from portal.store.deposit_notes import About
from portal.store.types import Tx


class DepositDesk:
    """Decide, or propose and confirm, or turn down. Whoever is not of the office finds nothing here."""

    def __init__(self, tools: Tools, deposits: Deposits, money: DepositMoney) -> None:
        self._tools, self._deposits, self._money = tools, deposits, money

    async def decide(self, person: Person, lease: str, number: int, *, amount: str, note: str) -> None:
        """So much of the line is the landlord's. Above the threshold that is a proposal.

        Raises NotFound, Refused, Unchanged.
        """
        of_the_office(person)
        await self._deposits.ask_of_failed(lease)

        def work(tx: Tx) -> None:
            one, line = _waiting(tx, lease, number)
            if line.proposed is not None:
                raise Unchanged("proposed")
            self._money.undisputed(tx, one)
            deducted, words = read_decision(line, amount, note)
            self._deposits.note(tx, one, number, About.DECIDED, words)
            if one.wants_second_person(person.id):
                proposed = d.DeductionProposed(line=number, deducted=deducted, proposed_by=person.id)
                self._deposits.append(tx, one, [proposed])
            else:
                self._decided(tx, one, line, deducted, [person.id])

        await self._tools.store.write(work)

    async def confirm(self, person: Person, lease: str, number: int, shown: str) -> None:
        """A second person agrees to what was `shown`. Raises NotFound, Unchanged."""
        approves(person)
        await self._deposits.ask_of_failed(lease)

        def work(tx: Tx) -> None:
            one, line = _waiting(tx, lease, number)
            if line.proposed is None or line.proposed_by is None or shown != str(line.proposed.minor):
                raise Unchanged("gone")
            if line.proposed_by == person.id:
                raise Unchanged("own")
            self._decided(tx, one, line, line.proposed, [line.proposed_by, person.id])

        await self._tools.store.write(work)

    async def turn_down(self, person: Person, lease: str, number: int) -> None:
        """Drop a proposal, one's own too: it decides nothing. Raises NotFound, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            one, line = _waiting(tx, lease, number)
            if line.proposed is None:
                raise Unchanged("gone")
            dropped = d.DeductionTurnedDown(line=number, turned_down_by=person.id)
            self._deposits.append(tx, one, [dropped])

        await self._tools.store.write(work)

    async def end(self, person: Person, lease: str) -> None:
        """Nothing is held any more, so that nothing is left to decide. Raises NotFound, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            one = held_return(tx, lease)
            if not one.is_open or not standing_of(one, self._money.undisputed(tx, one)).is_empty:
                raise Unchanged("settled")
            self._deposits.append(tx, one, [d.DepositGone(ended_by=person.id)])

        await self._tools.store.write(work)

    def _decided(self, tx: Tx, one: DepositReturn, line: Line, deducted: Money, agreed_by: list[str]) -> None:
        """The landlord's part is theirs, and the rest of the line goes back at once."""
        decided = d.DeductionDecided(line=line.number, deducted=deducted, decided_by=agreed_by[-1])
        after = self._deposits.append(tx, one, [decided])
        if deducted:
            self._money.deduct(tx, after, line.number, deducted)
        self._money.send_back(tx, after, agreed_by)


def _waiting(tx: Tx, lease: str, number: int) -> tuple[DepositReturn, Line]:
    """The line, if the office may decide it now."""
    one = held_return(tx, lease)
    line = next((line for line in one.lines if line.number == number), None)
    if line is None or not line.is_for_the_office or one.state is not ReturnState.WITH_OFFICE:
        raise Unchanged("settled")
    return one, line
