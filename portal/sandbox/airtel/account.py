"""The merchant's application at the simulated Airtel."""

from dataclasses import dataclass, field

from portal.sandbox.airtel.keys import PRIVATE_KEY, PUBLIC_KEY


@dataclass(frozen=True)
class AirtelAccount:
    """With a `hash_key` callbacks carry a hash, over all else in the body or, as the documents leave it open, over the
    transaction alone. The `disbursement_pin` comes hidden by the public key.
    """

    client_id: str = "sandbox-airtel-client"
    client_secret: str = "sandbox-airtel-secret"  # noqa: S105  (the simulated provider's, worth nothing)
    token_lifetime: float = 180
    hash_key: str = ""
    hashes_transaction: bool = False
    disbursement_pin: str = "2580"
    disbursement_public_key: str = PUBLIC_KEY
    disbursement_private_key: str = field(default=PRIVATE_KEY, repr=False)
