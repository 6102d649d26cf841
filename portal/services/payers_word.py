"""What a payer told the office about money beyond their bills: whoever heard it writes down how, and it is done.

Where it moves much, a second person has to agree: to a refund in the queue of refunds, to what is kept on the page of
its payment. Of all of it the payer is told by whom it was done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.correction import WORDS, Correction, Finding, Verdict
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.refund_terms import needs_second_person
from portal.services.excess import Choice, Excess, can_be_kept, read_choice, shown_amount, wish_of
from portal.services.office import Unchanged, of_the_office, read_note
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import corrections as correction_rows
from portal.store import jobs, refund_notes
from portal.store.refund_notes import About
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The form as it came. `shown`: the sum that it showed, in minor units; `word`: how the payer said so; `account`:
    where they want it, if it goes by hand.
    """

    chosen: str
    shown: str
    word: str
    account: str = ""


class PayersWord:
    """`take` does as the payer said, or leaves it to a second person."""

    def __init__(self, tools: Tools, excess: Excess) -> None:
        self._tools, self._excess = tools, excess

    async def take(self, person: Person, reference: str, said: Said) -> str:
        """The refund's reference, or nothing where it is kept. Raises NotFound, Refused, Unchanged."""
        of_the_office(person)
        return await self._tools.store.write(lambda tx: self._take(tx, person, reference, said))

    def _take(self, tx: Tx, person: Person, reference: str, said: Said) -> str:
        payment, choice = locked(tx, reference), read_choice(said.chosen)
        wish = wish_of(shown_amount(payment, choice, said.shown), said.account)
        note = read_note("word", said.word)
        if waiting_of(correction_rows.of_payment(tx, self._tools.vault, reference)):
            raise Unchanged("proposed")
        word = self._written(person, payment, choice, wish.amount, note)
        correction_rows.propose(tx, self._tools.vault, word)
        if choice is Choice.KEEP:
            self._kept(tx, person, payment, word, wish.amount)
            return ""
        refund = self._excess.send_back(tx, person, payment, wish, choice)
        refund_notes.keep(tx, self._tools.vault, refund, About.WORD, note, word.proposed_at)
        self.decide(tx, word, Verdict.CONFIRMED, person)
        return refund

    def _kept(self, tx: Tx, person: Person, payment: Payment, word: Correction, amount: Money) -> None:
        if not can_be_kept(tx, payment):
            raise Unchanged("settled")
        if needs_second_person(amount):
            self._tell(tx, word, None)
        else:
            self._excess.keep(tx, person, payment)
            self.decide(tx, word, Verdict.CONFIRMED, person)

    def keep(self, tx: Tx, person: Person, payment: Payment) -> Payment:
        """A second person has agreed. Raises Unchanged."""
        self._excess.keep(tx, person, payment)
        return locked(tx, payment.reference)

    def decide(self, tx: Tx, proposed: Correction, verdict: Verdict, person: Person) -> None:
        """Write what came of a proposal, and tell the payer if it was theirs."""
        correction_rows.decide(tx, proposed, verdict, person.id, self._tools.clock())
        if proposed.finding in WORDS:
            self._tell(tx, proposed, verdict)

    def _written(
        self, person: Person, payment: Payment, choice: Choice, amount: Money, note: str
    ) -> Correction:
        return Correction(
            id=self._tools.reference(),
            payment=payment.reference,
            finding=Finding.KEEP if choice is Choice.KEEP else Finding.SEND_BACK,
            amount=amount,
            note=note,
            proposed_by=person.id,
            proposed_at=self._tools.clock(),
            version=payment.version,
        )

    def _tell(self, tx: Tx, word: Correction, verdict: Verdict | None) -> None:
        key = f"{word.id}:{verdict or 'WAITS'}"
        now, facts = self._tools.clock(), {"payment": word.payment, "word": word.id, "verdict": verdict}
        jobs.enqueue(tx, "tell_word", key, now, **facts)


def waiting_of(corrections: Iterable[Correction]) -> Correction | None:
    """The proposal that nobody has decided yet."""
    return next((one for one in corrections if one.verdict is None), None)
