"""The access token: one fetch however many ask, renewed a minute before its end, and once when it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

import pytest

from portal.domain.outcome import Accepted, NotSent, Reason, Unknown
from portal.providers.access_token import AccessToken, Token
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import an_inquiry, an_instruction
from tests.providers.conftest import Played
from tests.providers.recorded import answer
from tests.providers.test_mpesa_daraja import QUERY_ID

ACCEPTED = answer("mpesa_daraja", "push", "accepted")
HOUR = timedelta(seconds=3600)


class Fetches:
    """Counts how often a token was asked for; each is called by its number."""

    def __init__(self, lives: timedelta = HOUR) -> None:
        self.count, self.lives = 0, lives

    async def __call__(self) -> Token:
        self.count += 1
        number = self.count
        await asyncio.sleep(0.01)
        return Token(f"token {number}", self.lives)


@pytest.mark.covers("D66")
async def test_fifty_who_ask_at_once_share_one_token(clock: FakeClock) -> None:
    fetch = Fetches()
    token = AccessToken(fetch, clock)
    assert set(await asyncio.gather(*(token.get() for _ in range(50)))) == {"token 1"}
    assert fetch.count == 1


@pytest.mark.covers("D66")
async def test_a_token_is_renewed_a_minute_before_its_end(clock: FakeClock) -> None:
    token = AccessToken(Fetches(), clock)
    await token.get()
    clock.advance(seconds=3539)
    assert await token.get() == "token 1"
    clock.advance(seconds=1)
    assert await token.get() == "token 2"


async def test_a_token_that_lives_shorter_than_a_minute_is_used_once(clock: FakeClock) -> None:
    token = AccessToken(Fetches(timedelta(seconds=30)), clock)
    assert [await token.get(), await token.get()] == ["token 1", "token 2"]


@pytest.mark.covers("D66")
async def test_fifty_who_were_refused_at_once_renew_it_once(clock: FakeClock) -> None:
    fetch = Fetches()
    token = AccessToken(fetch, clock)
    refused = await token.get()
    renewed = await asyncio.gather(*(token.get(instead_of=refused) for _ in range(50)))
    assert set(renewed) == {"token 2"}
    assert fetch.count == 2


def refusing(*tokens: str) -> Callable[[str], Awaitable[Answer]]:
    async def send(token: str) -> Answer:
        return Answer(401 if token in tokens else 200, {"by": token})

    return send


def is_401(answer: Answer) -> bool:
    return answer.status == HTTPStatus.UNAUTHORIZED


async def test_what_is_refused_with_one_token_is_sent_once_more_with_the_next(clock: FakeClock) -> None:
    token = AccessToken(Fetches(), clock)
    assert await token.call(refusing("token 1"), is_401) == Answer(200, {"by": "token 2"})
    assert await token.call(refusing("token 1"), is_401) == Answer(200, {"by": "token 2"})


async def test_what_is_refused_with_both_was_not_taken_and_the_next_call_fetches_anew(
    clock: FakeClock,
) -> None:
    fetch = Fetches()
    token = AccessToken(fetch, clock)
    with pytest.raises(NeverSent, match="token refused"):
        await token.call(refusing("token 1", "token 2"), is_401)
    assert fetch.count == 2
    assert await token.call(refusing("token 1", "token 2"), is_401) == Answer(200, {"by": "token 3"})


async def test_a_fetch_that_breaks_leaves_the_next_one_a_try(clock: FakeClock) -> None:
    answers: list[Token | Exception] = [Unanswered("ReadTimeout"), Token("second", HOUR)]

    async def fetch() -> Token:
        told = answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    token = AccessToken(fetch, clock)
    with pytest.raises(Unanswered):
        await token.get()
    assert await token.get() == "second"


@pytest.mark.covers("D66")
@pytest.mark.parametrize("expires_in", [3599, "3599", 3599.0])
async def test_a_lifetime_is_read_as_number_and_as_word(
    played: Played, clock: FakeClock, expires_in: object
) -> None:
    daraja, wire = played(ACCEPTED, tokens=[Answer(200, {"access_token": "a", "expires_in": expires_in})])
    for _ in range(3):
        assert isinstance(await daraja.start(an_instruction()), Accepted)
    clock.advance(seconds=3539)
    await daraja.start(an_instruction())
    assert [verb for verb, _, _ in wire.sent].count("GET") == 2


@pytest.mark.covers("D14")
@pytest.mark.parametrize(
    "trouble",
    [
        Unanswered("ReadTimeout"),
        NeverSent("ConnectError"),
        answer("mpesa_daraja", "push", "invalid_authentication_header"),
        Answer(200, {}),
        Answer(200, {"access_token": "a"}),
        Answer(200, {"access_token": "a", "expires_in": "soon"}),
        Answer(200, {"access_token": "a", "expires_in": None}),
        Answer(200, {"access_token": "a", "expires_in": 10**30}),
    ],
)
async def test_without_a_token_the_push_provably_never_left(
    played: Played, trouble: Answer | Exception
) -> None:
    daraja, wire = played(ACCEPTED, tokens=[trouble])
    assert isinstance(await daraja.start(an_instruction()), NotSent)
    assert isinstance(await daraja.check(an_inquiry(QUERY_ID)), Unknown)
    assert {verb for verb, _, _ in wire.sent} == {"GET"}


async def test_without_a_token_a_query_says_nothing_about_the_money(played: Played) -> None:
    daraja, _ = played(ACCEPTED, tokens=[NeverSent("breaker open")])
    assert await daraja.check(an_inquiry(QUERY_ID)) == Unknown(Reason.AMBIGUOUS, "breaker open")


async def test_a_fetch_that_is_cut_off_leaves_the_next_one_a_try(clock: FakeClock) -> None:
    token = AccessToken(Fetches(), clock)
    before = asyncio.all_tasks()
    asking = asyncio.create_task(token.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - before - {asking}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await token.get() == "token 2"
