"""What a sandbox is told at its start: its credentials, the business it plays, and how slow it is."""

from dataclasses import dataclass
from datetime import timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")


@dataclass(frozen=True)
class SandboxSettings:
    """Short code and passkey are those that Daraja's documentation prints. All times are seconds."""

    consumer_key: str = "sandbox-consumer-key"
    consumer_secret: str = "sandbox-consumer-secret"  # noqa: S105  (the simulated provider's, worth nothing)
    short_code: str = "174379"
    passkey: str = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
    business_name: str = "Nest Pay"
    token_lifetime: float = 3599
    timestamp_tolerance: float = 600
    result_delay: float = 2
    callback_delay: float = 1
    callback_timeout: float = 30
    prompt_lifetime: float = 60
    late_after: float = 30
    slow_answer: float = 45
    query_lag: int = 3
    oversized_bytes: int = 10 * 1024 * 1024
    seed: int = 0
