"""Receipts: shown to payer and landlord, rendered once by a job, and proved to anyone who has the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from portal.documents.receipt import ReceiptFacts, ReceiptLine, SentBack
from portal.documents.renderer import Renderer
from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.credit_use import CreditUse
from portal.domain.deposit_events import DepositDeducted
from portal.domain.deposit_pots import deducted_of
from portal.domain.errors import NotFound, Refused
from portal.domain.exchange import Exchange
from portal.domain.ids import ReferenceUnreadable, parse_reference
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus
from portal.domain.person import Person, Role
from portal.domain.receipt import looks_like_number, parse_receipt_address
from portal.services.settlement import Settlement, locked, print_receipt
from portal.services.tools import Tools
from portal.store import contacts, jobs, limits, people, queries
from portal.store import payments as payment_rows
from portal.store import receipts as receipt_rows
from portal.store.leases import Basket
from portal.store.limits import Limit
from portal.store.receipts import ReceiptFile
from portal.store.types import Tx
from portal.templating.language import Language

LOOK_UPS = Limit("verify", 20, timedelta(minutes=1))
SEES_EVERY_RECEIPT = (Role.OFFICE, Role.APPROVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What anyone with the code may see: no phone, no full name, no address beyond the unit's code.

    `excess` is what came in beyond the bills and is still the tenant's, not what of it paid others (`credit_uses`). By
    an `exchange` the bills are in dollars. `sent_back` is what went back to the payer, fees included; it may be
    `all_back` but them. `kept` is what the landlord kept of a deposit. The bills are the `payee`'s, or were.
    """

    code: str
    number: str
    payee: str
    bills: tuple[Allocation, ...]
    amount: Money
    exchange: Exchange | None
    excess: Money | None
    unit: str
    payer: str
    paid_at: datetime
    checked_at: datetime
    credit_uses: tuple[CreditUse, ...]
    sent_back: Money | None
    sent_back_at: datetime | None
    all_back: bool
    kept: Money | None
    reversed: bool
    """It went back by itself, and what it paid is owed again."""

    def names(self, use: CreditUse) -> bool:
        """Whoever has the code may be the landlord of the receipt: of another one's bill it tells the amount alone."""
        return use.payee == self.payee


