"""Where an amount comes from: the page to which the amounts of other pages lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.account_kind import kind_of
from portal.domain.events import event_name
from portal.domain.figures import FigureKind, Posted
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Role
from portal.services.explain import Explanation
from portal.services.office import STAFF
from portal.web.addresses import read_reference, renamed
from portal.web.guidance import percent
from portal.web.ledger import account_address
from portal.web.pages import page, see_other
from portal.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleApplied:
    """The rule of fees as it applies to one amount: the platform's `share`, the provider's `flat` sum and its share."""

    version: str
    valid_from: date
    share: str
    flat: Money
    provider_share: str | None


@get("/why/{reference:str}", name="why")
async def show_all(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    return await _shown(visit, reference, None)


@get("/why/{reference:str}/{name:str}", name="why_figure")
async def show_figure(
    visit: NamedDependency[Visit], reference: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    return await _shown(visit, reference, name)


async def _shown(visit: Visit, reference: str, name: str | None) -> Response[bytes]:
    if (known := read_reference(reference)) != reference:
        return see_other(renamed(visit.path, reference, known))
    found = await visit.site.reads.explain.payment(visit.person, reference, name)
    role = visit.person.role
    context = {
        "found": found,
        "payment": found.payment,
        "figure": found.figure,
        "chosen": [_row(visit, one, amount) for one, amount in found.counted],
        # What is owed stands below zero in the ledger; a landlord reads it as it stands in their statement.
        "posted": [
            _row(visit, one, -one.entry.amount if role is Role.LANDLORD else one.entry.amount)
            for one in found.posted
        ],
        "is_office": role in STAFF,
        "is_landlord": role is Role.LANDLORD,
        "rule": _rule(found),
        "dollars": _dollars(found),
        "back": _way_back(role, found.payment),
        "wide": True,
    }
    return page(visit, "why/page.html", context)


def _row(visit: Visit, one: Posted, amount: Money) -> dict[str, object]:
    """An entry for people; only the office is led to the account."""
    account = one.entry.account
    return {
        "at": one.entry.at,
        "seq": one.entry.seq,
        "event": event_name(type(one.event)),
        "source": getattr(one.event, "source", None),
        "account": account,
        "kind": kind_of(account),
        "href": account_address(account) if visit.person.role in STAFF else None,
        "amount": amount,
    }


def _dollars(found: Explanation) -> Money | None:
    """What the shillings of the figure are of bills in dollars; None of one that has no part in them."""
    payment, figure = found.payment, found.figure
    if payment.exchange is None or figure is None:
        return None
    match figure.kind:
        case FigureKind.BILL:
            return payment.allocation_of(figure.of).amount
        case FigureKind.APPLIED:
            return payment.allocation_of(figure.of).applied
        case FigureKind.BEYOND:
            return payment.allocation_of(figure.of).excess
        case FigureKind.AMOUNT:
            return payment.credit
        case FigureKind.CAME:
            return payment.credited
        case _:
            return None


def _rule(found: Explanation) -> RuleApplied | None:
    rule, amount = found.rule, found.payment.amount
    if rule is None:
        return None
    flat = next(fee for ceiling, fee in rule.provider_bands if amount.minor <= ceiling)
    return RuleApplied(
        version=rule.version,
        valid_from=rule.valid_from,
        share=percent(rule.platform_rate),
        flat=Money(flat, rule.currency),
        provider_share=percent(rule.provider_rate) if rule.provider_rate else None,
    )


def _way_back(role: Role, payment: Payment) -> dict[str, str]:
    if role is Role.TENANT:
        return {"place": "payment", "href": f"/payments/{payment.reference}"}
    if role is Role.LANDLORD:
        return {"place": "landlord", "href": "/landlord"}
    return {"place": "payment", "href": f"/ops/payments/{payment.reference}"}


pages = [show_all, show_figure]
