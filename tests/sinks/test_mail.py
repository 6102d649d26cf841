"""Letters by SMTP, against a server that really speaks it."""

from __future__ import annotations

import email
import email.policy
import ssl
from pathlib import Path

import pytest

from portal.sinks.mail import MailSink
from portal.sinks.sink import NotDelivered
from tests.sinks.servers import MailServer, a_certificate, a_letter, a_mail_server

LETTER = a_letter(None, "asha@example.com", "NEST: Namba yako ni 483920. Habari ya mchana é.")
SENDER = "no-reply@pay.nest.co.tz"


def unguarded(server: MailServer) -> MailSink:
    """As in the demo, on a line without TLS."""
    return MailSink(f"smtp://127.0.0.1:{server.port}", SENDER, guarded=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    folder: Path = tmp_path_factory.mktemp("tls")
    return a_certificate(folder)


async def test_a_letter_arrives_with_its_address_text_and_key() -> None:
    async with a_mail_server() as server:
        await unguarded(server).deliver(LETTER)
    (arrived,) = (email.message_from_bytes(text, policy=email.policy.default) for text in server.letters)
    assert (arrived["From"], arrived["To"], arrived["Subject"]) == (SENDER, "asha@example.com", "Nest Pay")
    assert arrived["Message-ID"] == "<message.7@pay.nest.co.tz>"
    assert arrived.get_content().strip() == LETTER.text


@pytest.mark.covers("N10")
async def test_the_password_goes_only_over_tls(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    ours, theirs = certificate
    async with a_mail_server(offers_tls=ours) as server:
        await MailSink(f"smtp://nest:p%40ss@127.0.0.1:{server.port}", SENDER, tls=theirs).deliver(LETTER)
    assert (server.logins, server.secure, len(server.letters)) == ([("nest", "p@ss")], True, 1)


@pytest.mark.parametrize("guarded, user", [(True, "nest:secret@"), (False, "nest:secret@"), (True, "")])
async def test_a_server_without_tls_gets_no_password_and_from_a_guarded_sink_no_letter(
    *, guarded: bool, user: str
) -> None:
    async with a_mail_server() as server:
        sink = MailSink(f"smtp://{user}127.0.0.1:{server.port}", SENDER, guarded=guarded)
        with pytest.raises(NotDelivered, match="SMTPNotSupportedError"):
            await sink.deliver(LETTER)
    assert (server.logins, server.letters) == ([], [])


async def test_smtps_speaks_tls_from_the_first_word(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    ours, theirs = certificate
    async with a_mail_server(speaks_tls=ours) as server:
        await MailSink(f"smtps://nest:secret@127.0.0.1:{server.port}", SENDER, tls=theirs).deliver(LETTER)
    assert (server.logins, len(server.letters)) == ([("nest", "secret")], 1)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], scheme: str
) -> None:
    ours, _ = certificate
    offered, spoken = (ours, None) if scheme == "smtp" else (None, ours)
    async with a_mail_server(offers_tls=offered, speaks_tls=spoken) as server:
        with pytest.raises(NotDelivered, match="SSLCertVerificationError"):
            await MailSink(f"{scheme}://nest:secret@127.0.0.1:{server.port}", SENDER).deliver(LETTER)
    assert (server.logins, server.letters) == ([], [])


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_letter_that_is_refused_is_not_delivered(verb: str) -> None:
    async with a_mail_server(refuses=verb) as server:
        with pytest.raises(NotDelivered):
            await unguarded(server).deliver(LETTER)
    assert server.letters == []


async def test_a_server_that_is_not_there_delivers_nothing(unused_tcp_port: int) -> None:
    with pytest.raises(NotDelivered, match="ConnectionRefusedError"):
        await MailSink(f"smtp://127.0.0.1:{unused_tcp_port}", SENDER).deliver(LETTER)


async def test_without_an_address_there_is_nothing_to_send() -> None:
    sink = MailSink("smtp://127.0.0.1:1", SENDER)
    with pytest.raises(NotDelivered, match="no e-mail address"):
        await sink.deliver(a_letter("255754123456", None, "text"))
    await sink.close()


async def test_an_address_with_a_line_break_reaches_no_server() -> None:
    async with a_mail_server() as server:
        crooked = a_letter(None, "a@example.com\r\nBcc: b@example.com", "text")
        with pytest.raises(NotDelivered, match="ValueError"):
            await unguarded(server).deliver(crooked)
    assert server.letters == []
