"""The demo: settings that need no thought, and a start that says in one line why it cannot be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from portal.demo import demo_environment, welcome
from portal.domain.refund_outcome import RefundRoute
from portal.providers.bank_transfer import read_accounts
from portal.providers.provider import Means
from portal.providers.registry import open_providers
from portal.sandbox.settings import SandboxSettings
from portal.settings import read_settings
from portal.simulated import SANDBOX_ADDRESS, callback_urls, uses_our_sandbox
from tests.makers import FakeClock, seeded

ACCOUNT = asdict(SandboxSettings())


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def portal(folder: Path, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **told},
        timeout=60,
    )


@pytest.mark.covers("P4")
def test_without_any_word_the_demo_is_whole() -> None:
    settings = read_settings(demo_environment({}, ACCOUNT))
    assert (settings.demo, settings.public_url) == (True, "http://127.0.0.1:8000")
    cards = settings.providers["STRIPE"]
    assert cards.api_base == f"http://{SANDBOX_ADDRESS}/stripe"
    called = {name: at for name, at in settings.providers.items() if hasattr(at, "base_url")}
    addresses = {name: provider.base_url for name, provider in called.items()}
    assert addresses == {
        "MPESA_VODACOM": f"http://{SANDBOX_ADDRESS}/vodacom/sandbox",
        "MPESA_DARAJA": f"http://{SANDBOX_ADDRESS}/daraja",
        "TIGO_PESA": f"http://{SANDBOX_ADDRESS}/mixx/Nest2DM",
        "AIRTEL_MONEY": f"http://{SANDBOX_ADDRESS}/airtel",
        "AZAMPAY": f"http://{SANDBOX_ADDRESS}/azampay/checkout",
    }
    assert [account.id for account in read_accounts(settings.providers["BANK_TRANSFER"].accounts)] == [
        "CRDB",
        "NMB",
    ]


async def test_in_the_demo_money_can_go_back_by_every_way_that_a_provider_has() -> None:
    providers = read_settings(demo_environment({}, ACCOUNT)).providers
    means = Means(clock=FakeClock(), monotonic=lambda: 0.0, random=seeded())
    opened = open_providers(providers, means)
    ways = {one.name: {way.route for way in one.capabilities.sends_back} for one in opened}
    both = {RefundRoute.REVERSAL, RefundRoute.PAYOUT}
    assert ways == {
        "mpesa_vodacom": both,
        "mpesa_daraja": both,
        "airtel_money": both,
        "tigo_pesa": {RefundRoute.PAYOUT},
        "azampay": set(),
        "stripe": {RefundRoute.REVERSAL},
        "bank_transfer": {RefundRoute.BY_HAND},
    }
    for provider in opened:
        await provider.close()


@pytest.mark.parametrize(
    "told, public_url",
    [
        ({"PORTAL_ADDRESS": "127.0.0.1:9000"}, "http://127.0.0.1:9000"),
        ({"PORTAL_ADDRESS": "0.0.0.0:9000"}, "http://127.0.0.1:9000"),
        ({"PORTAL_ADDRESS": "[::]:9000"}, "http://127.0.0.1:9000"),
        ({"PORTAL_ADDRESS": "192.0.2.7:80"}, "http://192.0.2.7:80"),
        (
            {"PORTAL_ADDRESS": "127.0.0.1:9000", "PORTAL_PUBLIC_URL": "https://demo.nest.co.tz"},
            "https://demo.nest.co.tz",
        ),
    ],
)
def test_people_reach_the_demo_where_it_listens_unless_told_otherwise(
    told: dict[str, str], public_url: str
) -> None:
    assert read_settings(demo_environment(told, ACCOUNT)).public_url == public_url


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"MPESA_DARAJA_BASE_URL": "https://sandbox.safaricom.co.ke"},
        {"AIRTEL_MONEY_BASE_URL": "https://openapiuat.airtel.co.tz"},
        {"AZAMPAY_BASE_URL": "https://sandbox.azampay.co.tz"},
    ],
    ids=str,
)
def test_another_provider_brings_all_of_its_own(elsewhere: dict[str, str]) -> None:
    assert not uses_our_sandbox(elsewhere)
    environment = demo_environment(elsewhere, ACCOUNT)
    assert {"MPESA_DARAJA_PASSKEY", "AIRTEL_MONEY_CLIENT_ID"}.isdisjoint(environment)
    assert SANDBOX_ADDRESS not in welcome("http://127.0.0.1:8000", elsewhere)
    assert SANDBOX_ADDRESS in welcome("http://127.0.0.1:8000", {})


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path, taken: int, command: str) -> None:
    address = f"127.0.0.1:{taken}"
    environment = demo_environment({"PORTAL_ADDRESS": address}, ACCOUNT)
    told = portal(tmp_path, command, **environment)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        f"Error: {address} cannot be listened on: address already in use. "
        "End what runs there, or choose another by PORTAL_ADDRESS.\n"
    )


def test_a_sandbox_whose_port_is_taken_says_so(tmp_path: Path, taken: int) -> None:
    told = portal(tmp_path, "sandbox", "--port", str(taken))
    assert (told.returncode, told.stdout) == (1, "")
    assert f"127.0.0.1:{taken} cannot be listened on: address already in use" in told.stderr


def test_an_address_that_this_machine_has_not_is_told_in_one_line(tmp_path: Path) -> None:
    told = portal(tmp_path, "demo", PORTAL_ADDRESS="192.0.2.7:8000")
    assert (told.returncode, "192.0.2.7:8000 cannot be listened on" in told.stderr) == (1, True)
    assert "Traceback" not in told.stderr


def test_the_simulated_provider_is_told_where_to_call() -> None:
    environment = demo_environment({"PORTAL_ADDRESS": "127.0.0.1:9000"}, ACCOUNT)
    assert callback_urls(environment) == {
        "vodacom": "http://127.0.0.1:9000/webhooks/mpesa/demo-callback-key-that-everybody-knows",
        "mixx": "http://127.0.0.1:9000/webhooks/tigo/demo-callback-key-that-everybody-knows",
        "mixx-menu": "http://127.0.0.1:9000/webhooks/tigo/demo-callback-key-that-everybody-knows/bills",
        "airtel": "http://127.0.0.1:9000/webhooks/airtel/demo-callback-key-that-everybody-knows",
        "stripe": "http://127.0.0.1:9000/webhooks/stripe",
    }
    assert callback_urls({"PORTAL_PUBLIC_URL": "http://127.0.0.1:9000"}) == {}


def test_who_brings_a_key_of_the_real_stripe_keeps_the_simulated_wallets() -> None:
    own = {
        "STRIPE_SECRET_KEY": "sk_test_of0somebody",
        "STRIPE_WEBHOOK_SECRET": "whsec_of0somebody0in0a0hurry",
    }
    environment = demo_environment(own, ACCOUNT)
    cards = read_settings(environment).providers["STRIPE"]
    assert (cards.api_base, cards.secret_key) == ("https://api.stripe.com", "sk_test_of0somebody")
    assert "AIRTEL_MONEY_CLIENT_ID" in environment
    assert "stripe" not in callback_urls(environment)


def test_of_several_ends_of_its_address_the_simulated_provider_is_told_the_newest() -> None:
    environment = {"PORTAL_PUBLIC_URL": "http://127.0.0.1:9000", "TIGO_PESA_CALLBACK_KEY": "newer,older"}
    newest = "http://127.0.0.1:9000/webhooks/tigo/newer"
    assert callback_urls(environment) == {"mixx": newest, "mixx-menu": f"{newest}/bills"}


def test_a_callback_address_of_nobody_is_told_in_one_line(tmp_path: Path) -> None:
    told = portal(tmp_path, "sandbox", "--port", "0", "--callback-url", "http://127.0.0.1")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "Error: --callback-url: 'http://127.0.0.1' is not provider=address\n"


def test_an_end_from_outside_ends_the_simulated_provider_too() -> None:
    ended = "print('the sandbox is ended')"
    script = f"""
import os, signal
from portal.demo import exit_on_sigterm
exit_on_sigterm()
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    {ended}
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (143, "the sandbox is ended\n")


@pytest.mark.covers("A13")
def test_the_demo_shows_the_national_qr_of_nobody_unless_an_acquirer_is_named() -> None:
    assert read_settings(demo_environment({}, ACCOUNT)).tanqr
    assert "TANQR_MERCHANT_ID" not in demo_environment({"TANQR_ACQUIRER_ID": "01234"}, ACCOUNT)
