"""Returns of deposits for tests: each event with good defaults, and the fold of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.domain import deposit_events as d
from portal.domain.deposit_return import DepositReturn, apply_return
from portal.domain.money import shillings
from tests.makers import LANDLORD, LEASE, NOW, OFFICE, PAYMENT, TENANT, a_reference

RETURN = a_reference(700)
DEPOSIT = shillings(450_000)


def asked(**changes: Any) -> d.DepositAskedBack:
    event = d.DepositAskedBack(
        lease=LEASE,
        tenant=TENANT,
        landlord=LANDLORD,
        shares=(d.Share(payment=PAYMENT, amount=DEPOSIT),),
        answer_by=NOW,
    )
    return replace(event, **changes)


def itemised(*amounts: int, **changes: Any) -> d.DepositItemised:
    """So many lines, each for a damage."""
    event = d.DepositItemised(
        lease=LEASE,
        tenant=TENANT,
        landlord=LANDLORD,
        shares=(d.Share(payment=PAYMENT, amount=DEPOSIT),),
        claims=tuple(d.Claim(kind=d.DeductionKind.DAMAGE, amount=shillings(amount)) for amount in amounts),
        waived=(),
        itemised_by=LANDLORD,
        answer_by=NOW,
    )
    return replace(event, **changes)


def decided(line: int, minor: int, by: str = OFFICE) -> d.DeductionDecided:
    return d.DeductionDecided(line=line, deducted=shillings(minor), decided_by=by)


def proposed(line: int, minor: int, by: str = OFFICE) -> d.DeductionProposed:
    return d.DeductionProposed(line=line, deducted=shillings(minor), proposed_by=by)


def after(*events: d.ReturnEvent) -> DepositReturn:
    """What a history makes."""
    one: DepositReturn | None = None
    for event in events:
        one = apply_return(one, event, NOW, reference=RETURN)
    assert one is not None
    return one
