"""What providers, payers and time do to a payment, by chance, and a tale in which the door decides on each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.bill import Bill
from portal.domain.decision import decide
from portal.domain.fold import apply
from portal.domain.ledger import entries_of
from portal.domain.money import Money, shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, TRANSITIONS, State
from portal.domain.transaction import TransactionType, transactions_of
from tests.makers import NOW, PAYMENT, RECEIPT_CODE, a_bill, accepted, heard, initiated

TOTAL = shillings(453_500)
"""What the payer of `makers.initiated()` is asked for."""


@dataclass(frozen=True)
class Wait:
    """Nothing happens for so long."""

    minutes: int


Fact = Outcome | e.PushAccepted | e.ProviderEventReceived | e.PayerActionSeen | e.ClaimMade | Wait

paid_facts = st.sampled_from([Paid(), Paid(amount=TOTAL), Paid(amount=TOTAL, receipt_code=RECEIPT_CODE)])
wrong_amounts = st.builds(
    Paid,
    amount=st.integers(0, 500_000).filter(lambda minor: minor != TOTAL.minor).map(shillings),
    receipt_code=st.sampled_from([None, RECEIPT_CODE]),
)
not_paid_facts = st.builds(NotPaid, reason=st.sampled_from(Reason), code=st.just("1032"))
unknown_facts = st.builds(Unknown, reason=st.sampled_from(Reason), code=st.just("?"), mapped=st.booleans())
undecided_facts: st.SearchStrategy[Outcome] = unknown_facts | st.just(Pending())
claims = st.booleans().map(lambda says_paid: heard(says_paid=says_paid))
answers = st.just(accepted())
cancels = st.just(e.PayerActionSeen(action="cancel"))
typed_codes = st.builds(e.ClaimMade, code=st.just(RECEIPT_CODE), foreign=st.booleans())
waits = st.builds(Wait, minutes=st.integers(1, 20))
facts: st.SearchStrategy[Fact] = (
    paid_facts
    | wrong_amounts
    | not_paid_facts
    | undecided_facts
    | claims
    | typed_codes
    | answers
    | cancels
    | waits
)


def fitting(fact: Fact, total: Money) -> Fact:
    """What brings the whole of `TOTAL` brings the total of another payment."""
    return replace(fact, amount=total) if isinstance(fact, Paid) and fact.amount == TOTAL else fact


class Tale:
    """One payment and its bills, moved on fact by fact as the service does it, without a database.

    `asked` tells what it was begun with, where that is not the deposit of `makers.initiated()`.
    """

    def __init__(
        self, *bills: Bill, asked: e.PaymentInitiated | None = None, reference: str = PAYMENT
    ) -> None:
        self.bills = {bill.reference: bill for bill in bills or [a_bill()]}
        self.now = NOW
        self.history: list[tuple[e.Event, datetime]] = []
        self.postings: Counter[str] = Counter()
        self.charges: list[Money] = []
        self.reference = reference
        self.payment = self._begun(asked or initiated(bill=self.bill.reference))
        self._write(e.PushRequested())

    @property
    def bill(self) -> Bill:
        """The first."""
        return next(iter(self.bills.values()))

    def tell(self, fact: Fact) -> list[e.Event]:
        """What the fact led to."""
        if isinstance(fact, Wait):
            self.now += timedelta(minutes=fact.minutes)
            return []
        events = self.events_of(fact)
        for event in events:
            self._write(event)
        return events

    def events_of(self, fact: Outcome | e.Event) -> list[e.Event]:
        if isinstance(fact, Paid | NotPaid | Pending | Unknown):
            return decide(self.payment, self.bills, fact, Source.WORKER, self.now)
        return [fact] if self._fits(fact) else []

    @property
    def money(self) -> tuple[dict[str, int], list[Money], dict[str, int], Money | None]:
        """Everything that was booked: ledger balances, charges, the bills, what the payment says it received."""
        balances = {account: sum_ for account, sum_ in self.postings.items() if sum_}
        paid = {reference: bill.paid.minor for reference, bill in self.bills.items()}
        return balances, [*self.charges], paid, self.payment.received

    def _fits(self, event: e.Event) -> bool:
        """The service writes an answer once, and a wish to cancel only while there is something to call off."""
        if isinstance(event, e.PushAccepted) and self.payment.request_id is not None:
            return False
        if isinstance(event, e.PayerActionSeen):
            return self.payment.state in IN_FLIGHT
        return (self.payment.state, type(event)) in TRANSITIONS

    def _begun(self, event: e.PaymentInitiated) -> Payment:
        self.history.append((event, self.now))
        return apply(None, event, self.now, reference=self.reference)

    def _write(self, event: e.Event) -> None:
        self.payment = apply(self.payment, event, self.now, reference=self.reference)
        self.history.append((event, self.now))
        for entry in entries_of(event, self.payment, self.now):
            self.postings[entry.account] += entry.amount.minor
        for row in transactions_of(event, self.payment, self.now):
            if row.type is TransactionType.CHARGE:
                self.charges.append(row.amount)
        self._credit(event)

    def _credit(self, event: e.Event) -> None:
        match event:
            case e.PaymentCompleted() | e.LateSuccessReceived():
                for each in self.payment.allocations:
                    self._pay(each.bill, each.amount)
            case e.DuplicateSuccess():
                self._pay(self.payment.allocation_of(event.bill).bill, -event.uncredited)

    def _pay(self, reference: str, amount: Money) -> None:
        bill = self.bills[reference]
        self.bills[reference] = replace(bill, paid=bill.paid + amount)


def told(*given: Fact, bill: Bill | None = None) -> Tale:
    """A tale in which these facts came in this order."""
    tale = Tale(*([bill] if bill else []))
    for fact in given:
        tale.tell(fact)
    return tale


def completed(tale: Tale) -> bool:
    return tale.payment.state is State.COMPLETED
