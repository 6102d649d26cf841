"""Money that came beyond its bills: the question what shall become of it, as pages ask it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.payment import Payment
from portal.services.excess import Extra
from portal.web.office import Age
from portal.web.refunds import spans
from portal.web.visit import Visit


@dataclass(frozen=True, slots=True)
class ExtraForm:
    """The question as a page asks it. By the `key` a second press is known for one."""

    extra: Extra
    address: str
    key: str
    usual: tuple[Age, Age] | None


async def extra_form(visit: Visit, payment: Payment) -> ExtraForm | None:
    """None where nothing of a payment waits for its payer's word, or is kept."""
    if not payment.excess:
        return None
    extra = await visit.site.excess.offer(visit.person, payment.reference)
    if extra is None:
        return None
    address, key = f"/payments/{payment.reference}/extra", visit.site.random(16).hex()
    return ExtraForm(extra, address, key, spans(visit, extra.usual))
