"""Calls to a provider over real sockets: whatever goes wrong, it is either provably never sent or left open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from portal.domain.trouble import Trouble
from portal.providers.wire import Answer, Breaker, NeverSent, Unanswered, Wire
from tests.sandbox.running import until

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 0.15


class Scene:
    """A wire to a server that plays one part and counts the connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.now = 0.0
        self.breaker = Breaker(lambda: self.now)
        self.wire: Wire

    async def call(self) -> Answer:
        return await self.wire.call("POST", "/push", json={"Amount": "1"})


@asynccontextmanager
async def playing(play: Play, patience: float = PATIENCE, **nature: Any) -> AsyncIterator[Scene]:
    scene = Scene()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scene.connections += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            await play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    scene.wire = Wire(f"http://127.0.0.1:{port}", scene.breaker, patience, **nature)
    try:
        yield scene
    finally:
        await scene.wire.close()
        server.close()


def saying(text: str) -> Play:
    async def play(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text.replace("\n", "\r\n").encode())
        await writer.drain()

    return play


def answering(body: str, status: str = "200 OK", extra: str = "") -> Play:
    return saying(f"HTTP/1.1 {status}\nContent-Length: {len(body)}\nConnection: close\n{extra}\n{body}")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte at a time, each sooner than the patience ends, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(PATIENCE / 3)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The connection breaks in the middle of the body."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Respon')
    await writer.drain()
    writer.transport.abort()


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return None


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found", "500 Oops", "503 Away"])
async def test_a_json_object_is_an_answer_whatever_its_status(status: str) -> None:
    async with playing(answering('{"a": 1}', status)) as scene:
        assert await scene.call() == Answer(int(status[:3]), {"a": 1})


@pytest.mark.covers("D07", "D67")
@pytest.mark.parametrize(
    "play",
    [
        silent,
        dripping,
        resetting,
        hanging_up,
        answering("<html>Service Unavailable</html>", "503 Service Unavailable"),
        answering('{"ResponseCode": "0", "Checkout'),
        answering(""),
        answering("[]"),
        answering("null"),
        answering('"0"'),
        answering("[" * 100_000),
        answering("\u0000\u0001"),
        answering("9" * 10_000),
        saying("nonsense\n\n"),
    ],
)
async def test_what_went_out_and_came_back_unreadable_is_unanswered(play: Play) -> None:
    async with playing(play) as scene:
        with pytest.raises(Unanswered):
            await scene.call()
        assert scene.connections == 1
        assert scene.breaker.broken == 1


@pytest.mark.parametrize(
    "play, trouble",
    [
        (silent, Trouble.TOO_SLOW),
        (dripping, Trouble.TOO_SLOW),
        (hanging_up, Trouble.UNREACHABLE),
        (resetting, Trouble.UNREACHABLE),
        (answering("<html>Welcome</html>"), Trouble.UNREADABLE),
        (answering("[]"), Trouble.UNREADABLE),
        (answering("<html>Not here</html>", "404 Not Found"), Trouble.UNREADABLE),
        (answering("<html>Away</html>", "503 Service Unavailable"), Trouble.DOWN),
        (answering("", "302 Found", "Location: /elsewhere\n"), Trouble.REDIRECTED),
        (answering("{}", "307 Temporary Redirect", "Location: /elsewhere\n"), Trouble.REDIRECTED),
    ],
)
async def test_what_broke_says_what_is_wrong_with_the_provider(play: Play, trouble: Trouble) -> None:
    async with playing(play) as scene:
        with pytest.raises(Unanswered) as broke:
            await scene.call()
        assert broke.value.trouble is trouble


async def test_what_was_never_sent_says_why(unused_tcp_port: int) -> None:
    wire = Wire(f"http://127.0.0.1:{unused_tcp_port}", Breaker(lambda: 0.0, most=1))
    for trouble in (Trouble.UNREACHABLE, Trouble.BREAKER_OPEN):
        with pytest.raises(NeverSent) as broke:
            await wire.call("POST", "/push", json={})
        assert broke.value.trouble is trouble
    await wire.close()


