"""A session at Vodacom's OpenAPI: the key of the app, twice behind RSA, shared by all calls (providers.md §2.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from portal.domain.trouble import Trouble
from portal.providers.access_token import AccessToken, Token
from portal.providers.mpesa_vodacom_codes import UNDECIDED, code_of, is_success
from portal.providers.provider import Means
from portal.providers.public_key import encrypted, read_public_key, room_in
from portal.providers.wire import Answer, CredentialsRefused, NeverSent, Unanswered, Wire

LIVES = timedelta(minutes=45)
"""The portal sets hours per app and tells nobody; this is what clients in the field keep a session for."""
LIVE_WITHIN = timedelta(seconds=60)
WAITS_UNTIL_LIVE = (3.0,) * 11
"""Vodacom's own sample sleeps 30 seconds after each new session."""

Send = Callable[[str], Awaitable[Answer]]


class Session:
    """One for all who ask. `send` takes the bearer of a call and sends it."""

    def __init__(self, wire: Wire, api_key: str, public_key: str, means: Means) -> None:
        self._wire, self._api_key, self._key = wire, api_key, read_public_key(public_key)
        self._clock, self._sleep = means.clock, means.sleep
        self._token = AccessToken(self._open, means.clock)
        self._newest = ""
        self._opened_at: datetime | None = None

    async def call(self, send: Send, waits: Sequence[float] = ()) -> Answer:
        """The answer to what was sent, with 401 where no session would do; then nothing of it was taken.

        An old session that is refused has ended, and is renewed once. A new one is not live yet: `waits` are the
        seconds before each next try. Raises what `send` raises, NeverSent without a session, and CredentialsRefused.
        """
        session = await self._token.get()
        answer = await send(self._bearer(session))
        if is_refused(answer) and not self._is_new(session):
            session = await self._token.get(instead_of=session)
            answer = await send(self._bearer(session))
        for wait in waits:
            if not is_refused(answer):
                break
            await self._sleep(wait)
            answer = await send(self._bearer(session))
        return answer

    def _is_new(self, session: str) -> bool:
        opened_at = self._opened_at if session == self._newest else None
        return opened_at is not None and self._clock() - opened_at < LIVE_WITHIN

    async def _open(self) -> Token:
        try:
            answer = await self._wire.call(
                "GET", "/ipg/v2/vodacomTZN/getSession/", headers=headers(self._bearer(self._api_key))
            )
        except Unanswered as error:
            # Whatever went wrong with the session, the request behind it has not been sent.
            raise NeverSent("no session", error.trouble) from error
        self._newest, self._opened_at = self._session_in(answer), self._clock()
        return Token(self._newest, LIVES)

    def _session_in(self, answer: Answer) -> str:
        code, session = code_of(answer), answer.body.get("output_SessionID")
        if (
            is_success(answer)
            and isinstance(session, str)
            and session.isascii()
            and 0 < len(session) <= room_in(self._key)
        ):
            return session
        is_no = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_no and code not in UNDECIDED:
            raise CredentialsRefused(code or f"HTTP {answer.status}")
        raise NeverSent("no session", Trouble.UNREADABLE)

    def _bearer(self, text: str) -> str:
        return encrypted(self._key, text)


def headers(bearer: str) -> dict[str, str]:
    """Of every call, those without a body too."""
    return {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json", "Origin": "*"}


def is_refused(answer: Answer) -> bool:
    """The session is not live yet, or over. A 401 with a code of their own is INS-6, the end of a payment."""
    return answer.status == HTTPStatus.UNAUTHORIZED and code_of(answer) is None
