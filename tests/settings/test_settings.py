"""Settings: all faults at once, each with the name of its setting and the reason."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.registry import PROVIDERS
from portal.sandbox.vodacom.keys import PUBLIC_KEY
from portal.secrets.source import SecretMissing, secret
from portal.settings import BadSettings, Settings, read_settings
from tests.makers import RATES

KEY = b64encode(bytes(range(32))).decode()
DEMO = {
    "PORTAL_ENV": "demo",
    "PORTAL_DATABASE_URL": "sqlite:///portal.sqlite3",
    "PORTAL_PUBLIC_URL": "http://127.0.0.1:8000",
    "PORTAL_SECRET_KEY": "a secret key that only the tests know",
    "PORTAL_ENCRYPTION_KEYS": f"k1:{KEY}",
    "PORTAL_SIGNING_KEYS": "a signing key that only the tests know",
}
DARAJA = {
    "MPESA_DARAJA_BASE_URL": "http://127.0.0.1:8001",
    "MPESA_DARAJA_CONSUMER_KEY": "consumer-key",
    "MPESA_DARAJA_CONSUMER_SECRET": "consumer-secret",
    "MPESA_DARAJA_SHORT_CODE": "174379",
    "MPESA_DARAJA_PASSKEY": "passkey",
}


VODACOM = {
    "MPESA_VODACOM_BASE_URL": "http://127.0.0.1:8001/vodacom/sandbox",
    "MPESA_VODACOM_API_KEY": "key of the app",
    "MPESA_VODACOM_PUBLIC_KEY": PUBLIC_KEY,
    "MPESA_VODACOM_SERVICE_PROVIDER_CODE": "000000",
}


def read(**changes: str | None) -> Settings:
    environment = {**DEMO, **changes}
    return read_settings({name: value for name, value in environment.items() if value is not None})


def faults(**changes: str | None) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        read(**changes)
    return str(caught.value).splitlines()


def test_a_demo_needs_its_six_settings_and_no_provider() -> None:
    settings = read()
    assert (settings.demo, settings.secure, settings.providers) == (True, False, {})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.encryption_keys == {"k1": bytes(range(32))}
    assert settings.signing_keys == (b"a signing key that only the tests know",)
    assert (settings.smtp_url, settings.sms_url, settings.trusted_proxies) == (None, None, ())


@pytest.mark.parametrize("name", [name for name in DEMO if name != "PORTAL_ENV"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(name: str, value: str | None) -> None:
    assert faults(**{name: value}) == [f"{name}: missing"]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        read_settings({"PORTAL_ENV": "test", "PORTAL_ADDRESS": "nowhere"})
    named = {line.partition(":")[0] for line in str(caught.value).splitlines()}
    assert named == {*DEMO, "PORTAL_ADDRESS"}


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORTAL_ENV", "test"),
        ("PORTAL_ENV", ""),
        ("PORTAL_ADDRESS", "8000"),
        ("PORTAL_ADDRESS", ":8000"),
        ("PORTAL_ADDRESS", "127.0.0.1:"),
        ("PORTAL_ADDRESS", "127.0.0.1:http"),
        ("PORTAL_ADDRESS", "127.0.0.1:65536"),
        ("PORTAL_ADDRESS", "127.0.0.1:\u00b2"),
        ("PORTAL_ADDRESS", "127.0.0.1:" + "9" * 5_000),
        ("PORTAL_DATABASE_URL", "mysql://db"),
        ("PORTAL_DATABASE_URL", "portal.sqlite3"),
        ("PORTAL_PUBLIC_URL", "pay.nest.co.tz"),
        ("PORTAL_PUBLIC_URL", "ftp://pay.nest.co.tz"),
        ("PORTAL_PUBLIC_URL", "https://pay.nest.co.tz/"),
        ("PORTAL_PUBLIC_URL", "https://"),
        ("PORTAL_PUBLIC_URL", "https://[::1"),
        ("PORTAL_ENCRYPTION_KEYS", KEY),
        ("PORTAL_ENCRYPTION_KEYS", f":{KEY}"),
        ("PORTAL_ENCRYPTION_KEYS", "k1:short"),
        ("PORTAL_ENCRYPTION_KEYS", f"k1:{KEY}, k2:{KEY[:-2]}"),
        ("PORTAL_ENCRYPTION_KEYS", "k1:\u00e9"),
        ("PORTAL_SIGNING_KEYS", "too short"),
        ("PORTAL_SIGNING_KEYS", "a signing key that only the tests know,short"),
        ("PORTAL_TRUSTED_PROXIES", "somewhere"),
        ("PORTAL_TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.300"),
    ],
)
def test_a_wrong_setting_is_named_once(name: str, value: str) -> None:
    (fault,) = faults(**{name: value})
    assert fault.startswith(f"{name}: ")


def test_several_keys_keep_their_order_the_newest_first() -> None:
    newer = b64encode(bytes(32)).decode()
    settings = read(
        PORTAL_ENCRYPTION_KEYS=f"k2:{newer}, k1:{KEY}", PORTAL_SIGNING_KEYS=f"{'n' * 32} , {'o' * 32}"
    )
    assert list(settings.encryption_keys) == ["k2", "k1"]
    assert settings.signing_keys == (b"n" * 32, b"o" * 32)


@pytest.mark.parametrize(
    "address, place",
    [("192.0.2.1:80", ("192.0.2.1", 80)), ("[::1]:8000", ("::1", 8000)), ("portal:1", ("portal", 1))],
)
def test_an_address_is_read_whatever_its_kind(address: str, place: tuple[str, int]) -> None:
    settings = read(PORTAL_ADDRESS=address)
    assert (settings.host, settings.port) == place


def test_a_provider_with_all_its_settings_is_on() -> None:
    daraja = read(**DARAJA).providers["MPESA_DARAJA"]
    assert daraja
    assert (daraja.base_url, daraja.short_code) == ("http://127.0.0.1:8001", "174379")


@pytest.mark.parametrize("name", DARAJA)
def test_a_provider_with_half_of_its_settings_stops_the_start(name: str) -> None:
    (fault,) = faults(**{**DARAJA, name: None})
    assert fault == f"{name}: missing, though other settings of this provider are there"


@pytest.mark.parametrize("name", DARAJA)
def test_a_provider_with_one_of_its_settings_names_all_the_others(name: str) -> None:
    named = {fault.partition(":")[0] for fault in faults(**{name: DARAJA[name]})}
    assert named == set(DARAJA) - {name}


@pytest.mark.parametrize(
    "name, value",
    [
        ("MPESA_VODACOM_CALLBACK_KEY", "an-unguessable-end-of-an-address"),
        ("AIRTEL_MONEY_HASH_KEY", "a private key"),
        ("TIGO_PESA_TOKEN_PATH", "/GetToken"),
    ],
)
def test_a_provider_with_nothing_but_an_optional_setting_stops_the_start(name: str, value: str) -> None:
    told = faults(**{name: value})
    prefix = next(prefix for prefix in PROVIDERS if name.startswith(prefix))
    assert f"{prefix}_BASE_URL: missing, though other settings of this provider are there" in told
    assert all(fault.startswith(prefix) for fault in told)


@pytest.mark.parametrize("short_code", ["1743", "17437900", "17437x", "\u0661\u0667\u0664\u0663\u0667\u0669"])
def test_a_short_code_is_five_to_seven_digits(short_code: str) -> None:
    (fault,) = faults(**{**DARAJA, "MPESA_DARAJA_SHORT_CODE": short_code})
    assert fault.startswith("MPESA_DARAJA_SHORT_CODE: ")


@pytest.mark.parametrize(
    "told, first",
    [
        (DARAJA, "MPESA_DARAJA"),
        (VODACOM, "MPESA_VODACOM"),
        (DARAJA | VODACOM, "MPESA_VODACOM"),
        (DARAJA | VODACOM | {"MPESA_API": "daraja"}, "MPESA_DARAJA"),
        (DARAJA | VODACOM | {"MPESA_API": "vodacom"}, "MPESA_VODACOM"),
        (DARAJA | {"MPESA_API": "daraja"}, "MPESA_DARAJA"),
        (DARAJA | {"MPESA_API": ""}, "MPESA_DARAJA"),
    ],
)
def test_vodacom_is_the_m_pesa_where_it_has_settings_unless_another_is_named(
    told: dict[str, str], first: str
) -> None:
    assert next(iter(read(**told).providers)) == first


@pytest.mark.parametrize("name, told", [("vodacom", DARAJA), ("daraja", VODACOM), ("daraja", {})])
def test_an_m_pesa_that_is_named_has_settings(name: str, told: dict[str, str]) -> None:
    assert faults(**told, MPESA_API=name) == [
        f"MPESA_API: {name} is chosen, and nothing is set of MPESA_{name.upper()}_…"
    ]


def test_an_m_pesa_that_nobody_knows_is_named() -> None:
    assert faults(**VODACOM, MPESA_API="selcom") == ["MPESA_API: 'selcom' is none of vodacom, daraja"]


@pytest.mark.parametrize("name", VODACOM)
def test_half_of_the_settings_of_a_chosen_m_pesa_are_one_fault(name: str) -> None:
    (fault,) = faults(**{**VODACOM, name: None, "MPESA_API": "vodacom"})
    assert fault == f"{name}: missing, though other settings of this provider are there"


def test_the_callback_key_makes_vodacom_asynchronous_and_may_be_missing() -> None:
    key = "an-unguessable-end-of-an-address"
    assert read(**VODACOM).providers["MPESA_VODACOM"].callback_key is None
    assert read(**VODACOM, MPESA_VODACOM_CALLBACK_KEY=key).providers["MPESA_VODACOM"].callback_key == key


@pytest.mark.parametrize(
    "name, value",
    [
        ("MPESA_VODACOM_PUBLIC_KEY", PUBLIC_KEY[:-8]),
        ("MPESA_VODACOM_API_KEY", "k" * 502),
        ("MPESA_VODACOM_SERVICE_PROVIDER_CODE", "000"),
        ("MPESA_VODACOM_CALLBACK_KEY", "guessable"),
        ("MPESA_VODACOM_BASE_URL", "openapi.m-pesa.com"),
    ],
)
def test_a_wrong_setting_of_vodacom_is_named_at_the_start(name: str, value: str) -> None:
    (fault,) = faults(**{**VODACOM, name: value})
    assert fault.startswith(f"{name}: ")


PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_PUBLIC_URL": "https://pay.nest.co.tz",
    "PORTAL_SMS_URL": "https://sms.example.com/send",
    "PORTAL_TRUSTED_PROXIES": "none",
}


def test_production_is_what_is_meant_when_nothing_is_said() -> None:
    assert not read(**{**PRODUCTION, "PORTAL_ENV": None}).demo


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"PORTAL_PUBLIC_URL": "http://pay.nest.co.tz"}, "PORTAL_PUBLIC_URL"),
        ({"PORTAL_PUBLIC_URL": "https://localhost"}, "PORTAL_PUBLIC_URL"),
        ({"PORTAL_PUBLIC_URL": "https://127.0.0.1"}, "PORTAL_PUBLIC_URL"),
        ({"PORTAL_SECRET_KEY": "short"}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_SECRET_KEY": "demo-secret-key-that-everybody-knows"}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_SIGNING_KEYS": "demo-signing-key-that-everybody-knows"}, "PORTAL_SIGNING_KEYS"),
        ({"PORTAL_SMS_URL": None}, "PORTAL_SMS_URL or PORTAL_SMTP_URL"),
        ({**DARAJA, "MPESA_DARAJA_BASE_URL": "https://sandbox.safaricom.co.ke"}, "MPESA_DARAJA_BASE_URL"),
        ({**DARAJA, "MPESA_DARAJA_BASE_URL": "http://127.0.0.1:8001"}, "MPESA_DARAJA_BASE_URL"),
        ({**DARAJA, "MPESA_DARAJA_BASE_URL": "http://[::1]:8001"}, "MPESA_DARAJA_BASE_URL"),
        (
            {**VODACOM, "MPESA_VODACOM_BASE_URL": "https://openapi.m-pesa.com/sandbox"},
            "MPESA_VODACOM_BASE_URL",
        ),
        (
            {**VODACOM, "MPESA_VODACOM_CALLBACK_KEY": "demo-callback-key-that-everybody-knows"},
            "MPESA_VODACOM_CALLBACK_KEY",
        ),
    ],
)
def test_production_refuses_what_only_a_demo_may_have(changes: dict[str, str | None], name: str) -> None:
    assert name in {fault.partition(":")[0] for fault in faults(**{**PRODUCTION, **changes})}


def test_either_way_to_reach_people_is_enough_for_production() -> None:
    assert read(
        **{**PRODUCTION, "PORTAL_SMS_URL": None, "PORTAL_SMTP_URL": "smtps://mail.nest.co.tz"}
    ).smtp_url


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *DEMO,
                *DARAJA,
                *VODACOM,
                "MPESA_API",
                "PORTAL_ADDRESS",
                "PORTAL_TRUSTED_PROXIES",
                "PORTAL_SMTP_URL",
            ]
        ),
        st.text(),
    )
)
def test_no_value_breaks_the_reading(changes: dict[str, str]) -> None:
    with suppress(BadSettings):
        read_settings({**DEMO, **changes})


@pytest.mark.covers("D45")
def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", "utf-8")
    assert secret({"NAME_FILE": str(file)}, "NAME") == "from the file"
    assert secret({"NAME": "from the environment", "NAME_FILE": str(file)}, "NAME") == "from the environment"
    assert secret({}, "NAME") is None
    settings = read(PORTAL_SECRET_KEY=None, PORTAL_SECRET_KEY_FILE=str(file))
    assert settings.secret_key == b"from the file"


def test_a_file_that_cannot_be_read_is_named_and_not_its_place(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for file in (tmp_path / "nothing", tmp_path, binary):
        with pytest.raises(SecretMissing, match=r"^NAME_FILE: ") as caught:
            secret({"NAME_FILE": str(file)}, "NAME")
        assert str(tmp_path) not in str(caught.value)
    assert (
        faults(PORTAL_SECRET_KEY=None, PORTAL_SECRET_KEY_FILE=str(binary))[0]
        == "PORTAL_SECRET_KEY_FILE: not a text"
    )


@pytest.mark.covers("A13")
def test_the_national_qr_needs_both_ids_and_names_the_merchant_by_itself() -> None:
    merchant = read(TANQR_ACQUIRER_ID="01234", TANQR_MERCHANT_ID="020812345678").tanqr
    assert merchant
    assert (merchant.merchant_name, merchant.merchant_city, merchant.postal_code) == (
        "NEST PAY",
        "DAR ES SALAAM",
        None,
    )
    assert read().tanqr is None


@pytest.mark.covers("A13")
@pytest.mark.parametrize(
    "there, missing",
    [
        ({"TANQR_ACQUIRER_ID": "01234"}, "TANQR_MERCHANT_ID"),
        ({"TANQR_MERCHANT_ID": "1"}, "TANQR_ACQUIRER_ID"),
        ({"TANQR_ACQUIRER_ID": "01234", "TANQR_MERCHANT_NAME": "NEST"}, "TANQR_MERCHANT_ID"),
    ],
)
def test_half_of_the_national_qr_stops_the_start(there: dict[str, str], missing: str) -> None:
    assert faults(**there) == [f"{missing}: missing, though other settings of this provider are there"]


@pytest.mark.parametrize(
    "name, value",
    [
        ("TANQR_ACQUIRER_ID", "123"),
        ("TANQR_ACQUIRER_ID", "1234x"),
        ("TANQR_MERCHANT_ID", "1" * 16),
        ("TANQR_MERCHANT_ID", "12-34"),
        ("TANQR_MERCHANT_NAME", "\u5317\u4eac"),
        ("TANQR_MERCHANT_CITY", "\u5317"),
        ("TANQR_POSTAL_CODE", "1110"),
    ],
)
def test_a_wrong_id_of_the_national_qr_is_named(name: str, value: str) -> None:
    whole = {"TANQR_ACQUIRER_ID": "01234", "TANQR_MERCHANT_ID": "020812345678", name: value}
    (fault,) = faults(**whole)
    assert fault.startswith(f"{name}: ")


@pytest.mark.covers("A31")
def test_the_hosts_that_payers_may_be_led_back_to_are_a_list() -> None:
    assert read().return_hosts == frozenset()
    hosts = read(PORTAL_RETURN_HOSTS="nest.co.tz, app.nest.co.tz:8443,").return_hosts
    assert hosts == {"nest.co.tz", "app.nest.co.tz:8443"}


@pytest.mark.covers("A31", "D73")
@pytest.mark.parametrize(
    "wrong", ["*", "*.nest.co.tz", "https://nest.co.tz", "NEST.co.tz", "nest", "10.0.0.1"]
)
def test_what_is_no_host_to_be_led_back_to_stops_the_start(wrong: str) -> None:
    assert faults(PORTAL_RETURN_HOSTS=f"nest.co.tz,{wrong}") == [
        f"PORTAL_RETURN_HOSTS: {wrong!r} is no host in small letters"
    ]


@pytest.mark.covers("A29", "D72")
def test_the_rates_of_the_dollar_are_a_dated_list_with_a_source_each() -> None:
    table = read(PORTAL_EXCHANGE_RATES=RATES.rates).exchange
    assert table == RATES
    assert read().exchange is None


@pytest.mark.covers("D72")
def test_a_rate_that_is_no_text_stops_the_start_by_its_place() -> None:
    rates = RATES.rates.replace('"2700"', "2700.0")
    assert faults(PORTAL_EXCHANGE_RATES=rates) == [
        "PORTAL_EXCHANGE_RATES: rate 2: each has rate, source, from and until, as texts"
    ]
