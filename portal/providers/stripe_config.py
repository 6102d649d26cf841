"""The settings of Stripe: its keys, and what may be wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import stripe

_SECRET_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[0-9A-Za-z]{8,200}")
_PUBLISHABLE_KEY = re.compile(r"pk_(?:test|live)_[0-9A-Za-z]{8,200}")
_WEBHOOK_SECRET = re.compile(r"whsec_[0-9A-Za-z+/=_-]{16,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeConfig:
    """`STRIPE_…` of the settings.

    The webhook endpoint at Stripe is `{PORTAL_PUBLIC_URL}/webhooks/stripe`, in the version `API_VERSION`. The
    publishable key is for pages that draw the card's fields themselves: ours send nobody one.
    """

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    publishable_key: str | None = None
    api_base: str = stripe.DEFAULT_API_BASE

    @property
    def is_live(self) -> bool:
        """Real money moves."""
        return "_live_" in self.secret_key

    def faults(self) -> dict[str, str]:
        shown = self.publishable_key
        found = {
            "secret_key": ""
            if _SECRET_KEY.fullmatch(self.secret_key)
            else "a key that begins with sk_ or rk_",
            "webhook_secret": ""
            if _WEBHOOK_SECRET.fullmatch(self.webhook_secret)
            else "the signing secret of the webhook endpoint, which begins with whsec_",
            "publishable_key": ""
            if shown is None or (_PUBLISHABLE_KEY.fullmatch(shown) and ("_live_" in shown) is self.is_live)
            else "a key that begins with pk_, of the same mode as the secret key",
        }
        return {name: fault for name, fault in found.items() if fault}

    def unfit_for_production(self) -> dict[str, str]:
        return {} if self.is_live else {"secret_key": "a key for tests moves no money"}
