"""Log lines: nobody's number, token, password or PIN, and one line per record whatever was in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.telemetry.log import STRUCK, redact


def logged(**line: Any) -> dict[str, Any]:
    return dict(redact(None, "info", line))


@pytest.mark.covers("N10", "D81")
@pytest.mark.parametrize(
    "written",
    [
        "255754123456", "+255754123456", "0754123456", "0754 123 456", "+255 754 123 456", "0754-123-456",
        "0754.123.456", "+255\u00a0754\u00a0123\u00a0456", "(0754) 123 456", "0654123456", "254712345678", "0112345678",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "to {}.", "tel:{}", '{{"PartyA": "{}"}}', "a{}b", "x={}&y"])
def test_no_phone_number_is_written(written: str, around: str) -> None:
    text = str(logged(event=around.format(written))["event"])
    assert STRUCK in text
    assert not re.search(r"\d{3}\D?\d{3}$|123", re.sub(r"\D", "", text))


@pytest.mark.covers("N10")
@pytest.mark.parametrize("value", [255754123456, 255754123456.0, 4_242_424_242_424_242])
def test_a_number_that_is_somebody_s_is_struck_whatever_its_type(value: float) -> None:
    assert STRUCK in str(logged(msg=value)["msg"])


@pytest.mark.parametrize("value", [0, 7, -1, 453_500, 1.5, 20_260_303, True, False, None, 3_000_000])
def test_a_plain_number_stays_what_it_is(value: object) -> None:
    assert logged(amount=value) == {"amount": value}


@pytest.mark.covers("N10", "D81")
@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "Authorization", "PASSWORD", "consumer_secret", "Cookie", "pin", "phone", "payer_phone",
     "body", "email", "passkey", "msisdn"],
)  # fmt: skip
def test_what_is_secret_by_its_name_is_struck_at_any_depth(name: str) -> None:
    assert logged(**{name: "x1y2z3"}) == {name: STRUCK}
    assert logged(request={"headers": [{name: ["x1y2z3"]}]}) == {"request": {"headers": [{name: STRUCK}]}}
    assert logged(**{name: None}) == {name: None}


@pytest.mark.covers("N10", "D81")
@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF",
        "authorization: basic c2FuZGJveDpjOVNReFdXaG1kVlJseWgwemg4Z1pEVGt1YlZG",
        '{"access_token": "c9SQxWWhmdVRlyh0zh8gZDTkubVF", "expires_in": 3599}',
        "token=c9SQxWWhmdVRlyh0zh8gZDTkubVF&x=1",
        "/webhooks/mpesa/7K29QXM4AB1Cc9SQxWWhmdVRlyh0zh8gZDTkubVF",
        "postgresql://portal:c9SQxWWhmdVRlyh0zh8gZDTkubVF@db/portal",
        "my PIN is c9SQxWWhmdVRlyh0zh8gZDTkubVF",
        "password: 'c9SQxWWhmdVRlyh0zh8gZDTkubVF'",
    ],
)
def test_no_token_and_no_password_is_written(text: str) -> None:
    line = str(logged(event=text)["event"])
    assert STRUCK in line
    assert "c9SQ" not in line
    assert "DTkubV" not in line


@pytest.mark.covers("N10")
@pytest.mark.parametrize(
    "text",
    [
        "PIN 1234",
        "pin: 1234",
        "PIN=123456",
        "the OTP is 483920",
        "Namba ya PIN ni 4839",
        "4242 4242 4242 4242",
        "asha@example.com",
    ],
)
def test_no_pin_no_code_no_card_and_no_address_is_written(text: str) -> None:
    line = str(logged(event=text)["event"])
    assert STRUCK in line
    assert not re.search(r"\d{4}|asha", line)


@pytest.mark.covers("D81")
@pytest.mark.parametrize(
    "text",
    [
        "7K29QXM4AB1C", "ws_CO_03032026120000000754123456", "MOL-26-000123", "500.001.1001",
        "2026-03-03T12:00:00.123456Z", "HTTP 503, not JSON", "TSh 453,500", "retry", "push",
        "no access token", "shopping for a spinning top", "the token renewed itself",
    ],
)  # fmt: skip
def test_what_helps_to_find_a_payment_stays(text: str) -> None:
    assert logged(event=text) == {"event": text}


@pytest.mark.covers("D81")
@pytest.mark.parametrize(
    "mark", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1b[31m", "\x9b31m", "\x08"]
)
def test_nobody_can_write_a_second_line_or_paint_the_first(mark: str) -> None:
    line = str(logged(event=f"paid{mark}payment=FORGED")["event"])
    assert len(line.splitlines()) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)


def test_a_thing_of_ours_is_written_as_its_own_text_says() -> None:
    at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert logged(at=at, error=ValueError("0754123456"), kinds={"a"}) == {
        "at": "2026-03-03 09:00:00+00:00",
        "error": STRUCK,
        "kinds": ["a"],
    }


@pytest.mark.parametrize("letter", ["a", "1", "a.", "token", " ", "@", "://", "pin "])
def test_a_megabyte_is_redacted_in_a_moment(letter: str) -> None:
    began = monotonic()
    line = logged(event=letter * (1_000_000 // len(letter)))
    assert monotonic() - began < 2
    assert len(line["event"]) < 150_000


def test_a_secret_used_as_a_name_is_struck_too() -> None:
    assert logged(counts={"255754123456": 3}) == {"counts": {STRUCK: 3}}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.just("0754123456"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("token"), inner),
)


@pytest.mark.covers("N10", "D81")
@given(json_values)
def test_whatever_is_logged_comes_out_on_one_line_without_the_number(value: Any) -> None:
    line = json.dumps(logged(anything=value), ensure_ascii=False)
    assert "0754123456" not in line
    assert not re.search("[\u0085\u2028\u2029\x9b]", line)
    assert "\\n" not in re.sub(r"\\\\", "", line)


@given(st.text(alphabet="0123456789+ -()254675", max_size=40))
def test_no_arrangement_of_digits_lets_twelve_through_as_a_phone(text: str) -> None:
    line = str(logged(event=text)["event"])
    assert not re.search(r"(?<!\d)(?:255|0)[67]\d{8}(?!\d)", line)


@pytest.mark.covers("D81")
@pytest.mark.parametrize("as_json", [True, False])
def test_a_process_writes_one_redacted_line_per_record_to_standard_error(*, as_json: bool) -> None:
    program = f"""
from portal.telemetry.log import get_log, set_up_logging
set_up_logging(as_json={as_json})
log = get_log("payments")
log.debug("not written")
log.info("push", payment="7K29QXM4AB1C", phone="255754123456")
try:
    raise RuntimeError("Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF")
except RuntimeError:
    log.exception("broken")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = told.stderr.splitlines()
    assert told.stdout == ""
    assert "7K29QXM4AB1C" in lines[0]
    assert "Traceback" in told.stderr
    assert not re.search("754123456|c9SQ|not written", told.stderr)
    if as_json:
        assert len(lines) == 2
        first = json.loads(lines[0])
        assert (first["event"], first["level"], first["part"], first["phone"]) == (
            "push",
            "info",
            "payments",
            STRUCK,
        )
        assert first["timestamp"].endswith("Z")
