"""The demo: named characters with something due, the sandbox as a process, and settings that need no thought.

Never imported in production mode.
"""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from portal.domain.bank_account import BankAccount
from portal.domain.bill import Bill, PartPolicy, PaymentType
from portal.domain.correction import Verdict
from portal.domain.ids import new_reference
from portal.domain.money import Currency, Money, shillings
from portal.domain.payout import OURSELVES
from portal.domain.person import Person, Role
from portal.domain.phone import Phone
from portal.domain.zone import EAST_AFRICA
from portal.services.tools import Tools
from portal.simulated import (
    SANDBOX_ADDRESS,
    SANDBOX_HOST,
    SANDBOX_PORT,
    simulated_banks,
    simulated_providers,
    uses_our_sandbox,
)
from portal.store import leases, payee_accounts, people
from portal.store.leases import Lease
from portal.store.payee_accounts import PayeeAccount
from portal.store.types import Tx
from portal.store.vault import Vault

PLACE = Path(".run")


def demo_environment(environment: Mapping[str, str], accounts: Mapping[str, Any]) -> dict[str, str]:
    """The demo's settings; what the environment sets wins, and another provider brings all of its own.

    People reach the portal where it listens, unless another address is set.

    `accounts` holds, by provider, the credentials that the simulated ones accept.
    """
    provider = simulated_providers(environment, accounts) if uses_our_sandbox(environment) else {}
    public_url = f"http://{_reached_at(environment.get('PORTAL_ADDRESS') or _PORTAL['PORTAL_ADDRESS'])}"
    merchant = {} if any(name.startswith("TANQR_") for name in environment) else _TANQR
    return (
        _PORTAL
        | {"PORTAL_PUBLIC_URL": public_url}
        | merchant
        | provider
        | simulated_banks(accounts["banks"])
        | dict(environment)
    )


_PORTAL = {
    "PORTAL_ENV": "demo",
    "PORTAL_ADDRESS": "127.0.0.1:8000",
    "PORTAL_DATABASE_URL": f"sqlite:///{PLACE / 'demo.sqlite3'}",
    "PORTAL_SECRET_KEY": "demo-secret-key-that-everybody-knows",
    "PORTAL_ENCRYPTION_KEYS": "demo:" + base64.b64encode(b"a key for the demo, of 32 bytes.").decode(),
    "PORTAL_SIGNING_KEYS": "demo-signing-key-that-everybody-knows",
    "PORTAL_EXCHANGE_RATES": '[{"rate": "2650.50", "source": "demo",'
    ' "from": "2020-01-01T00:00:00+03:00", "until": "2100-01-01T00:00:00+03:00"}]',
}
_TANQR = {"TANQR_ACQUIRER_ID": "01001", "TANQR_MERCHANT_ID": "12345678"}
"""Of the worked examples of the national QR: they pay nobody."""


def _reached_at(address: str) -> str:
    """Whoever listens everywhere is reached on this machine too."""
    host, _, port = address.rpartition(":")
    return f"127.0.0.1:{port}" if host in ("0.0.0.0", "[::]") else address  # noqa: S104