class Receipts:
    """`render` is the job; everything else answers from what stands."""

    def __init__(self, tools: Tools, settlement: Settlement, renderer: Renderer) -> None:
        self._tools, self._settlement, self._renderer = tools, settlement, renderer

    async def facts(self, person: Person, number: str) -> tuple[Payment, ReceiptFacts, int | None]:
        """A receipt for its page, with the PDF's size once there is one. Raises NotFound."""

        def question(tx: Tx) -> tuple[Payment, ReceiptFacts, int | None]:
            payment = _theirs(tx, person, number)
            return (
                payment,
                self._facts(tx, payment, person=person),
                receipt_rows.file_size(tx, payment.reference),
            )

        return await self._tools.store.read(question)

    async def file(self, person: Person, number: str) -> ReceiptFile | None:
        """The PDF; None while it is being prepared. Raises NotFound.

        A landlord whose receipt tells of another one's bills gets a copy that does not, made for them now.
        """

        def question(tx: Tx) -> tuple[ReceiptFile | None, ReceiptFacts, Language]:
            payment = _theirs(tx, person, number)
            file = receipt_rows.newest_file(tx, payment.reference)
            language = contacts.load(tx, self._tools.vault, payment.reference).language
            return file, self._facts(tx, payment, person=person), Language(language)

        file, facts, language = await self._tools.store.read(question)
        if file is None or all(facts.names(use) for use in facts.credit_uses):
            return file
        pdf = await self._renderer.render(facts, language)
        return ReceiptFile(facts.version, sha256(pdf).hexdigest(), pdf, facts.rendered_at)

    async def prove(self, typed: str, client: str) -> Proof | None:
        """What stands behind a code, now; None for one that we never gave. Raises Refused (code), TooMany.

        A code whose check character is wrong counts as a look-up like any other.
        """
        code = _read_code(typed)
        await self._tools.store.write(lambda tx: limits.hit(tx, LOOK_UPS, client, self._tools.clock()))
        return await self._tools.store.read(lambda tx: self._proof(tx, code)) if code else None

    async def render(self, job: jobs.Job) -> None:
        """Render a version of the PDF once, in its own process, and keep it with its hash beside those before it."""
        reference, version = job.payload["payment"], job.payload["version"]
        wanted = await self._tools.store.read(lambda tx: self._for_print(tx, reference, version))
        if wanted is None:
            await self._tools.store.write(lambda tx: jobs.done(tx, job))
            return
        facts, language = wanted
        pdf = await self._renderer.render(facts, language)
        file = ReceiptFile(facts.version, sha256(pdf).hexdigest(), pdf, facts.rendered_at)

        def keep(tx: Tx) -> None:
            payment = locked(tx, reference)
            # A newer version may have been printed meanwhile; it is the one that stands.
            if (payment.receipt_version or 0) < version and receipt_rows.keep_file(tx, reference, file):
                rendered = e.ReceiptRendered(version=file.version, sha256=file.sha256)
                self._settlement.append(tx, payment, [rendered])
                is_stale = _sent_back(payment) != facts.sent_back or deducted_of(payment) != facts.kept
                if is_stale or len(payment.credit_uses) > len(facts.credit_uses):
                    # More went back, came back, was kept or paid another bill while it was printed.
                    print_receipt(tx, payment, version + 1, self._tools.clock())
            jobs.done(tx, job)

        await self._tools.store.write(keep)

    def _for_print(self, tx: Tx, reference: str, version: int) -> tuple[ReceiptFacts, Language] | None:
        """None where that version, or a newer one, stands already."""
        payment = payment_rows.load(tx, reference)
        if payment is None:
            raise NotFound
        if (payment.receipt_version or 0) >= version:
            return None
        language = contacts.load(tx, self._tools.vault, reference).language
        return self._facts(tx, payment, version=version), Language(language)

    def _facts(
        self, tx: Tx, payment: Payment, *, version: int | None = None, person: Person | None = None
    ) -> ReceiptFacts:
        due = queries.due_of(tx, payment)
        if payment.receipt is None or payment.completed_at is None or payment.receipt_check is None:
            raise NotFound
        return ReceiptFacts(
            number=payment.receipt,
            code=payment.receipt_check,
            completed_at=payment.completed_at,
            provider_paid_at=payment.provider_paid_at,
            # Whoever lets the home by now may be another one than had the money.
            landlord=people.name_of(tx, payment.payee),
            tenant=people.name_of(tx, payment.payer),
            place=due.lease.place,
            lines=_lines(tx, payment, due),
            fees=payment.fees,
            exchange=payment.exchange,
            method=payment.method,
            phone=contacts.masked(tx, payment.reference),
            by_link=payment.by_link,
            by_menu=payment.by_menu,
            provider_code=payment.receipt_code,
            late=payment.late,
            verify_url=f"{self._tools.public_url}/v/{payment.receipt_check}",
            version=version or payment.receipt_version or 1,
            rendered_at=_told_until(tx, payment, payment.completed_at),
            credit_uses=payment.credit_uses,
            sent_back=_sent_back(payment),
            all_back=payment.status is PaymentStatus.REFUNDED,
            kept=deducted_of(payment),
            read_by=person.id if person and person.role is Role.LANDLORD else None,
        )

    def _proof(self, tx: Tx, code: str) -> Proof | None:
        payment = receipt_rows.by_code(tx, code)
        if payment is None or payment.receipt is None or payment.completed_at is None:
            return None
        payer = people.load(tx, payment.payer)
        return Proof(
            code=code,
            number=payment.receipt.shown,
            payee=payment.payee,
            bills=payment.allocations,
            amount=payment.amount,
            exchange=payment.exchange,
            excess=None if payment.refunds.sent_back else _still_the_tenants(payment),
            credit_uses=payment.credit_uses,
            sent_back=payment.refunds.sum_back,
            sent_back_at=payment.refunds.last_back_at,
            all_back=payment.status is PaymentStatus.REFUNDED,
            kept=deducted_of(payment),
            reversed=bool(payment.refunds.by_itself),
            unit=queries.due_of(tx, payment).lease.unit,
            payer=payer.short_name if payer else "",
            paid_at=payment.completed_at,
            checked_at=self._tools.clock(),
        )


def _told_until(tx: Tx, payment: Payment, completed_at: datetime) -> datetime:
    """The newest that a receipt tells of."""
    back, used = payment.refunds.last_moved_at, [use.at for use in payment.credit_uses]
    return max([completed_at, *used, *([back] if back else []), *_deducted_at(tx, payment)])


def _still_the_tenants(payment: Payment) -> Money | None:
    """What came beyond the bills and has paid no other."""
    if payment.excess is None:
        return None
    return sum((-use.amount for use in payment.credit_uses), payment.excess) or None


def _sent_back(payment: Payment) -> tuple[SentBack, ...]:
    return tuple(SentBack(one.amount, one.went_at) for one in payment.refunds.sent_back if one.went_at)


def _lines(tx: Tx, payment: Payment, due: Basket) -> tuple[ReceiptLine, ...]:
    balances = queries.balances_after(tx, payment, due)
    return tuple(
        ReceiptLine(
            type=each.type,
            period=each.period,
            amount=each.amount,
            balance=balances[each.bill],
            excess=each.excess,
        )
        for each in payment.allocations
    )


def _deducted_at(tx: Tx, payment: Payment) -> list[datetime]:
    if deducted_of(payment) is None:
        return []
    history = queries.timeline_of(tx, payment.reference)
    return [at for event, at in history if isinstance(event, DepositDeducted)]


def _theirs(tx: Tx, person: Person, number: str) -> Payment:
    """A receipt of the payer, the landlord or the office; for anyone else it is not there."""
    address = parse_receipt_address(number)
    payment = receipt_rows.by_number(tx, address) if address else None
    if payment is None:
        raise NotFound
    if person.id not in (payment.payer, payment.payee) and person.role not in SEES_EVERY_RECEIPT:
        raise NotFound
    return payment


def _read_code(typed: str) -> str | None:
    """None for a code that cannot be one of ours, without asking the database."""
    if not typed.strip():
        raise Refused("code", "empty")
    if looks_like_number(typed):
        raise Refused("code", "number_instead")
    try:
        return parse_reference(typed)
    except ReferenceUnreadable:
        return None
