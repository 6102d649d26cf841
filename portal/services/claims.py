"""A payer says "I have paid" and types the receipt code of the operator's SMS: we ask whoever may know it.

The code is a hint and never proof. Only an answer that names the payment goes to the door; whatever else is found under
the code is noted for the office.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from portal.domain import events as e
from portal.domain.claim import LOOKED_FOR, Weight, may_claim, weight_of
from portal.domain.errors import Refused
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.receipt_code import CodeFound, CodeUnreadable, read_code, spellings
from portal.domain.schedule import next_ask
from portal.providers.provider import NOT_BY_CODE, Inquiry
from portal.providers.registry import Registry
from portal.services.payments import FIRST_RETRY, Payments, own_payment, report_unmapped
from portal.services.settlement import locked
from portal.services.tools import Tools
from portal.store import jobs, limits, queries
from portal.store.limits import Limit
from portal.store.types import Tx
from portal.telemetry.log import get_log

TRIES = Limit("claim", 5, timedelta(hours=1))
"""Per payment: a code that is well formed counts, whatever comes of it."""
FOUND = {Weight.NO_PROOF: CodeFound.KNOWN, Weight.OF_ANOTHER: CodeFound.OF_ANOTHER}
log = get_log("claims")


class CodeSearch(Protocol):
    """A place beside the provider where money can be found by its code, such as the lines of statements."""

    def serves(self, payment: Payment) -> bool:
        """Money of such a payment may come to stand there."""
        ...

    async def find(self, payment: Payment, code: str) -> Paid | None:
        """Money under that code. It names the payment as its `reference` only if it is nobody else's and fits it."""
        ...


class Claims:
    """`claim` in the request, `look_by_schedule` in the worker."""

    def __init__(
        self, tools: Tools, registry: Registry, payments: Payments, searches: Sequence[CodeSearch] = ()
    ) -> None:
        self._tools, self._registry, self._payments = tools, registry, payments
        self._searches = searches

    async def claim(self, person: Person, reference: str, typed: str) -> None:
        """Keep the code and ask at once; what nobody confirms yet is asked about for a day.

        Nothing happens where nothing can be claimed. Raises NotFound, Refused (claim), TooMany.
        """
        claim = await self._tools.store.write(lambda tx: self._keep(tx, person, reference, typed))
        if claim is None:
            return
        if claim.foreign:
            raise Refused("claim", "taken")
        if self._payments.can_be_asked(await self._payments.load(reference)):
            await self._payments.ask(reference, Source.RETURN)
        if await self._look(reference, claim.code) is Weight.OF_ANOTHER:
            raise Refused("claim", "taken")

    async def look_by_schedule(self, job: jobs.Job) -> None:
        """The worker's question about a code, asked again for a day or until it is answered."""
        payment, code = job.payload["payment"], job.payload["code"]
        weight = await self._look(payment, code)
        again = self._again_at(job) if weight in (None, Weight.NO_PROOF) else None

        def noted(tx: Tx) -> None:
            if again:
                jobs.again(tx, job, again)
                return
            if weight is None:
                jobs.enqueue(tx, "claim_over", job.key, self._tools.clock(), payment=payment, code=code)
            jobs.done(tx, job)

        await self._tools.store.write(noted)

    def _keep(self, tx: Tx, person: Person, reference: str, typed: str) -> e.ClaimMade | None:
        payment = own_payment(tx, person, reference)
        if not may_claim(payment):
            return None
        code = _read(typed)
        limits.hit(tx, TRIES, reference, self._tools.clock())
        owners = queries.paid_with_codes(tx, payment.provider, spellings(code))
        claim = e.ClaimMade(code=code, foreign=bool(owners - {reference}))
        if claim.foreign or payment.claimed_code != code:
            self._payments.settlement.append(tx, payment, [claim])
        if claim.foreign:
            log.warning("claim_of_another_payments_code", payment=reference, provider=payment.provider)
        else:
            self._leave_work(tx, payment, code)
        return claim

    def _leave_work(self, tx: Tx, payment: Payment, code: str) -> None:
        """In the transaction of the claim: whoever dies now, the worker goes on asking."""
        if self._payments.can_be_asked(payment):
            self._payments.begin_to_ask(tx, payment.reference)
        if self._is_known_by_code(payment) or any(search.serves(payment) for search in self._searches):
            now, key = self._tools.clock(), f"{payment.reference}:{code}"
            claim = {"payment": payment.reference, "code": code, "since": now.isoformat()}
            jobs.put(tx, "claim", key, now + FIRST_RETRY, **claim)

    async def _look(self, reference: str, code: str) -> Weight | None:
        """Whatever is known of the code, taken to the door or noted; None as long as nobody knows it."""
        payment = await self._payments.load(reference)
        if payment.completed_at:
            return Weight.PROOF
        found = await self._found(payment, code)
        order = list(Weight)
        first = min(found, key=lambda paid: order.index(weight_of(paid, payment)), default=None)
        if first is None:
            return None
        return await self._tools.store.write(lambda tx: self._take(tx, reference, code, first))

    async def _found(self, payment: Payment, code: str) -> list[Paid]:
        found = [await search.find(payment, code) for search in self._searches if search.serves(payment)]
        if self._is_known_by_code(payment):
            question = Inquiry(reference=payment.reference, request_id=payment.request_id, receipt_code=code)
            outcome = await self._registry.named(payment.provider).check(question)
            report_unmapped(payment, outcome, "claim")
            if outcome != NOT_BY_CODE:
                await self._payments.alerts.hear(payment.provider, "claim", outcome)
            # A "not paid" is about that code, and says nothing of the payment.
            found.append(outcome if isinstance(outcome, Paid) else None)
        return [paid for paid in found if paid]

    def _take(self, tx: Tx, reference: str, code: str, paid: Paid) -> Weight:
        payment = locked(tx, reference)
        weight = weight_of(paid, payment)
        if weight is Weight.PROOF:
            told = replace(paid, receipt_code=paid.receipt_code or code)
            self._payments.settlement.settle(tx, reference, told, Source.CLAIM)
        elif payment.claimed_code == code and payment.claim_found is not FOUND[weight]:
            log.warning("claim_not_proved", payment=reference, provider=payment.provider, found=FOUND[weight])
            found = e.VerificationResult(code=code, source=Source.CLAIM, found=FOUND[weight])
            self._payments.settlement.append(tx, payment, [found])
        return weight

    def _is_known_by_code(self, payment: Payment) -> bool:
        return self._registry.named(payment.provider).capabilities.known_by_receipt_code

    def _again_at(self, job: jobs.Job) -> datetime | None:
        since = datetime.fromisoformat(job.payload["since"])
        again = next_ask(since, self._tools.clock())
        return again if again and again <= since + LOOKED_FOR else None


def _read(typed: str) -> str:
    try:
        return read_code(typed)
    except CodeUnreadable as error:
        raise Refused("claim", error.problem) from None
