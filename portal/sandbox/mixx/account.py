"""The merchant's account at the simulated Mixx by Yas."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MixxAccount:
    """`company` begins the two addresses that were issued; `company_number` is for the menu. A token ends
    `token_lifetime` seconds after it was given. Money is sent from the purse `payout_msisdn`.
    """

    company: str = "Nest"
    username: str = "NestPay"
    password: str = "sandbox-mixx-password"  # noqa: S105  (the simulated provider's, worth nothing)
    biller_msisdn: str = "25565000111"
    biller_code: str = "NEST"
    company_number: str = "400700"
    token_lifetime: float = 3600
    payout_msisdn: str = "255650002222"
    payout_pin: str = "1456"