@contextmanager
def sandbox_process(environment: Mapping[str, str], addresses: Mapping[str, str]) -> Iterator[None]:
    """The simulated providers as a process of its own, ended with the portal; none where another provider is set.

    `addresses` are those of `callback_urls`.
    """
    if not uses_our_sandbox(environment):
        yield
        return
    place = ["--host", SANDBOX_HOST, "--port", str(SANDBOX_PORT)]
    told = [f"--callback-url={twin}={address}" for twin, address in addresses.items()]
    command = [sys.executable, "-m", "portal", "sandbox", *place, *told]
    exit_on_sigterm()
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def exit_on_sigterm() -> None:
    """The server hands the signal on when it has ended; by itself that would leave the sandbox running."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def welcome(public_url: str, environment: Mapping[str, str]) -> str:
    """Where to click."""
    outside = (
        f"  The phone to approve on   http://{SANDBOX_ADDRESS}\n"
        f"  The banks to send from    http://{SANDBOX_ADDRESS}/bank\n"
    )
    return (
        "\nNest Pay runs. No money moves here.\n\n"
        f"  The portal                {public_url}/sign-in   (one click signs in Asha, a tenant)\n"
        f"{outside if uses_our_sandbox(environment) else ''}"
        "\nControl-C ends it.\n"
    )


async def prepare(tools: Tools) -> None:
    """People, leases and bills for a demo database that has none."""
    await tools.store.write(lambda tx: seed(tx, tools.vault, tools.random, tools.clock()))


def seed(tx: Tx, vault: Vault, random: Callable[[int], bytes], now: datetime) -> bool:
    """People, leases and bills; False when they stand already."""
    if people.everyone(tx):
        return False
    ids = {name: new_reference(random) for name in _NAMES}
    for name, (full_name, role, language, phone) in _NAMES.items():
        person = Person(ids[name], full_name, role, language)
        people.add(
            tx,
            vault,
            person,
            phone=Phone(phone),
            email=f"{name}@example.com",
            landlord_code=_LANDLORD_CODES.get(name),
        )
    for payee, (holder, bank, number) in _ACCOUNTS.items():
        _add_account(tx, vault, random, ids, payee, BankAccount(bank=bank, holder=holder, number=number), now)
    for tenant, landlord, unit, area, policy in _LEASES:
        lease = _add_lease(tx, random, ids, tenant, landlord, unit, area, policy)
        for bill in _bills(random, lease, tenant, now.astimezone(EAST_AFRICA).date()):
            leases.add_bill(tx, bill)
    return True


_NAMES = {
    "asha": ("Asha Mushi", Role.TENANT, "sw", "255754123456"),
    "baraka": ("Baraka Nyerere", Role.TENANT, "en", "255655123456"),
    "neema": ("Neema Komba", Role.TENANT, "sw", "255784123456"),
    "rehema": ("Rehema Said", Role.TENANT, "sw", "255682123456"),
    "elin": ("Elin Berg", Role.TENANT, "en", "255744123456"),
    "mollel": ("Juma Mollel", Role.LANDLORD, "sw", "255754222333"),
    "kweka": ("Grace Kweka", Role.LANDLORD, "en", "255713222333"),
    "office": ("Salma Othman", Role.OFFICE, "en", "255754333444"),
    "approver": ("Peter Lyimo", Role.APPROVER, "en", "255754444555"),
}
_LANDLORD_CODES = {"mollel": "MOL", "kweka": "KWE"}
_ACCOUNTS = {
    "mollel": ("Juma Mollel", "NMB", "20110098765"),
    OURSELVES: ("Nest Pay Limited", "CRDB", "0150765432100"),
}
"""Where money is sent; Grace Kweka has not said where hers should go."""
_LEASES = (
    ("asha", "mollel", "A3", "Mikocheni", PartPolicy.FULL_ONLY),
    ("baraka", "mollel", "B1", "Mikocheni", PartPolicy.ANY_PART),
    ("neema", "kweka", "12", "Sinza", PartPolicy.FULL_ONLY),
    ("rehema", "kweka", "14", "Sinza", PartPolicy.RENT_OR_MORE),
    ("elin", "kweka", "2", "Masaki", PartPolicy.ANY_PART),
)
_EXEMPT = {"elin": "staff of a foreign mission"}
"""Who may owe dollars, and on which ground."""
_MONTHLY = 250_000
"""The rent of whoever pays in parts by it."""
_OWED = {
    "asha": ((PaymentType.DEPOSIT, 450_000), (PaymentType.RENT, 450_000), (PaymentType.SERVICE_FEE, 35_000)),
    "baraka": ((PaymentType.RENT, 620_000), (PaymentType.SECURITY_DEPOSIT, 1_240_000)),
    "neema": ((PaymentType.SECURITY_DEPOSIT, 3_600_000), (PaymentType.RENT, 300_000)),
    "rehema": ((PaymentType.SECURITY_DEPOSIT, 3 * _MONTHLY), *3 * ((PaymentType.RENT, _MONTHLY),)),
    "elin": ((PaymentType.RENT, 800_00), (PaymentType.SERVICE_FEE, 45_50)),
}


def _add_lease(
    tx: Tx,
    random: Callable[[int], bytes],
    ids: Mapping[str, str],
    tenant: str,
    landlord: str,
    unit: str,
    area: str,
    policy: PartPolicy,
) -> str:
    property_id, reference = new_reference(random), new_reference(random)
    leases.add_property(tx, property_id, ids[landlord], area)
    leases.add_lease(
        tx,
        Lease(
            reference=reference,
            property_id=property_id,
            property_name=area,
            unit=unit,
            tenant=ids[tenant],
            landlord=ids[landlord],
            landlord_name="",
            currency=_currency(tenant),
            part_policy=policy,
            rent=shillings(_MONTHLY) if policy is PartPolicy.RENT_OR_MORE else None,
            exemption=_EXEMPT.get(tenant),
        ),
    )
    return reference


def _add_account(
    tx: Tx,
    vault: Vault,
    random: Callable[[int], bytes],
    ids: Mapping[str, str],
    payee: str,
    account: BankAccount,
    now: datetime,
) -> None:
    """Entered by the office, and confirmed by an approver."""
    new = PayeeAccount(
        id=new_reference(random),
        payee=ids.get(payee, payee),
        masked=account.masked,
        entered_by=ids["office"],
        entered_at=now,
    )
    payee_accounts.enter(tx, vault, new, account)
    payee_accounts.decide(tx, new.id, Verdict.CONFIRMED, ids["approver"], now)


def _currency(tenant: str) -> Currency:
    return Currency.USD if tenant in _EXEMPT else Currency.TZS


def _bills(random: Callable[[int], bytes], lease: str, tenant: str, today: date) -> Iterator[Bill]:
    """Of several of one kind each is for the month after the one before."""
    months, currency = {kind: today.replace(day=1) for kind, _ in _OWED[tenant]}, _currency(tenant)
    for kind, amount in _OWED[tenant]:
        months[kind] = next_month = (months[kind] + timedelta(days=31)).replace(day=1)
        monthly = kind in (PaymentType.RENT, PaymentType.SERVICE_FEE)
        yield Bill(
            reference=new_reference(random),
            lease=lease,
            type=kind,
            amount=Money(amount, currency),
            paid=Money(0, currency),
            due_on=next_month if monthly else today,
            period=next_month if monthly else None,
        )
