"""Text messages by a gateway's HTTP, against a server that really listens."""

from __future__ import annotations

import pytest

from portal.sinks.sink import NotDelivered
from portal.sinks.sms import SmsSink
from tests.sinks.servers import a_gateway, a_letter

LETTER = a_letter("255754123456", "asha@example.com", "NEST: Umelipa TSh 453,500")


async def test_a_text_arrives_with_its_number_and_key() -> None:
    async with a_gateway() as gateway:
        sink = SmsSink(gateway.url)
        await sink.deliver(LETTER)
        await sink.close()
    ((head, body),) = gateway.requests
    assert head.startswith("POST /send HTTP/1.1")
    assert body == {"key": "message:7", "to": "+255754123456", "text": "NEST: Umelipa TSh 453,500"}


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "429 Slow", "500 Oops", "302 There", "silence"])
async def test_any_answer_but_success_is_not_delivered_and_tried_once(status: str) -> None:
    async with a_gateway(status) as gateway:
        sink = SmsSink(gateway.url)
        with pytest.raises(NotDelivered) as caught:
            await sink.deliver(LETTER)
        await sink.close()
    assert len(gateway.requests) == 1
    assert "password" not in str(caught.value)


async def test_a_gateway_that_is_not_there_delivers_nothing(unused_tcp_port: int) -> None:
    sink = SmsSink(f"http://127.0.0.1:{unused_tcp_port}/send")
    with pytest.raises(NotDelivered, match="ConnectError"):
        await sink.deliver(LETTER)
    await sink.close()


async def test_without_a_number_there_is_nothing_to_send() -> None:
    sink = SmsSink("http://127.0.0.1:1/send")
    with pytest.raises(NotDelivered, match="no phone"):
        await sink.deliver(a_letter(None, "asha@example.com", "text"))
    await sink.close()