@pytest.mark.covers("D67")
async def test_a_redirect_is_not_followed() -> None:
    async with playing(answering("", "302 Found", "Location: /elsewhere\n")) as scene:
        with pytest.raises(Unanswered):
            await scene.call()
        assert scene.connections == 1


@pytest.mark.covers("D14", "D67")
async def test_a_refused_connection_was_never_sent(unused_tcp_port: int) -> None:
    wire = Wire(f"http://127.0.0.1:{unused_tcp_port}", Breaker(lambda: 0.0))
    with pytest.raises(NeverSent):
        await wire.call("POST", "/push", json={})
    await wire.close()


async def test_an_address_without_a_scheme_was_never_sent() -> None:
    wire = Wire("ftp://127.0.0.1", Breaker(lambda: 0.0))
    with pytest.raises(NeverSent):
        await wire.call("POST", "/push", json={})
    await wire.close()


async def test_silence_that_is_a_payer_s_own_breaks_nothing_and_all_other_trouble_does() -> None:
    for play, broken in ((silent, 0), (hanging_up, 1), (answering("<html>"), 1), (dripping, 1)):
        async with playing(play, silence_is_usual=True) as scene:
            with pytest.raises(Unanswered) as broke:
                await scene.call()
            assert scene.breaker.broken == broken
            assert (broke.value.trouble is not None) is bool(broken)


async def test_a_call_without_a_free_connection_was_never_sent_and_breaks_nothing() -> None:
    async with playing(silent, patience=5, most=1) as scene:
        holds_the_only_one = asyncio.create_task(scene.call())
        await until(lambda: scene.connections == 1)
        with pytest.raises(NeverSent, match="PoolTimeout") as broke:
            await scene.call()
        assert broke.value.trouble is None
        assert (scene.connections, scene.breaker.broken) == (1, 0)
        holds_the_only_one.cancel()
        await asyncio.wait([holds_the_only_one])


@pytest.mark.covers("D67")
async def test_after_five_broken_calls_nothing_is_sent_for_half_a_minute() -> None:
    async with playing(hanging_up) as scene:
        for _ in range(5):
            with pytest.raises(Unanswered):
                await scene.call()
        with pytest.raises(NeverSent, match="breaker open"):
            await scene.call()
        scene.now = 29.9
        with pytest.raises(NeverSent, match="breaker open"):
            await scene.call()
        assert scene.connections == 5


@pytest.mark.covers("D67")
async def test_after_the_rest_one_broken_call_opens_it_again() -> None:
    async with playing(hanging_up) as scene:
        scene.breaker.broken = 5
        with pytest.raises(Unanswered):
            await scene.call()
        with pytest.raises(NeverSent):
            await scene.call()
        assert scene.connections == 1


@pytest.mark.covers("D67")
async def test_a_call_that_works_closes_the_breaker() -> None:
    async with playing(answering("{}")) as scene:
        scene.breaker.broken = 4
        await scene.call()
        assert scene.breaker.broken == 0
        assert not scene.breaker.is_open


async def test_a_proxy_of_the_environment_is_not_asked() -> None:
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "http://127.0.0.1:9"))
    try:
        async with playing(answering("{}")) as scene:
            assert await scene.call() == Answer(200, {})
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


async def test_what_is_no_json_is_read_by_its_own_reader_or_unanswered() -> None:
    def read(content: bytes) -> str | None:
        return content.decode() if content.startswith(b"<COMMAND>") else None

    async def exchanged(play: Play) -> str:
        async with playing(play) as scene:
            return await scene.wire.exchange("POST", "/a2w", read, content=b"<COMMAND/>")

    assert await exchanged(answering("<COMMAND></COMMAND>")) == "<COMMAND></COMMAND>"
    for play, trouble in (
        (answering("<html>"), Trouble.UNREADABLE),
        (answering("<COMMAND></COMMAND>", "503 Service Unavailable"), Trouble.DOWN),
        (answering("", "302 Found", "Location: /elsewhere\n"), Trouble.REDIRECTED),
    ):
        with pytest.raises(Unanswered) as unanswered:
            await exchanged(play)
        assert unanswered.value.trouble is trouble
