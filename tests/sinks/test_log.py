"""In a demo the log says which message went to whom; what it said stands in the portal alone."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from portal.sinks.log import LogSink
from portal.sinks.sink import Letter


@pytest.mark.parametrize(
    "phone, email, masked",
    [
        ("255754123456", "asha@example.com", "0754•••456"),
        (None, "asha@example.com", "a•••@example.com"),
    ],
)
async def test_a_line_says_the_kind_and_to_whom_and_nothing_of_the_text(
    phone: str | None, email: str | None, masked: str
) -> None:
    letter = Letter("code:7", phone, email, "Your code is 123456.")
    with capture_logs() as lines:
        await LogSink().deliver(letter)
    (line,) = lines
    assert {"event": "message", "key": "code:7", "to": masked}.items() <= line.items()
    assert "123456" not in str(line)


def test_no_print_of_a_letter_shows_to_whom_or_what() -> None:
    printed = repr(Letter("code:7", "255754123456", "asha@example.com", "Your code is 123456."))
    assert [secret for secret in ("754", "asha@", "123456") if secret in printed] == []
