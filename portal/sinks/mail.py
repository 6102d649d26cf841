"""E-mail by SMTP; the connection is made per letter, in a thread, for there are few of them."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from portal.sinks.sink import Letter, NotDelivered

_SECONDS = 10.0


class MailSink:
    """`url` is `smtp://user:password@host:port/?` or `smtps://…`; `sender` is the From address."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    async def deliver(self, letter: Letter) -> None:
        if letter.email is None:
            raise NotDelivered("no e-mail address")
        try:
            await asyncio.to_thread(self._send, self._message(letter))
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(type(error).__name__) from error

    async def close(self) -> None:
        return None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.email, "Nest Pay"
        message["Message-ID"] = f"<{letter.key.replace(':', '.')}@{self._sender.partition('@')[2]}>"
        message.set_content(letter.text)
        return message

    def _send(self, message: EmailMessage) -> None:
        secure = self._url.scheme == "smtps"
        kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with kind(self._url.hostname or "", self._url.port or 0, timeout=_SECONDS) as server:
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            server.send_message(message)
