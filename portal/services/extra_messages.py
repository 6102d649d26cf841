"""Telling payers of money beyond their bills: that it still waits for their word, and what the office did on it."""

from __future__ import annotations

from datetime import datetime

from portal.domain.correction import WORDS, Correction
from portal.domain.payment import Payment
from portal.domain.person import Role
from portal.domain.reminder import next_reminder, when_awake
from portal.services.messages import Messages, Text
from portal.services.payers_word import waiting_of
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import corrections, jobs, people
from portal.store import payments as payment_rows
from portal.store.types import Tx


class ExtraMessages:
    """`remind` and `tell_word` are jobs."""

    def __init__(self, tools: Tools, messages: Messages) -> None:
        self._tools, self._messages = tools, messages

    async def remind(self, job: jobs.Job) -> None:
        """A few times, and not once they have said what shall become of it."""

        def work(tx: Tx) -> None:
            now, since = self._tools.clock(), datetime.fromisoformat(job.payload["since"])
            if (awake := when_awake(now)) > now:
                jobs.again(tx, job, awake)
            else:
                self._remind(tx, job, locked(tx, job.payload["payment"]))
                later = next_reminder(since, now)
                jobs.again(tx, job, later) if later else jobs.done(tx, job)

        await self._tools.store.write(work)

    async def tell_word(self, job: jobs.Job) -> None:
        """What they told the office was written down, done or turned down; of what waits a second person hears too."""

        def work(tx: Tx) -> None:
            payment = payment_rows.load(tx, job.payload["payment"])
            word = next(one for one in self._all(tx, job) if one.id == job.payload["word"])
            # What has been decided meanwhile has a message of its own.
            if payment and word.verdict == job.payload["verdict"]:
                for text in self._about_word(tx, payment, word):
                    self._messages.write(tx, f"{job.key}:{text.to.id}", text, payment.reference)
            jobs.done(tx, job)

        await self._tools.store.write(work)

    def _remind(self, tx: Tx, job: jobs.Job, payment: Payment) -> None:
        """Nobody is asked who has chosen just now, whose bank asks the same money back, or who has told the office."""
        proposed = waiting_of(self._all(tx, job))
        has_told = bool(proposed and proposed.finding in WORDS)
        if has_told or payment.disputes.open or not payment.excess_waiting:
            return
        for text in self._messages.to_payer(tx, payment, "extra_reminder"):
            self._messages.write(tx, f"{job.key}:{job.run_after.date()}", text, payment.reference)

    def _about_word(self, tx: Tx, payment: Payment, word: Correction) -> list[Text]:
        texts = self._messages.to_payer(tx, payment, "word_taken")
        if word.verdict is None:
            facts = self._messages.facts(tx, payment)
            approvers = people.with_roles(tx, [Role.APPROVER])
            texts += [Text(one, "word_second", facts) for one in approvers if one.id != word.proposed_by]
        said = {"word": word, "name": people.named(tx, [word.proposed_by])[0].short_name}
        return [Text(one.to, one.kind, one.context | said) for one in texts]

    def _all(self, tx: Tx, job: jobs.Job) -> list[Correction]:
        return corrections.of_payment(tx, self._tools.vault, job.payload["payment"])
