"""What payers know of the wallets: the menu that opens each, and the word for it in addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.method import PaymentMethod


@dataclass(frozen=True, slots=True)
class Wallet:
    """`menu` is what one dials, on that network's own line; None for one that lives in an app."""

    method: PaymentMethod
    menu: str | None


WALLETS: Mapping[str, Wallet] = {
    "mpesa": Wallet(PaymentMethod.MPESA, "*150*00#"),
    "mixx": Wallet(PaymentMethod.TIGO_PESA, "*150*01#"),
    "airtel": Wallet(PaymentMethod.AIRTEL_MONEY, "*150*60#"),
    "halopesa": Wallet(PaymentMethod.HALOPESA, "*150*88#"),
    "azampesa": Wallet(PaymentMethod.AZAMPESA, None),
}


def no_prompt_page(method: PaymentMethod) -> str | None:
    """Where it stands what to do when a prompt does not come; None for ways without a prompt."""
    return next(
        (f"/help/no-prompt/{word}" for word, wallet in WALLETS.items() if wallet.method is method), None
    )
