"""Refunds that no provider answers for, or that ended otherwise than it says: one person of the office says what they
found, a second one decides. It ends the refund, or turns its end, in the transaction that notes who decided.
"""

from __future__ import annotations

import re

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.errors import Refused
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_finding import RefundFinding
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refund_turn import possible_findings
from portal.services.office import Unchanged, completes, of_the_office, read_note
from portal.services.refunds import held
from portal.services.settlement import Settlement
from portal.services.tools import Tools
from portal.store import jobs, people, refund_notes
from portal.store import refunds as refund_rows
from portal.store.refund_notes import About
from portal.store.types import Tx

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._ -]{2,38}[A-Za-z0-9]", re.ASCII)
FOUND_NOTHING = "the office found that it did not go"


class RefundFindings:
    """Propose, confirm, drop. Whoever is not of the office finds nothing here."""

    def __init__(self, tools: Tools, settlement: Settlement) -> None:
        self._tools, self._settlement = tools, settlement

    async def propose(self, person: Person, refund: str, *, went: bool, code: str, note: str) -> None:
        """What became of the money, as typed: its code where it `went`, and how `person` knows.

        Raises NotFound, Refused, Unchanged.
        """
        of_the_office(person)
        await self._tools.store.write(
            lambda tx: self._propose(tx, person, refund, went=went, code=code, note=note)
        )

    async def confirm(self, person: Person, refund: str, finding: str) -> None:
        """A second person agrees to the one that was shown. Raises NotFound, Unchanged."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._confirm(tx, person, refund, finding))

    async def drop(self, person: Person, refund: str, finding: str) -> None:
        """Nobody is to confirm it, one's own too: no money is decided by that. Raises NotFound, Unchanged."""
        of_the_office(person)

        def work(tx: Tx) -> None:
            payment, found_about, found = _waiting(tx, refund, finding)
            dropped = d.RefundFindingDropped(
                refund=found_about.reference, finding=found.name, dropped_by=person.id
            )
            self._settlement.append(tx, payment, [dropped])

        await self._tools.store.write(work)

    def _propose(self, tx: Tx, person: Person, refund: str, *, went: bool, code: str, note: str) -> None:
        payment, about = held(tx, refund)
        if about.finding is not None:
            raise Unchanged("proposed")
        if went not in possible_findings(payment, about):
            raise Unchanged("settled")
        proposed = d.RefundFindingProposed(
            refund=refund,
            finding=self._tools.reference(),
            went=went,
            code=_free_code(tx, payment, about, code) if went else None,
            found_by=person.id,
        )
        written, now = read_note("note_went" if went else "note_not", note), self._tools.clock()
        refund_notes.keep(tx, self._tools.vault, proposed.finding, About.FOUND, written, now)
        self._settlement.append(tx, payment, [proposed])

    def _confirm(self, tx: Tx, person: Person, refund: str, finding: str) -> None:
        payment, about, found = _waiting(tx, refund, finding)
        if not completes(person, people.named(tx, [found.found_by])):
            raise Unchanged("own" if found.found_by == person.id else "second")
        if found.went not in possible_findings(payment, about) or _is_taken(tx, payment, about, found.code):
            raise Unchanged("spent")
        self._settlement.append(tx, payment, [_end(about, found, person)])
        for work in ("refund", "ask_refund"):
            jobs.drop(tx, work, refund)


def _end(refund: Refund, found: RefundFinding, person: Person) -> r.RefundEvent:
    if found.went:
        return r.RefundSucceeded(
            refund=refund.reference,
            code=found.code,
            sent_at=None,
            source=Source.OFFICE,
            confirmed_by=person.id,
        )
    if refund.state is RefundState.FAILED:
        return r.RefundEndConfirmed(refund=refund.reference, confirmed_by=person.id)
    kind = r.RefundReturned if refund.state is RefundState.SUCCEEDED else r.RefundFailed
    return kind(
        refund=refund.reference,
        reason=RefundRefusal.REFUSED,
        code=FOUND_NOTHING,
        source=Source.OFFICE,
        confirmed_by=person.id,
    )


def _waiting(tx: Tx, refund: str, finding: str) -> tuple[Payment, Refund, RefundFinding]:
    """The finding that waits, if it is the one that was shown."""
    payment, about = held(tx, refund)
    if about.finding is None or about.finding.name != finding:
        raise Unchanged("gone")
    return payment, about, about.finding


def _free_code(tx: Tx, payment: Payment, refund: Refund, typed: str) -> str:
    code = typed.strip()
    if not code:
        raise Refused("refund_code", "empty")
    if not _CODE.fullmatch(code):
        raise Refused("refund_code", "format")
    if _is_taken(tx, payment, refund, code):
        raise Refused("refund_code", "taken")
    return code


def _is_taken(tx: Tx, payment: Payment, refund: Refund, code: str | None) -> bool:
    """It is the payment's own, or another refund went by it."""
    if code is None:
        return False
    of_others = {one.code for one in payment.refunds.sent_back if one is not refund}
    by_hand = refund.route is RefundRoute.BY_HAND and refund_rows.sent_by_hand_with(tx, code)
    return by_hand or code in of_others or code == payment.receipt_code
