"""Every field of a push is held to its documented form."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.merchant import PUSH, Merchant, said


@pytest.mark.parametrize(
    "changes",
    [
        {"Amount": "453500"},
        {"Amount": 1},
        {"BusinessShortCode": "174379"},
        {"PartyB": 174379},
        {"PartyA": 255754123456, "PhoneNumber": 255754123456},
        {"PartyA": "254722000000", "PhoneNumber": "254722111111"},
        {"TransactionDesc": "thirteen-long"},
        {"AccountReference": "A"},
        {"CallBackURL": "https://pay.example.co.tz/webhooks/mpesa/abc"},
    ],
    ids=str,
)
async def test_every_documented_form_of_a_field_is_accepted(
    merchant: Merchant, changes: dict[str, object]
) -> None:
    assert (await merchant.push(**changes)).status_code == 200


async def test_the_description_may_be_left_out(merchant: Merchant) -> None:
    fields = merchant.push_fields()
    del fields["TransactionDesc"]
    assert (await merchant.post(PUSH, fields)).status_code == 200


@pytest.mark.parametrize(
    "field, value",
    [
        ("BusinessShortCode", "17437"[:4]),
        ("BusinessShortCode", "1743790"),
        ("BusinessShortCode", True),
        ("BusinessShortCode", None),
        ("Password", "not base64!"),
        ("Password", 12345678),
        ("Password", ""),
        ("Timestamp", "2026-11-24 09:00:00"),
        ("Timestamp", "20261324090000"),
        ("Timestamp", "٢٠٢٦١١٢٤٠٩٠٠٠٠"),
        ("Timestamp", 20261124090000),
        ("TransactionType", "CustomerPaybillOnline"),
        ("TransactionType", ""),
        ("Amount", 0),
        ("Amount", -5),
        ("Amount", 1.5),
        ("Amount", 450000.0),
        ("Amount", "450,000"),
        ("Amount", "450000.00"),
        ("Amount", "007"),
        ("Amount", "1e5"),
        ("Amount", "٤٥"),
        ("Amount", True),
        ("Amount", None),
        ("Amount", [450000]),
        ("PartyA", "0754123456"),
        ("PartyA", "+255754123456"),
        ("PartyB", "1743"),
        ("PartyB", "17437900"),
        ("PhoneNumber", "754123456"),
        ("PhoneNumber", "25575412345"),
        ("PhoneNumber", "2557541234567"),
        ("PhoneNumber", "256754123456"),
        ("PhoneNumber", "255 754123456"),
        ("PhoneNumber", "255754123456\n"),
        ("CallBackURL", "pay.example.co.tz/cb"),
        ("CallBackURL", "ftp://pay.example.co.tz/cb"),
        ("CallBackURL", "https://PAY.example.co.tz/cb"),
        ("CallBackURL", "https:///cb"),
        ("CallBackURL", "https://user@pay.example.co.tz/cb"),
        ("CallBackURL", "https://pay.example.co.tz:99999/cb"),
        ("CallBackURL", "https://pay.example.co.tz/a b"),
        ("CallBackURL", "https://pay.example.co.tz/cb#part"),
        ("CallBackURL", ""),
        ("AccountReference", ""),
        ("AccountReference", "7K29QXM4AB1CD"),
        ("AccountReference", "7K29-QXM4-AB"),
        ("AccountReference", 123456),
        ("TransactionDesc", "fourteen-chars"),
        ("TransactionDesc", 5),
        ("Remarks", "not a field of a push"),
    ],
    ids=str,
)
async def test_a_field_out_of_its_documented_form_is_refused_by_name(
    merchant: Merchant, field: str, value: object
) -> None:
    response = await merchant.push(**{field: value})
    assert said(response) == (400, "400.002.02")
    assert response.json()["errorMessage"] == f"Bad Request - Invalid {field}"
    assert await merchant.sandbox.book() == []


REQUIRED = [
    "BusinessShortCode",
    "Password",
    "Timestamp",
    "TransactionType",
    "Amount",
    "PartyA",
    "PartyB",
    "PhoneNumber",
    "CallBackURL",
    "AccountReference",
]


@pytest.mark.parametrize("field", REQUIRED)
async def test_a_missing_field_is_refused_by_name(merchant: Merchant, field: str) -> None:
    fields = merchant.push_fields()
    del fields[field]
    response = await merchant.post(PUSH, fields)
    assert said(response) == (400, "400.002.02")
    assert field in response.json()["errorMessage"]


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_timestamp_of_another_time_zone_is_refused(merchant: Merchant, hours: int) -> None:
    elsewhere = merchant.credentials(datetime.now(UTC) + timedelta(hours=hours))
    assert said(await merchant.push(**elsewhere)) == (400, "400.002.02")
