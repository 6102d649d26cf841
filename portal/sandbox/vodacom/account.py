"""The merchant's app at the simulated Vodacom."""

from dataclasses import dataclass, field

from portal.sandbox.vodacom.keys import PRIVATE_KEY, PUBLIC_KEY


@dataclass(frozen=True)
class VodacomAccount:
    """`origin` is the one registered for the app, "*" for any. A session begins to work `session_delay` seconds after
    it was given, and ends after `session_lifetime` seconds.
    """

    api_key: str = "sandbox0vodacom0api0key0of0nobody"
    service_provider_code: str = "000000"
    origin: str = "*"
    session_delay: float = 3
    session_lifetime: float = 3600
    public_key: str = PUBLIC_KEY
    private_key: str = field(default=PRIVATE_KEY, repr=False)
