"""The national QR beside the details of a transfer: whoever scans it types neither amount nor reference."""

from __future__ import annotations

from markupsafe import Markup

from portal.documents.qr import qr_svg
from portal.domain.ids import shown
from portal.domain.money import Currency
from portal.domain.payment_state import State
from portal.domain.tanqr import Tanqr, encoded
from portal.templating.formats import money_text
from portal.web.sentences import N_, say
from portal.web.standing import Standing
from portal.web.visit import Visit


def tanqr_of(visit: Visit, standing: Standing) -> Markup | None:
    """For `pay/_tanqr.html`: the code that asks for what a transfer lacks; none where no acquirer knows us."""
    merchant, payment, missing = visit.site.tanqr, standing.payment, standing.missing
    if merchant is None or payment.state is not State.AWAITING_BANK:
        return None
    if missing.currency is not Currency.TZS:
        return None
    code = Tanqr(merchant=merchant, amount=missing, bill_number=payment.reference)
    alt = N_("QR code that pays %(total)s by reference %(reference)s")
    facts = {"total": money_text(missing, visit.language), "reference": shown(payment.reference)}
    return qr_svg(encoded(code), say(alt, visit.language, facts))
