"""The simulated providers of the demo: where they are, the settings that lead to them, and where they call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from portal.providers.provider import callback_keys

SANDBOX_HOST, SANDBOX_PORT = "127.0.0.1", 8001
SANDBOX_ADDRESS = f"{SANDBOX_HOST}:{SANDBOX_PORT}"
CALLBACK_KEY = "demo-callback-key-that-everybody-knows"
_INITIATOR, _PURSE = ("initiator_name", "security_credential"), ("payout_msisdn", "payout_pin")


def simulated_providers(environment: Mapping[str, str], accounts: Mapping[str, Any]) -> dict[str, str]:
    """The settings of all of them; `accounts` holds, by provider, the credentials that they accept."""
    wallets = _mixx(accounts["mixx"]) | _airtel(accounts["airtel"]) | _azampay(accounts["azampay"])
    # Whoever has a test key of the real Stripe tries that, beside the simulated wallets.
    cards = {} if any(name.startswith("STRIPE_") for name in environment) else _stripe(accounts["stripe"])
    return _daraja(accounts["daraja"]) | _vodacom(accounts["vodacom"]) | wallets | cards


def simulated_banks(accounts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Ours at each of them."""
    return {"BANK_TRANSFER_ACCOUNTS": json.dumps(accounts)}


def uses_our_sandbox(environment: Mapping[str, str]) -> bool:
    """Nobody has pointed the portal at another provider."""
    apis = ("MPESA_DARAJA", "MPESA_VODACOM", "TIGO_PESA", "AIRTEL_MONEY", "AZAMPAY")
    return not any(f"{api}_BASE_URL" in environment for api in apis)


def callback_urls(environment: Mapping[str, str]) -> dict[str, str]:
    """Where the simulated providers call that are told no address with a request."""
    webhooks = f"{environment['PORTAL_PUBLIC_URL']}/webhooks"
    called = {
        "vodacom": ("mpesa", "MPESA_VODACOM"),
        "mixx": ("tigo", "TIGO_PESA"),
        "airtel": ("airtel", "AIRTEL_MONEY"),
    }
    keys = {twin: callback_keys(environment.get(f"{api}_CALLBACK_KEY")) for twin, (_, api) in called.items()}
    wallets = {twin: f"{webhooks}/{called[twin][0]}/{newest[0]}" for twin, newest in keys.items() if newest}
    menu = {"mixx-menu": f"{wallets['mixx']}/bills"} if "mixx" in wallets else {}
    simulated = environment.get("STRIPE_API_BASE", "").startswith(f"http://{SANDBOX_ADDRESS}/")
    return wallets | menu | ({"stripe": f"{webhooks}/stripe"} if simulated else {})


def _daraja(account: Mapping[str, str]) -> dict[str, str]:
    names = ("consumer_key", "consumer_secret", "short_code", "passkey", *_INITIATOR)
    credentials = {f"MPESA_DARAJA_{name.upper()}": account[name] for name in names}
    return {"MPESA_DARAJA_BASE_URL": f"http://{SANDBOX_ADDRESS}/daraja", **credentials}


def _vodacom(account: Mapping[str, str]) -> dict[str, str]:
    names = ("api_key", "public_key", "service_provider_code")
    credentials = {f"MPESA_VODACOM_{name.upper()}": account[name] for name in names}
    return {
        "MPESA_VODACOM_BASE_URL": f"http://{SANDBOX_ADDRESS}/vodacom/sandbox",
        "MPESA_VODACOM_CALLBACK_KEY": CALLBACK_KEY,
        **credentials,
    }


def _mixx(account: Mapping[str, str]) -> dict[str, str]:
    names = ("username", "password", "biller_msisdn", "biller_code", "company_number", *_PURSE)
    credentials = {f"TIGO_PESA_{name.upper()}": account[name] for name in names}
    return {
        "TIGO_PESA_BASE_URL": f"http://{SANDBOX_ADDRESS}/mixx/{account['company']}2DM",
        "TIGO_PESA_CALLBACK_KEY": CALLBACK_KEY,
        "TIGO_PESA_PAYOUT_PATH": "-A2W",
        **credentials,
    }


def _airtel(account: Mapping[str, str]) -> dict[str, str]:
    names = ("client_id", "client_secret", "disbursement_pin", "disbursement_public_key")
    credentials = {f"AIRTEL_MONEY_{name.upper()}": account[name] for name in names}
    return {
        "AIRTEL_MONEY_BASE_URL": f"http://{SANDBOX_ADDRESS}/airtel",
        "AIRTEL_MONEY_CALLBACK_KEY": CALLBACK_KEY,
        **credentials,
    }


def _azampay(account: Mapping[str, str]) -> dict[str, str]:
    hosts = {"BASE_URL": "checkout", "AUTH_URL": "authenticator", "DISBURSEMENT_URL": "disbursement"}
    names = ("app_name", "client_id", "client_secret", "api_key")
    return {
        **{f"AZAMPAY_{name}": f"http://{SANDBOX_ADDRESS}/azampay/{host}" for name, host in hosts.items()},
        **{f"AZAMPAY_{name.upper()}": account[name] for name in names},
    }


def _stripe(account: Mapping[str, str]) -> dict[str, str]:
    names = ("secret_key", "publishable_key", "webhook_secret")
    credentials = {f"STRIPE_{name.upper()}": account[name] for name in names}
    return {"STRIPE_API_BASE": f"http://{SANDBOX_ADDRESS}/stripe", **credentials}
