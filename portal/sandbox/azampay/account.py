"""The merchant's application at the simulated AzamPay."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AzamPayAccount:
    """Without `signs` its callbacks are of the older kind: no externalreference, no signature."""

    app_name: str = "Nest Pay"
    client_id: str = "sandbox-azampay-client"
    client_secret: str = "sandbox-azampay-secret"  # noqa: S105  (the simulated provider's, worth nothing)
    api_key: str = "sandbox-azampay-key"
    token_lifetime: float = 24 * 60 * 60
    signs: bool = True
