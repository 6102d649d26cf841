"""What the API's parameters are, and the readers that hold a request to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.fields import Fields, address, boolean, integer, listed, metadata, one_of, text
from portal.sandbox.stripe.form import Tree
from portal.sandbox.stripe.session import Asked

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
SMALLEST = {"tzs": 130_000, "usd": 50}
LARGEST = 99_999_999
"""Eight digits of hundredths."""
LOCALES = ("auto", "en", "en-GB", "fr", "pt")
"""Some of them; Swahili is not among them."""

PRODUCT = Fields({"name": text(250)}, frozenset({"name"}))
PRICE = Fields(
    {"currency": one_of("tzs", "usd"), "unit_amount": integer, "product_data": PRODUCT},
    frozenset({"currency", "unit_amount", "product_data"}),
)
LINE = Fields({"price_data": PRICE, "quantity": integer}, frozenset({"price_data", "quantity"}))
SESSION = Fields(
    {
        "adaptive_pricing": Fields({"enabled": boolean}),
        "allowed_payment_method_types": listed(one_of("card")),
        "cancel_url": address,
        "client_reference_id": text(200),
        "expires_at": integer,
        "line_items": listed(LINE),
        "locale": one_of(*LOCALES),
        "metadata": metadata,
        "mode": one_of("payment"),
        "payment_intent_data": Fields({"description": text(1000), "metadata": metadata}),
        "success_url": address,
        "wallet_options": Fields({"link": Fields({"display": one_of("auto", "never")})}),
    },
    frozenset({"mode", "success_url", "line_items"}),
)
EXPANSIONS = Fields({"expand": listed(one_of("payment_intent", "payment_intent.latest_charge"))})


def read_session(form: Tree, now: datetime) -> Asked:
    fields: dict[str, Any] = SESSION(form, "")
    if len(fields["line_items"]) != 1:
        raise refusals.wrong_parameter("line_items", "array")
    (line,) = fields["line_items"]
    price, intent = line["price_data"], fields.get("payment_intent_data", {})
    return Asked(
        reference=fields.get("client_reference_id", ""),
        label=price["product_data"]["name"],
        hundredths=_total(price["unit_amount"] * line["quantity"], price["currency"]),
        currency=price["currency"],
        success_url=fields["success_url"],
        cancel_url=fields.get("cancel_url", fields["success_url"]),
        locale=fields.get("locale", "auto"),
        expires_at=_end(fields.get("expires_at"), now),
        metadata=fields.get("metadata", {}),
        intent_metadata=intent.get("metadata", {}),
        description=intent.get("description"),
    )


def read_expansions(form: Tree) -> list[str]:
    expand: list[str] = EXPANSIONS(form, "").get("expand", [])
    return expand


def _total(hundredths: int, currency: str) -> int:
    if hundredths < SMALLEST[currency]:
        raise refusals.invalid("The amount is too small.", code="amount_too_small", param="line_items")
    if hundredths > LARGEST:
        raise refusals.invalid("The amount is too large.", code="amount_too_large", param="line_items")
    return hundredths


def _end(seconds: int | None, now: datetime) -> datetime:
    if seconds is None:
        return now + LONGEST
    ends = datetime.fromtimestamp(seconds, UTC)
    if not now + SHORTEST <= ends <= now + LONGEST:
        raise refusals.invalid(
            "expires_at must be between 30 minutes and 24 hours from now.", param="expires_at"
        )
    return ends
