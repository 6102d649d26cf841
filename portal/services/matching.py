"""Money that came by bank finds its payment: what `plan_for` says is carried out, and all else waits with its reason.

Every function runs inside a transaction that is `alone` with the bank's money. A payment is settled at the door alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import count

from portal.domain.bank_line import (
    BankLine,
    Held,
    LineAllocated,
    LineCancelledOut,
    LineEvent,
    LineHeld,
)
from portal.domain.matching import Holding, Paying, Plan, plan_for
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.receipt_code import spellings
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import Account, accounts_of
from portal.providers.registry import Registry
from portal.services.settlement import Settlement, locked
from portal.services.tools import Tools
from portal.store import bank_lines, jobs, queries
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("matching")
TOLD_TO_PAYER = frozenset(Held) - {Held.NO_REFERENCE, Held.UNKNOWN_REFERENCE, Held.REVERSED, Held.SEND_BACK}
"""Money that waits so is about somebody's payment, and they hear of it."""
LONGEST_CODE = 36
"""With a number behind it, forty letters."""
_NOON = time(12, 0)


class Matching:
    """`place` for a line that is new, `assign` for one that two people of the office have decided about."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry, self._settlement = tools, registry, settlement

    @property
    def provider(self) -> str:
        """The name of the one that takes transfers; empty where none does."""
        provider = self._registry.for_method(PaymentMethod.BANK_TRANSFER)
        return provider.name if provider else ""

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Ours; none where no provider takes transfers."""
        return accounts_of(self._registry.for_method(PaymentMethod.BANK_TRANSFER))

    def place(self, tx: Tx, line: BankLine, named: Iterable[str], coded: str | None = None) -> None:
        """Give a new line its place. `named` are the payments of ours that its text names.

        `coded` is one that was settled under the line's own id, before the statement came.
        """
        line = bank_lines.load(tx, line.id) or line
        if not line.waiting:
            # Its reversal stood on the same statement.
            return
        other = bank_lines.counterpart(tx, line)
        payments = [locked(tx, reference) for reference in named]
        before = payments or ([locked(tx, coded)] if coded else [])
        if other is not None:
            self._cancel_out(tx, line, other)
        elif line.is_reversal:
            self._hold(tx, line, Holding(Held.REVERSED))
        elif len(before) == 1 and _settled_with(tx, before[0], line):
            self._use(tx, line, [_allocation(before[0], line)])
        else:
            self._match(tx, line, payments, Source.STATEMENT)

    def assign(self, tx: Tx, line: BankLine, payment: Payment) -> None:
        """Money goes to a payment that people name, as far as its total; what else is left waits with its reason."""
        self._match(tx, line, [payment], Source.OFFICE)

    def send_back(self, tx: Tx, line: BankLine) -> None:
        """Nobody's payment uses it any more; it waits until it is sent."""
        self._hold(tx, line, Holding(Held.SEND_BACK, line.payment))

    def _match(self, tx: Tx, line: BankLine, named: Sequence[Payment], source: Source) -> None:
        earlier = bank_lines.toward(tx, named[0].reference) if len(named) == 1 else []
        others = [one for one in earlier if one.id != line.id]
        self._carry_out(tx, plan_for(line, named, others, self.provider), [line, *others], source)

    def _carry_out(self, tx: Tx, plan: Plan, lines: Sequence[BankLine], source: Source) -> None:
        now = {line.id: line for line in lines}
        holdings = dict(plan.holdings)
        for paying in plan.payings:
            paid = self._pay(tx, paying, source)
            for share in paying.shares:
                id_ = share.line.id
                if paid:
                    used = LineAllocated(
                        payment=paying.payment.reference, provider=self.provider, amount=share.amount
                    )
                    now[id_] = self._use(tx, now[id_], [used])
                else:
                    holdings[id_] = Holding(Held.IN_QUESTION, paying.payment.reference)
        for id_, holding in holdings.items():
            self._hold(tx, now[id_], holding)

    def _pay(self, tx: Tx, paying: Paying, source: Source) -> bool:
        """What the door says to it."""
        payment, last = paying.payment, paying.shares[-1].line
        code = _free_code(tx, self.provider, last)
        booked_on = max(share.line.booked_on for share in paying.shares)
        paid = Paid(payment.total, code, noon(booked_on))
        after = self._settlement.settle(tx, payment.reference, paid, source)
        taken = after.state is State.COMPLETED and payment.state is not State.COMPLETED
        log.info("transfer", payment=payment.reference, line=last.id, taken=taken)
        return taken

    def _cancel_out(self, tx: Tx, line: BankLine, other: BankLine) -> None:
        self._use(tx, line, [LineCancelledOut(line=other.id)])
        self._use(tx, other, [LineCancelledOut(line=line.id)])

    def _hold(self, tx: Tx, line: BankLine, holding: Holding) -> None:
        after = self._use(tx, line, [LineHeld(reason=holding.reason, payment=holding.payment)])
        if holding.payment and holding.reason in TOLD_TO_PAYER:
            key, now = f"{line.id}:{after.version}", self._tools.clock()
            jobs.enqueue(tx, "transfer", key, now, line=line.id, version=after.version)

    def _use(self, tx: Tx, line: BankLine, events: Sequence[LineEvent]) -> BankLine:
        return bank_lines.append(tx, line, events, self._tools.clock())


def _settled_with(tx: Tx, payment: Payment, line: BankLine) -> bool:
    """It was called paid with this very money before the statement came."""
    same = line.receipt_code is not None and payment.receipt_code in spellings(line.receipt_code)
    whole = line.untouched and payment.received == line.amount
    return (
        payment.state is State.COMPLETED
        and same
        and whole
        and not bank_lines.allocated(tx, payment.reference)
    )


def _allocation(payment: Payment, line: BankLine) -> LineAllocated:
    return LineAllocated(payment=payment.reference, provider=payment.provider, amount=line.waiting)


def _free_code(tx: Tx, provider: str, line: BankLine) -> str | None:
    """The bank's id of the line; where one line pays several payments, or two banks give one id, with a number."""
    if line.receipt_code is None:
        return None
    plain = line.receipt_code[:LONGEST_CODE]
    numbered = (f"{plain}.{number}" if number > 1 else plain for number in count(1))
    return next(code for code in numbered if queries.paid_with_code(tx, provider, code) is None)


def noon(day: date) -> datetime:
    """A statement names no hour."""
    return datetime.combine(day, _NOON, EAST_AFRICA).astimezone(UTC)
