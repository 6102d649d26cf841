"""What is owed and in no payout yet, and the payout that would send it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from portal.domain.ledger import PLATFORM_FEE, PROCESSING_FEE, payable_to
from portal.domain.money import Currency, sum_of
from portal.domain.payout import OURSELVES, LeftOut, Passed, PayoutItem, PayoutLine, PayoutPrepared

OWN_FEES = (PLATFORM_FEE, PROCESSING_FEE)
"""What goes to our own account. What payers were charged for the provider stays: the provider takes its own."""
_PAYABLE = payable_to("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where somebody's money goes; without an `id` nobody can send it, and `why` says why not."""

    id: str | None
    why: LeftOut = LeftOut.NO_ACCOUNT


NOWHERE = Destination(id=None)


def payee_of(account: str) -> str:
    """The landlord to whom that account of the ledger is owed, or we."""
    return account.removeprefix(_PAYABLE) if account.startswith(_PAYABLE) else OURSELVES


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOut:
    """Of one currency: a line for each who can be paid, and for each other the reason why not."""

    currency: Currency
    lines: tuple[PayoutLine, ...]
    passed: tuple[Passed, ...]


def shared_out(
    owed: Iterable[PayoutItem],
    destinations: Mapping[str, Destination],
    currency: Currency,
    disputed: Collection[str] = (),
) -> SharedOut:
    """What of all that is `owed` in that currency can be sent.

    `destinations` by payee. Of the `disputed` payments only what went back counts. Our own fees are the last line.
    """
    lines: list[PayoutLine] = []
    every = [item for item in owed if item.amount.currency is currency]
    barred = [item for item in every if _is_barred(item, disputed)]
    passed = [
        Passed(payee=payee, amount=sum_of([item.amount for item in items]), why=LeftOut.DISPUTED)
        for payee, items in _by_payee(barred)
    ]
    for payee, items in _by_payee(item for item in every if not _is_barred(item, disputed)):
        amount = sum_of([item.amount for item in items])
        to = destinations.get(payee, NOWHERE)
        if amount.minor > 0 and to.id is not None:
            number = len(lines) + 1
            lines.append(PayoutLine(number=number, payee=payee, destination=to.id, items=items))
        else:
            why = to.why if amount.minor > 0 else LeftOut.NOTHING_TO_SEND
            passed.append(Passed(payee=payee, amount=amount, why=why))
    return SharedOut(currency=currency, lines=tuple(lines), passed=tuple(passed))


def prepared(found: SharedOut, *, account: str, prepared_by: str | None) -> PayoutPrepared | None:
    """The payout of it; None where there is nothing to send."""
    if not found.lines:
        return None
    return PayoutPrepared(
        account=account,
        currency=found.currency,
        lines=found.lines,
        passed=found.passed,
        prepared_by=prepared_by,
    )


def shrunk(items: Iterable[PayoutItem], owed: Iterable[PayoutItem], disputed: Collection[str]) -> bool:
    """Whether less is owed now than a payout of these items would send: money went back, or a bank asks for it.

    `owed` is what no payout has. What came meanwhile is in the next one.
    """
    less = {(one.account, one.stream) for one in owed if one.amount.minor < 0}
    return any(
        (item.account, item.stream) in less or (item.stream in disputed and item.amount.minor > 0)
        for item in items
    )


def _is_barred(item: PayoutItem, disputed: Collection[str]) -> bool:
    return item.amount.minor > 0 and item.stream in disputed


def _by_payee(owed: Iterable[PayoutItem]) -> list[tuple[str, tuple[PayoutItem, ...]]]:
    def order(item: PayoutItem) -> tuple[bool, str, str, str]:
        payee = payee_of(item.account)
        return payee == OURSELVES, payee, item.account, item.stream

    ordered = sorted(owed, key=order)
    return [(payee, tuple(items)) for payee, items in groupby(ordered, lambda item: payee_of(item.account))]
