"""Whatever is sent, the reader either returns a push that obeys every rule or refuses with one of Daraja's codes."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sandbox.daraja.account import DarajaAccount
from portal.sandbox.daraja.refusals import RefusedError
from portal.sandbox.daraja.validation import read_push, read_query
from portal.sandbox.limits import LIMITS_PER_PUSH, limit_per_push

ACCOUNT = DarajaAccount()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STAMP = "20261124120000"
FIELDS: dict[str, object] = {
    "BusinessShortCode": ACCOUNT.short_code,
    "Password": base64.b64encode((ACCOUNT.short_code + ACCOUNT.passkey + STAMP).encode()).decode(),
    "Timestamp": STAMP,
    "TransactionType": "CustomerPayBillOnline",
    "Amount": "450000",
    "PartyA": "255754123456",
    "PartyB": ACCOUNT.short_code,
    "PhoneNumber": "255754123456",
    "CallBackURL": "https://pay.example.co.tz/cb",
    "AccountReference": "7K29QXM4AB1C",
    "TransactionDesc": "Deposit",
}
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


def test_the_documentations_own_password_is_reproduced() -> None:
    plain = f"{ACCOUNT.short_code}{ACCOUNT.passkey}20210628092408"
    assert base64.b64encode(plain.encode()).decode() == (
        "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGEx"
        "ZWQyYzkxOTIwMjEwNjI4MDkyNDA4"
    )


def test_a_push_is_read_into_values() -> None:
    push = read_push(json.dumps(FIELDS).encode(), ACCOUNT, NOW)
    assert (push.amount, push.msisdn, push.reference) == (450000, "255754123456", "7K29QXM4AB1C")


def outcome_of(fields: dict[str, object]) -> str:
    """The code of the refusal, or what was read."""
    try:
        push = read_push(json.dumps(fields).encode(), ACCOUNT, NOW)
    except RefusedError as refusal:
        refusal.message.encode()
        return refusal.code
    is_good = push.amount > 0 and len(push.reference) <= 12 and len(push.description) <= 13
    return "obeyed" if is_good else "broken"


@given(field=st.sampled_from(sorted(FIELDS)) | ANY_TEXT, value=ANY_JSON)
def test_any_value_in_any_field_is_obeyed_or_refused(field: str, value: object) -> None:
    assert outcome_of(FIELDS | {field: value}) in {"obeyed", "400.002.02", "500.001.1001"}


@pytest.mark.parametrize("read", [read_push, read_query])
@given(body=st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_other_body_is_refused(read: object, body: bytes) -> None:
    assert callable(read)
    with pytest.raises(RefusedError):
        read(body, ACCOUNT, NOW)


def test_the_limit_comes_from_the_table() -> None:
    assert limit_per_push(NOW) == LIMITS_PER_PUSH[-1][1] == 3_000_000
