"""E-mail by SMTP; the connection is made per letter, in a thread, for there are few of them."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from portal.sinks.sink import Letter, NotDelivered

_SECONDS = 10.0


class MailSink:
    """`url` is `smtp://user:password@host:port` or `smtps://…`; `sender` is the From address.

    `smtp` turns to TLS where the server offers it; where it does not, no password is given away, and a `guarded`
    sink sends nothing at all.
    """

    def __init__(
        self, url: str, sender: str, *, guarded: bool = True, tls: ssl.SSLContext | None = None
    ) -> None:
        self._url, self._sender, self._guarded = urlsplit(url), sender, guarded
        # The library's own default takes any certificate.
        self._tls = tls or ssl.create_default_context()

    async def deliver(self, letter: Letter) -> None:
        if letter.email is None:
            raise NotDelivered("no e-mail address")
        try:
            await asyncio.to_thread(self._send, letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotDelivered(type(error).__name__) from error

    async def close(self) -> None:
        return None

    def _send(self, letter: Letter) -> None:
        with self._connected() as server:
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            server.send_message(self._message(letter))

    def _connected(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "", self._url.port or 0
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=self._tls)
        server = smtplib.SMTP(host, port, timeout=_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self._tls)
        elif self._guarded or self._url.username:
            server.close()
            raise smtplib.SMTPNotSupportedError("no TLS")
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.email, "Nest Pay"
        message["Message-ID"] = f"<{letter.key.replace(':', '.')}@{self._sender.partition('@')[2]}>"
        message.set_content(letter.text)
        return message
