"""An HTTP gateway and a mail server of a few lines, on ephemeral ports in the test's own loop."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.sinks.sink import Letter

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def a_letter(phone: str | None, email: str | None, text: str) -> Letter:
    return Letter(key="message:7", phone=phone, email=email, text=text)


@asynccontextmanager
async def _listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@dataclass
class Gateway:
    """An SMS gateway that answers with `status`."""

    port: int = 0
    status: str = "200 OK"
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://user:gateway-password@127.0.0.1:{self.port}/send"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.requests.append((head, json.loads(await reader.readexactly(length))))
        if self.status != "silence":
            writer.write(
                f"HTTP/1.1 {self.status}\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()


@asynccontextmanager
async def a_gateway(status: str = "200 OK") -> AsyncIterator[Gateway]:
    gateway = Gateway(status=status)
    async with _listening(gateway.serve) as port:
        gateway.port = port
        yield gateway


@dataclass
class MailServer:
    """Speaks as much SMTP as a client needs; `said` is what it heard, `letters` what it took."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    refuses: str = ""
    said: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    secure: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "220 ready")
        while line := (await reader.readline()).decode().strip():
            self.said.append(line)
            verb = line.partition(" ")[0].upper()
            if verb == self.refuses:
                await self._say(writer, "550 no")
            elif verb == "EHLO":
                await self._say(writer, "250-hello", *self._extensions(), "250 8BITMIME")
            elif verb == "STARTTLS":
                await self._say(writer, "220 go on")
                await writer.start_tls(self.tls or ssl.create_default_context())
                self.secure = True
            elif verb == "AUTH":
                self._login(line)
                await self._say(writer, "235 welcome")
            elif verb == "DATA":
                await self._say(writer, "354 write")
                self.letters.append((await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n"))
                await self._say(writer, "250 taken")
            elif verb == "QUIT":
                await self._say(writer, "221 bye")
                return
            else:
                await self._say(writer, "250 fine")

    def _extensions(self) -> list[str]:
        return ["250-AUTH PLAIN", *(["250-STARTTLS"] if self.tls and not self.secure else [])]

    def _login(self, line: str) -> None:
        _, name, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.logins.append((name, password))

    async def _say(self, writer: asyncio.StreamWriter, *lines: str) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()


@asynccontextmanager
async def a_mail_server(
    *, offers_tls: ssl.SSLContext | None = None, speaks_tls: ssl.SSLContext | None = None, refuses: str = ""
) -> AsyncIterator[MailServer]:
    server = MailServer(tls=offers_tls, refuses=refuses, secure=speaks_tls is not None)
    async with _listening(server.serve, speaks_tls) as port:
        server.port = port
        yield server


def a_certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's side, a client that trusts it) of a certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))
