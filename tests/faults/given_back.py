"""Money that went back, in the book of the provider and in ours: the same sums, and none without a place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from portal.domain.payment import Payment
from portal.domain.refund import ASKED_ABOUT_REFUND, Refund, RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.sandbox.book import PAYMENT
from portal.store import refund_lists
from portal.store.refund_lists import Place
from portal.store.types import Tx

Rows = list[dict[str, Any]]
BY_HAND = "cash:by_hand"
"""What the office sent from our own bank: no provider's book has it."""


def queue(tx: Tx) -> set[str]:
    """The refunds that the office's page shows, on all of its pages."""
    found: set[str] = set()
    after: Place | None = None
    while True:
        page = refund_lists.for_the_office(tx, after)
        found |= {row.refund.reference for row in page.rows}
        if page.next_after is None:
            return found
        after = page.next_after


def not_told(payment: Payment, book: Rows) -> int:
    """So much went back of which nobody has told us, while its refund stands as a question in the queue."""
    return sum((_went(payment, book) - _booked(payment)).elements())


def amiss(payments: Mapping[str, Payment], book: Rows, in_queue: set[str]) -> Iterator[str]:
    """`book` names each movement's payment."""
    of_payment: defaultdict[str, Rows] = defaultdict(list)
    for movement in book:
        of_payment[movement["account_reference"]].append(movement)
    for reference, payment in payments.items():
        yield from _amounts_amiss(payment, of_payment[reference])
        for refund in payment.refunds:
            if (refund.is_open or refund.waits_for_office) and refund.reference not in in_queue:
                yield f"refund {refund.reference} {refund.state} of {reference} stands in no queue"


def work_left(refund: Refund) -> set[str]:
    """Jobs that may still wait for one that nobody has ended, or whose end somebody has doubted."""
    asked = refund.state in ASKED_ABOUT_REFUND or refund.contradicted_by is not None
    sent = refund.state is RefundState.APPROVED
    kinds = {"ask_refund": asked, "refund": sent}
    return {f"{kind}:{refund.reference}" for kind, waits in kinds.items() if waits}


def lost_by_bills(payments: Mapping[str, Payment]) -> Counter[str]:
    """What each bill was credited with before, and is not any more."""
    lost: Counter[str] = Counter()
    for payment in payments.values():
        for refund in payment.refunds.sent_back:
            lost.update(
                {part.bill: part.uncredited.minor for part in refund.parts if part.bill and part.uncredited}
            )
    return lost


def _amounts_amiss(payment: Payment, book: Rows) -> Iterator[str]:
    went, booked, open_ = _went(payment, book), _booked(payment), _unsettled(payment)
    if more := went - booked - open_:
        yield f"{payment.reference}: {dict(more)} went back, and no refund says so"
    doubted = Counter(one.amount.minor for one in payment.refunds if one.contradicted_by)
    if less := booked - went - doubted:
        yield f"{payment.reference}: {dict(less)} is booked as sent back, and never left"
    came = sum(movement["amount"] for movement in book if movement["kind"] == PAYMENT)
    by_hand = sum(one.amount.minor for one in payment.refunds.sent_back if _is_by_hand(one))
    if (back := sum(went.elements()) + by_hand) > came:
        yield f"{payment.reference}: {came} came, and {back} went back"


def _went(payment: Payment, book: Rows) -> Counter[int]:
    """Each sum that left for it, as often as it did."""
    ours = (movement for movement in book if movement["account_reference"] == payment.reference)
    return Counter(-movement["amount"] for movement in ours if movement["amount"] < 0)


def _booked(payment: Payment) -> Counter[int]:
    return Counter(one.amount.minor for one in payment.refunds.sent_back if not _is_by_hand(one))


def _unsettled(payment: Payment) -> Counter[int]:
    """Refunds about which a person is asked: nobody knows their end, or it is over and not seen to."""
    asked = (
        one
        for one in payment.refunds
        if one.state in ASKED_ABOUT_REFUND
        or one.in_the_air
        or (one.waits_for_office and one not in payment.refunds.sent_back)
    )
    return Counter(one.amount.minor for one in asked)


def _is_by_hand(refund: Refund) -> bool:
    return refund.route is RefundRoute.BY_HAND
