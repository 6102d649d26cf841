"""What production refuses to start with, by name and reason, and what no print of the settings shows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict

import pytest

from portal import demo
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.vodacom.keys import PUBLIC_KEY
from portal.settings import BadSettings, Settings, read_settings

PRODUCTION: Mapping[str, str] = {
    "PORTAL_DATABASE_URL": "postgresql://portal:database-password@db.nest.co.tz/portal",
    "PORTAL_PUBLIC_URL": "https://pay.nest.co.tz",
    "PORTAL_SECRET_KEY": "a secret key that only production knows",
    "PORTAL_ENCRYPTION_KEYS": "2026:" + b64encode(bytes(range(32))).decode(),
    "PORTAL_SIGNING_KEYS": "a signing key that only production knows",
    "PORTAL_SMS_URL": "https://sms-password@sms.example.com/send",
    "PORTAL_SMTP_URL": "smtp://portal:mail-password@mail.nest.co.tz:587",
    "PORTAL_TRUSTED_PROXIES": "10.0.0.0/8",
    "MPESA_DARAJA_BASE_URL": "https://api.safaricom.co.ke",
    "MPESA_DARAJA_CONSUMER_KEY": "consumer-key-of-ours",
    "MPESA_DARAJA_CONSUMER_SECRET": "consumer-secret-of-ours",
    "MPESA_DARAJA_SHORT_CODE": "174379",
    "MPESA_DARAJA_PASSKEY": "passkey-of-ours",
}


def read(**changes: str | None) -> Settings:
    environment = {**PRODUCTION, **changes}
    return read_settings({name: value for name, value in environment.items() if value is not None})


def fault(**changes: str | None) -> str:
    with pytest.raises(BadSettings) as caught:
        read(**changes)
    return str(caught.value)


def test_whole_settings_start_production() -> None:
    settings = read()
    assert (settings.demo, settings.secure) == (False, True)
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8"]


@pytest.mark.parametrize("name", ["PORTAL_SIGNING_KEYS", "PORTAL_ENCRYPTION_KEYS"])
@pytest.mark.parametrize("value", [",", " , ,", "", " "])
def test_a_list_of_keys_without_a_key_is_refused(name: str, value: str) -> None:
    assert name in fault(**{name: value})


def test_two_encryption_keys_of_one_id_are_refused() -> None:
    twice = ",".join(f"a:{b64encode(bytes([n] * 32)).decode()}" for n in (1, 2))
    assert "no id twice" in fault(PORTAL_ENCRYPTION_KEYS=twice)


@pytest.mark.parametrize("name", ["PORTAL_SECRET_KEY", "PORTAL_SIGNING_KEYS", "PORTAL_ENCRYPTION_KEYS"])
def test_no_secret_of_the_demo_is_good_enough(name: str) -> None:
    demonstration = demo.demo_environment({}, asdict(SandboxSettings()))
    assert name in fault(**{name: demonstration[name]})


TIGO_PESA = {
    "TIGO_PESA_BASE_URL": "http://accessgw.tigo.co.tz:8080/Nest2DM",
    "TIGO_PESA_USERNAME": "username-of-ours",
    "TIGO_PESA_PASSWORD": "password-of-ours",
    "TIGO_PESA_BILLER_MSISDN": "25565000111",
    "TIGO_PESA_BILLER_CODE": "NEST",
    "TIGO_PESA_CALLBACK_KEY": "a-key-that-only-we-and-the-operator-know",
}


def test_a_wallet_starts_production_though_its_gateway_speaks_plain_http() -> None:
    assert read(**TIGO_PESA).providers["TIGO_PESA"].biller_code == "NEST"


def test_a_number_in_the_wallets_menu_is_optional_and_has_its_form() -> None:
    assert read(**TIGO_PESA).providers["TIGO_PESA"].company_number is None
    given = {"TIGO_PESA_COMPANY_NUMBER": "400700"}
    assert read(**TIGO_PESA | given).providers["TIGO_PESA"].company_number == "400700"
    assert "TIGO_PESA_COMPANY_NUMBER" in fault(**TIGO_PESA | {"TIGO_PESA_COMPANY_NUMBER": "4007001"})


@pytest.mark.parametrize(
    "host",
    ["accessgwtest.tigo.co.tz", "ACCESSGWTEST.TIGO.CO.TZ", "test-gateway.yas.co.tz", "41.222.176.233"],
)
def test_a_test_gateway_moves_no_money(host: str) -> None:
    base_url = f"http://{host}:8080/Nest2DM"
    assert "TIGO_PESA_BASE_URL" in fault(**TIGO_PESA | {"TIGO_PESA_BASE_URL": base_url})


AIRTEL_MONEY = {
    "AIRTEL_MONEY_BASE_URL": "https://openapi.airtel.co.tz",
    "AIRTEL_MONEY_CLIENT_ID": "client-id-of-ours",
    "AIRTEL_MONEY_CLIENT_SECRET": "client-secret-of-ours",
    "AIRTEL_MONEY_CALLBACK_KEY": "a-key-that-only-we-and-the-operator-know",
}


@pytest.mark.parametrize("host", ["openapi.airtel.co.tz", "openapi.airtel.africa"])
def test_airtel_money_starts_production(host: str) -> None:
    read(**AIRTEL_MONEY | {"AIRTEL_MONEY_BASE_URL": f"https://{host}"})


@pytest.mark.parametrize("host", ["openapiuat.airtel.co.tz", "openapiuat.airtel.africa", "uat.airtel.co.tz"])
def test_airtel_s_staging_moves_no_money(host: str) -> None:
    told = fault(**AIRTEL_MONEY | {"AIRTEL_MONEY_BASE_URL": f"https://{host}"})
    assert told == "AIRTEL_MONEY_BASE_URL: a sandbox moves no money"


@pytest.mark.parametrize(
    "base_url", ["https://openapi.m-pesa.com/sandbox", "https://openapi.m-pesa.com/SandBox"]
)
def test_vodacom_s_sandbox_is_a_path_and_moves_no_money(base_url: str) -> None:
    vodacom = {
        "MPESA_VODACOM_BASE_URL": base_url,
        "MPESA_VODACOM_API_KEY": "api-key-of-ours",
        "MPESA_VODACOM_PUBLIC_KEY": PUBLIC_KEY,
        "MPESA_VODACOM_SERVICE_PROVIDER_CODE": "000000",
    }
    assert fault(**vodacom) == "MPESA_VODACOM_BASE_URL: a sandbox moves no money"


@pytest.mark.parametrize("newer", ["", "a-key-that-only-we-and-the-operator-know,"])
def test_the_demo_s_address_for_callbacks_is_known_to_everybody(newer: str) -> None:
    key = f"{newer}demo-callback-key-that-everybody-knows"
    assert "TIGO_PESA_CALLBACK_KEY" in fault(**TIGO_PESA | {"TIGO_PESA_CALLBACK_KEY": key})


@pytest.mark.parametrize("value", [None, "", " "])
def test_which_proxies_are_trusted_must_be_said(value: str | None) -> None:
    assert "PORTAL_TRUSTED_PROXIES: missing" in fault(PORTAL_TRUSTED_PROXIES=value)


def test_no_proxy_at_all_is_said_by_none() -> None:
    assert read(PORTAL_TRUSTED_PROXIES="none").trusted_proxies == ()


def test_a_demo_need_not_speak_of_proxies() -> None:
    assert read(PORTAL_ENV="demo", PORTAL_TRUSTED_PROXIES=None).trusted_proxies == ()


def test_codes_do_not_leave_in_the_clear() -> None:
    assert "PORTAL_SMS_URL" in fault(PORTAL_SMS_URL="http://sms.example.com/send")


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORTAL_SMS_URL", "ftp://sms.example.com"),
        ("PORTAL_SMS_URL", "https://"),
        ("PORTAL_SMS_URL", "https://[1"),
        ("PORTAL_SMTP_URL", "https://mail.example.com"),
        ("PORTAL_SMTP_URL", "smtp://mail.example.com:smtp"),
        ("PORTAL_PUBLIC_URL", "https://[1"),
        ("MPESA_DARAJA_BASE_URL", "https://api.example.com:port"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(name: str, value: str) -> None:
    assert name in fault(**{name: value})


def test_no_print_of_the_settings_shows_a_secret() -> None:
    printed = repr(read())
    secrets = [word for word in ("password", "only production knows", "-of-ours", "2026") if word in printed]
    assert secrets == []


@pytest.mark.covers("A13")
def test_production_never_asks_for_money_for_the_merchant_of_the_examples() -> None:
    demonstration = demo.demo_environment({}, asdict(SandboxSettings()))
    ids = {name: demonstration[name] for name in ("TANQR_ACQUIRER_ID", "TANQR_MERCHANT_ID")}
    assert fault(**ids) == "TANQR_MERCHANT_ID: the demo's merchant is not us"
    assert read(**{**ids, "TANQR_MERCHANT_ID": "87654321"}).tanqr


@pytest.mark.covers("D72")
def test_production_never_takes_a_rate_that_a_demo_made_up() -> None:
    made_up = demo.demo_environment({}, asdict(SandboxSettings()))["PORTAL_EXCHANGE_RATES"]
    assert fault(PORTAL_EXCHANGE_RATES=made_up) == "PORTAL_EXCHANGE_RATES: the demo's rate is made up"
    assert read(PORTAL_EXCHANGE_RATES=made_up.replace('"demo"', '"Bank of Tanzania"')).exchange
