"""The office is told when a provider needs a person, and that it works again, wherever an outcome comes in.

It is written after the outcome and in a commit of its own: no payment waits for it, fails by it or is changed by it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from portal.domain.alert import mended_by, trouble_in
from portal.domain.outcome import Accepted, Outcome, StartOutcome
from portal.domain.refund_outcome import RefundAnswer, RefundOutcome
from portal.domain.refund_trouble import mended_by_refund, trouble_in_refund
from portal.domain.trouble import Trouble
from portal.services.tools import Tools
from portal.store import alerts, provider_calls
from portal.store.types import Tx
from portal.telemetry.counters import provider_troubles
from portal.telemetry.log import get_log

AS_BEFORE = timedelta(seconds=30)
"""How long a provider that works is taken to work on, before that is written down again."""
log = get_log("alerts")


class Alerts:
    """One for a process, so that a provider that works costs a write every half a minute and no more."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._worked: dict[tuple[str, str, frozenset[Trouble]], datetime] = {}

    async def hear(self, provider: str, operation: str, outcome: Outcome | StartOutcome) -> None:
        """What a provider answered to that operation (start, check, callback or claim). Never raises."""
        await self._hear(provider, operation, trouble_in(outcome), mended_by(outcome), _code(outcome))

    async def hear_refund(self, provider: str, operation: str, told: RefundAnswer | RefundOutcome) -> None:
        """What it answered when money goes back (refund, check_refund). Never raises."""
        trouble, mended = trouble_in_refund(told), mended_by_refund(told)
        await self._hear(provider, operation, trouble, mended, str(getattr(told, "code", "")))

    async def _hear(
        self, provider: str, operation: str, trouble: Trouble | None, mended: frozenset[Trouble], code: str
    ) -> None:
        if trouble:
            await self.meet(provider, operation, trouble, code)
        if mended and not self._worked_just_now(provider, operation, mended):
            await self._works(provider, operation, mended, wholly=trouble is None)

    async def meet(self, provider: str, operation: str, trouble: Trouble, code: str) -> None:
        """A provider needs a person. Never raises."""
        now = self._tools.clock()
        self._worked = {key: at for key, at in self._worked.items() if key[0] != provider}
        log.error("provider_trouble", provider=provider, operation=operation, trouble=trouble, code=code)
        provider_troubles.labels(provider, trouble).inc()

        def write(tx: Tx) -> None:
            alerts.meet(tx, provider, trouble, operation, code, now)
            provider_calls.note(tx, provider, now, worked=False)

        await self._write(write)

    async def _works(
        self, provider: str, operation: str, mended: frozenset[Trouble], *, wholly: bool
    ) -> None:
        now = self._tools.clock()

        def write(tx: Tx) -> None:
            alerts.mend(tx, provider, operation, mended, now)
            if wholly:
                provider_calls.note(tx, provider, now, worked=True)

        await self._write(write)
        if wholly:
            self._worked[provider, operation, mended] = now

    def _worked_just_now(self, provider: str, operation: str, mended: frozenset[Trouble]) -> bool:
        at = self._worked.get((provider, operation, mended))
        return at is not None and self._tools.clock() - at < AS_BEFORE

    async def _write(self, work: Callable[[Tx], None]) -> None:
        try:
            await self._tools.store.write(work)
        except Exception as error:  # noqa: BLE001  (a payment goes its way whether or not this is written down)
            log.warning("alert_not_written", error=type(error).__name__)


def _code(outcome: Outcome | StartOutcome) -> str:
    told = outcome.ended if isinstance(outcome, Accepted) else outcome
    return str(getattr(told, "code", ""))
