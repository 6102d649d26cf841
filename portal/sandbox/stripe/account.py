"""The merchant's account at the simulated Stripe."""

from dataclasses import dataclass

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class StripeAccount:
    """`ended_key` was good once. The webhook endpoint hears `events`, or all of them where none is named."""

    secret_key: str = "sk_test_sandbox0secret0key"  # noqa: S105  (the simulated provider's, worth nothing)
    publishable_key: str = "pk_test_sandbox0public0key"
    webhook_secret: str = "whsec_sandbox0signing0secret"  # noqa: S105
    ended_key: str = "sk_test_sandbox0ended0key"
    events: frozenset[str] = frozenset()
