"""Every component on one page, for those who build and look; only in a demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from litestar import Response, get
from litestar.di import NamedDependency

from portal.documents.receipt import ReceiptFacts, ReceiptLine, slip_context
from portal.domain.bill import PaymentType
from portal.domain.errors import NotFound
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
from portal.domain.receipt import ReceiptNumber
from portal.templating.language import Language
from portal.web.pages import page
from portal.web.visit import Visit

SAMPLE: Mapping[str, object] = {
    "deposit": shillings(450_000),
    "fee": shillings(3_500),
    "total": shillings(453_500),
    "price": Money(20_000, Currency.USD),
    "due": date(2026, 3, 1),
    "today": date(2026, 3, 4),
    "at": datetime(2026, 11, 24, 11, 5, tzinfo=UTC),
}
SLIP = ReceiptFacts(
    number=ReceiptNumber("MOL", 2026, 123),
    code="7K29QXM4AB1C",
    completed_at=datetime(2026, 11, 24, 11, 5, tzinfo=UTC),
    provider_paid_at=None,
    landlord="Juma Mollel",
    tenant="Asha Mushi",
    place="A3, Mikocheni",
    lines=(
        ReceiptLine(
            type=PaymentType.RENT,
            period=date(2026, 3, 1),
            amount=shillings(300_000),
            balance=shillings(150_000),
        ),
    ),
    fees=Fees(shillings(1_500), shillings(250), shillings(1_000)),
    method=PaymentMethod.MPESA,
    phone="0754•••456",
    provider_code="QK12AB34CD",
    late=False,
    verify_url="https://nest.example/v/7K29QXM4AB1C",
    version=1,
    rendered_at=datetime(2026, 11, 24, 11, 5, tzinfo=UTC),
)


@get("/dev/gallery", name="gallery")
async def show_gallery(visit: NamedDependency[Visit]) -> Response[bytes]:
    if not visit.site.demo:
        raise NotFound
    return page(visit, "dev/gallery.html", gallery_context(visit.language) | {"use_htmx": True})


def gallery_context(language: Language) -> dict[str, object]:
    """The figures and days that the components show; their words come from the catalogue."""
    return {"sample": SAMPLE, **slip_context(SLIP, language)}


pages = [show_gallery]
