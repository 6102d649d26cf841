"""What a sandbox is told at its start: its accounts, the business it plays, and how slow it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone

from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.azampay.account import AzamPayAccount
from portal.sandbox.bank.account import ACCOUNTS, BankAccount
from portal.sandbox.daraja.account import DarajaAccount
from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.stripe.account import StripeAccount
from portal.sandbox.vodacom.account import VodacomAccount

EAT = timezone(timedelta(hours=3), "EAT")


@dataclass(frozen=True)
class SandboxSettings:
    """One account per twin, and one at each bank. `callback_urls` holds, by twin, the address that a merchant has
    registered there, for those providers that take none with the request. All times are seconds.
    """

    daraja: DarajaAccount = field(default_factory=DarajaAccount)
    vodacom: VodacomAccount = field(default_factory=VodacomAccount)
    mixx: MixxAccount = field(default_factory=MixxAccount)
    airtel: AirtelAccount = field(default_factory=AirtelAccount)
    azampay: AzamPayAccount = field(default_factory=AzamPayAccount)
    stripe: StripeAccount = field(default_factory=StripeAccount)
    banks: tuple[BankAccount, ...] = ACCOUNTS
    callback_urls: Mapping[str, str] = field(default_factory=dict)
    business_name: str = "Nest Pay"
    result_delay: float = 2
    callback_delay: float = 1
    callback_timeout: float = 30
    prompt_lifetime: float = 60
    late_after: float = 30
    slow_answer: float = 45
    query_lag: int = 3
    oversized_bytes: int = 10 * 1024 * 1024
    seed: int = 0
