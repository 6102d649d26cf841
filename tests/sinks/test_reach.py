"""Every way to a person is tried, the phone first; one that works is enough."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from portal.sinks.log import LogSink
from portal.sinks.reach import Reach
from portal.sinks.sink import Letter, NotDelivered
from tests.fakes import FakeSink
from tests.sinks.servers import a_letter

LETTER = a_letter("255754123456", "asha@example.com", "NEST: Namba yako ni 483920.")
AWAY = NotDelivered("the gateway is away")


async def test_the_phone_comes_first_and_is_enough() -> None:
    phone, mail = FakeSink(), FakeSink()
    await Reach(phone, mail).deliver(LETTER)
    assert (phone.letters, mail.letters) == ([LETTER], [])


async def test_where_the_phone_fails_the_e_mail_goes_out() -> None:
    phone, mail = FakeSink(), FakeSink()
    phone.refuses = AWAY
    await Reach(phone, mail).deliver(LETTER)
    assert mail.letters == [LETTER]


async def test_a_way_that_a_person_does_not_have_is_not_tried() -> None:
    phone, mail = FakeSink(), FakeSink()
    await Reach(phone, mail).deliver(a_letter(None, "asha@example.com", "text"))
    assert (len(phone.letters), len(mail.letters)) == (0, 1)


async def test_when_every_way_fails_all_reasons_are_told() -> None:
    phone, mail = FakeSink(), FakeSink()
    phone.refuses, mail.refuses = AWAY, NotDelivered("the mailbox is full")
    with pytest.raises(NotDelivered, match="the gateway is away; the mailbox is full"):
        await Reach(phone, mail).deliver(LETTER)


@pytest.mark.parametrize("letter", [LETTER, a_letter(None, None, "text")])
async def test_somebody_who_cannot_be_reached_is_not_delivered_to(letter: Letter) -> None:
    with pytest.raises(NotDelivered, match="no way to reach them"):
        await Reach(None, None).deliver(letter)


async def test_closing_lets_go_of_every_way() -> None:
    phone, mail = FakeSink(), FakeSink()
    await Reach(phone, mail).close()
    await Reach(None, None).close()
    assert (phone.closed, mail.closed) == (True, True)


@pytest.mark.covers("N10")
async def test_the_log_tells_that_a_message_went_and_not_what_it_says() -> None:
    sink = LogSink()
    with capture_logs() as logs:
        await sink.deliver(LETTER)
    await sink.close()
    assert [(line["event"], line["key"], line["to"]) for line in logs] == [
        ("message", "message:7", "0754•••456")
    ]
    assert "483920" not in repr(logs)
