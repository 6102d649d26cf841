"""A receipt as a page and as a PDF, for its payer, its landlord and the office; for anyone else it is not there."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.documents.receipt import slip_context
from portal.domain.payment import Payment
from portal.domain.person import Role
from portal.domain.receipt import parse_receipt_address
from portal.web.explained import explains_of
from portal.web.pages import page
from portal.web.visit import Visit

SUFFIX = ".pdf"


@get("/r/{number:str}", name="receipt")
async def show_receipt(visit: NamedDependency[Visit], number: FromPath[str]) -> Response[bytes]:
    """`/r/MOL-26-000123` is the page, and with `.pdf` behind it the file: one path to Litestar."""
    if number.lower().endswith(SUFFIX):
        return await _file(visit, number[: -len(SUFFIX)])
    return await _slip(visit, number)


async def _slip(visit: Visit, number: str) -> Response[bytes]:
    payment, facts, size = await visit.site.receipts.facts(visit.person, number)
    address = facts.number.address
    context = {
        "pdf": {"href": f"/r/{address}{SUFFIX}", "kilobytes": kilobytes(size)} if size else None,
        "back": way_back(visit.person.role, payment),
    }
    lets = await visit.site.reads.explain.lets(payment)
    explained = {
        "explains": explains_of(payment, visit.person, lets),
        "names": {
            "bills": [f"bill-{bill}" for bill in payment.bills],
            "beyond": [f"beyond-{bill}" for bill in payment.bills],
            "refunds": [f"refund-{one.reference}" for one in payment.refunds.sent_back],
        },
    }
    return page(visit, "receipts/page.html", context | slip_context(facts, visit.language) | explained)


async def _file(visit: Visit, number: str) -> Response[bytes]:
    file = await visit.site.receipts.file(visit.person, number)
    known = parse_receipt_address(number)
    address = known.address if known else ""
    if file is None:
        return page(
            visit, "receipts/preparing.html", {"number": address}, status=202, headers={"Retry-After": "3"}
        )
    # The name is written by us and never taken from the address, so no browser can be told another.
    name = f'attachment; filename="nest-pay-receipt-{address}{SUFFIX}"'
    return Response(file.pdf, media_type="application/pdf", headers={"Content-Disposition": name})


def kilobytes(size: int) -> int:
    """What a reader pays for the download; never none."""
    return max(1, round(size / 1000))


def way_back(role: Role, payment: Payment) -> dict[str, str | None]:
    """Where each of those who see a receipt came from; the words are the page's, by `place`."""
    if role is Role.TENANT:
        return {"place": "payment", "href": f"/payments/{payment.reference}"}
    if role is Role.LANDLORD:
        return {"place": "landlord", "href": "/landlord"}
    return {"place": "office", "href": "/ops"}


pages = [show_receipt]
