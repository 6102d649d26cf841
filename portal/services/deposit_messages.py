"""Telling tenant and landlord of each step of a deposit's return; the texts go the way of all messages."""

from __future__ import annotations

from portal.domain.deposit_return import DepositReturn
from portal.services.deposits import held_return
from portal.services.messages import Messages, Text
from portal.services.tools import Tools
from portal.store import jobs, leases, people
from portal.store.types import Tx


class DepositMessages:
    """`tell` is the job."""

    def __init__(self, tools: Tools, messages: Messages) -> None:
        self._tools, self._messages = tools, messages

    async def tell(self, job: jobs.Job) -> None:
        """What happened was told by the job; the sums are those of now, which are no less true."""

        def write(tx: Tx) -> None:
            one = held_return(tx, job.payload["lease"])
            for text in self._texts(tx, one, job.payload["what"]):
                self._messages.write(tx, f"{job.key}:{text.to.id}", text)
            jobs.done(tx, job)

        await self._tools.store.write(write)

    def _texts(self, tx: Tx, one: DepositReturn, what: str) -> list[Text]:
        lease = leases.several(tx, [one.lease])[one.lease]
        facts: dict[str, object] = {
            "deposit": one,
            "unit": lease.unit,
            "until": one.answer_by,
        }
        # Whoever lets the home now answers for it; whoever has claimed some of it hears what comes of that.
        concerned = {one.tenant, lease.landlord, *([one.landlord] if one.lines else [])}
        return [
            Text(person, what, facts | {"to_tenant": person.id == one.tenant})
            for person in people.named(tx, concerned)
        ]
