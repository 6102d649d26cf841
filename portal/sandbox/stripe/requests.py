"""What the API's parameters are, and the readers that hold a request to them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.attempt import Sum
from portal.sandbox.stripe.fields import Fields, address, boolean, integer, listed, metadata, one_of, text
from portal.sandbox.stripe.form import Tree
from portal.sandbox.stripe.refund import RefundAsked
from portal.sandbox.stripe.session import Asked
from portal.sandbox.stripe.setup import SetupAsked

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
SETUP_MODE = "setup"
SETUP = Fields(
    {
        "allowed_payment_method_types": listed(one_of("card")),
        "cancel_url": address,
        "client_reference_id": text(200),
        "customer_creation": one_of("always"),
        "expires_at": integer,
        "locale": one_of(*LOCALES),
        "metadata": metadata,
        "mode": one_of(SETUP_MODE),
        "setup_intent_data": Fields({"description": text(1000), "metadata": metadata}),
        "success_url": address,
        "wallet_options": Fields({"link": Fields({"display": one_of("auto", "never")})}),
    },
    # Without a customer of its own a card could not be charged later.
    frozenset({"mode", "success_url", "allowed_payment_method_types", "customer_creation"}),
)
CHARGE = Fields(
    {
        "allowed_payment_method_types": listed(one_of("card")),
        "amount": integer,
        "confirm": one_of("true"),
        "currency": one_of("tzs", "usd"),
        "customer": text(100),
        "description": text(1000),
        "expand": listed(one_of("latest_charge")),
        "metadata": metadata,
        "off_session": one_of("true"),
        "payment_method": text(100),
    },
    frozenset({"amount", "confirm", "currency", "customer", "off_session", "payment_method"}),
)
EXPANSIONS = Fields(
    {
        "expand": listed(
            one_of(
                "payment_intent",
                "payment_intent.latest_charge",
                "setup_intent",
                "setup_intent.payment_method",
            )
        )
    }
)
CHARGE_EXPANSIONS = Fields({"expand": listed(one_of("latest_charge"))})
REFUND = Fields(
    {
        "amount": integer,
        "metadata": metadata,
        "payment_intent": text(100),
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    },
    frozenset({"payment_intent"}),
)
REFUNDS = Fields({"limit": integer, "payment_intent": text(100)})
NOTHING = Fields({})


@dataclass(frozen=True, kw_only=True)
class ChargeAsked:
    """What a merchant wants of a saved card."""

    sum: Sum
    customer: str
    method: str
    expand: list[str]


def read_session(form: Tree, now: datetime) -> Asked:
    fields: dict[str, Any] = SESSION(form, "")
    if len(fields["line_items"]) != 1:
        raise refusals.wrong_parameter("line_items", "array")
    (line,) = fields["line_items"]
    price, intent = line["price_data"], fields.get("payment_intent_data", {})
    return Asked(
        reference=fields.get("client_reference_id", ""),
        label=price["product_data"]["name"],
        hundredths=_total(price["unit_amount"] * line["quantity"], price["currency"], "line_items"),
        currency=price["currency"],
        success_url=fields["success_url"],
        cancel_url=fields.get("cancel_url", fields["success_url"]),
        locale=fields.get("locale", "auto"),
        expires_at=_end(fields.get("expires_at"), now),
        metadata=fields.get("metadata", {}),
        intent_metadata=intent.get("metadata", {}),
        description=intent.get("description"),
    )


def read_setup(form: Tree, now: datetime) -> SetupAsked:
    fields: dict[str, Any] = SETUP(form, "")
    return SetupAsked(
        reference=fields.get("client_reference_id", ""),
        success_url=fields["success_url"],
        cancel_url=fields.get("cancel_url", fields["success_url"]),
        locale=fields.get("locale", "auto"),
        expires_at=_end(fields.get("expires_at"), now),
        metadata=fields.get("metadata", {}),
        setup_metadata=fields.get("setup_intent_data", {}).get("metadata", {}),
    )


def read_charge(form: Tree) -> ChargeAsked:
    fields: dict[str, Any] = CHARGE(form, "")
    intent_metadata: dict[str, str] = fields.get("metadata", {})
    return ChargeAsked(
        sum=Sum(
            reference=intent_metadata.get("reference", ""),
            hundredths=_total(fields["amount"], fields["currency"], "amount"),
            currency=fields["currency"],
            intent_metadata=intent_metadata,
            description=fields.get("description"),
        ),
        customer=fields["customer"],
        method=fields["payment_method"],
        expand=fields.get("expand", []),
    )


def read_refund(form: Tree) -> RefundAsked:
    fields: dict[str, Any] = REFUND(form, "")
    hundredths: int | None = fields.get("amount")
    if hundredths is not None and hundredths < 1:
        raise refusals.wrong_parameter("amount", "integer")
    return RefundAsked(
        intent=fields["payment_intent"],
        hundredths=hundredths,
        reason=fields.get("reason"),
        metadata=fields.get("metadata", {}),
    )


def read_expansions(form: Tree, allowed: Fields) -> list[str]:
    expand: list[str] = allowed(form, "").get("expand", [])
    return expand


def _total(hundredths: int, currency: str, param: str) -> int:
    if hundredths < SMALLEST[currency]:
        raise refusals.invalid("The amount is too small.", code="amount_too_small", param=param)
    if hundredths > LARGEST:
        raise refusals.invalid("The amount is too large.", code="amount_too_large", param=param)
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
