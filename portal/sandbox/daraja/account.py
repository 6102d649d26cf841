"""The merchant's account at the simulated Daraja."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DarajaAccount:
    """Short code and passkey are those that Daraja's documentation prints. Times are seconds."""

    consumer_key: str = "sandbox-consumer-key"
    consumer_secret: str = "sandbox-consumer-secret"  # noqa: S105  (the simulated provider's, worth nothing)
    short_code: str = "174379"
    passkey: str = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
    token_lifetime: float = 3599
    timestamp_tolerance: float = 600
    initiator_name: str = "testapi"
    security_credential: str = "c2FuZGJveCBpbml0aWF0b3IgcGFzc3dvcmQ="
