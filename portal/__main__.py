"""The command `portal`: serve, worker, demo, sandbox, migrate, seed, statement, replay, ledger, jobs, states."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import BinaryIO, TypeVar

import click
import uvicorn

from portal.app import build_portal, utc_now
from portal.asgi import create_app
from portal.domain.diagram import diagram, payout_diagram, refund_diagram, return_diagram
from portal.domain.errors import Refused
from portal.services.statements import Report
from portal.services.tools import Tools
from portal.settings import BadSettings, Settings, read_settings
from portal.store import inbox, ledger_check
from portal.store import jobs as queue
from portal.store import replay as replaying
from portal.store.migrate import is_current
from portal.store.migrate import migrate as run_migrations
from portal.store.types import Tx
from portal.store.writer import Store, open_store
from portal.telemetry.log import set_up_logging

Answer = TypeVar("Answer")
AT_ANOTHER_ADDRESS = "or choose another by PORTAL_ADDRESS"


@click.group()
def main() -> None:
    """Nest Pay, the payment portal of a Tanzanian rental platform."""


@main.command()
def serve() -> None:
    """Serve pages, webhooks and health; the worker is a process of its own."""
    settings = _settings(os.environ)
    _can_listen(settings.host, settings.port, AT_ANOTHER_ADDRESS)
    _serve(settings, with_worker=False)


@main.command()
def worker() -> None:
    """Run due work; any number of these may run."""
    asyncio.run(_work(_settings(os.environ)))


@main.command()
def demo() -> None:
    """The portal with demo people, simulated providers and a phone, on an embedded SQLite file."""
    if os.environ.get("PORTAL_ENV") == "production":
        raise click.ClickException("PORTAL_ENV: the demo does not run in production mode")
    # Never imported in production: it holds secrets that everybody knows.
    from portal import demo as demonstration
    from portal import simulated
    from portal.sandbox.settings import SandboxSettings

    environment = demonstration.demo_environment(os.environ, asdict(SandboxSettings()))
    settings = _settings(environment)
    _can_listen(settings.host, settings.port, AT_ANOTHER_ADDRESS)
    if simulated.uses_our_sandbox(os.environ):
        _can_listen(simulated.SANDBOX_HOST, simulated.SANDBOX_PORT, "for the simulated provider needs it")
    demonstration.PLACE.mkdir(exist_ok=True)
    asyncio.run(_with_portal(settings, demonstration.prepare))
    with demonstration.sandbox_process(os.environ, simulated.callback_urls(environment)):
        click.echo(demonstration.welcome(settings.public_url, os.environ))
        _serve(settings, with_worker=True)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option(
    "--callback-url", multiple=True, help="vodacom=http://… : an address registered with a provider."
)
def sandbox(host: str, port: int, callback_url: tuple[str, ...]) -> None:
    """The simulated providers, and a phone to approve on."""
    from portal.sandbox.app import run
    from portal.sandbox.settings import SandboxSettings

    _can_listen(host, port, "or choose another by --port")
    addresses = dict(_pair(told) for told in callback_url)
    run(host, port, SandboxSettings(callback_urls=addresses))


@main.command()
def migrate() -> None:
    """Bring the database to the newest tables."""
    asyncio.run(run_migrations(_settings(os.environ).database_url))


@main.command()
def seed() -> None:
    """Put the demo's people, leases and bills into an empty demo database."""
    from portal import demo as demonstration

    asyncio.run(_with_portal(_settings(_demo_environment()), demonstration.prepare))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--account", default="", help="CRDB, NMB, …: only where the file does not say whose it is.")
@click.option("--demo", "in_demo", is_flag=True, help="Into the database of `portal demo`.")
def statement(file: BinaryIO, account: str, *, in_demo: bool) -> None:
    """Read a bank's statement (CSV, MT940, camt.053, camt.054), and give the money to the payments it names.

    The same file twice does no harm. Ends with 1 if some lines were not booked, with 2 if nothing could be read.
    """
    from portal.services import statement_report as told

    settings = _settings(_demo_environment() if in_demo else os.environ, least=logging.WARNING)
    try:
        report = asyncio.run(_read_in(settings, file, account, told.progress(sys.stderr)))
    except Refused as refusal:
        raise click.ClickException(told.refused(refusal)) from None
    for line in told.summary(report):
        click.echo(line)
    sys.exit(told.exit_code(report))


@main.command()
@click.option("--check", is_flag=True, required=True, help="Rebuild every read table and compare.")
def replay(check: bool) -> None:  # noqa: ARG001, FBT001  (the flag says what the command does)
    """Fold all events again and say whether the read tables tell the same."""
    report = asyncio.run(_asked(replaying.check))
    for difference in report.differences:
        click.echo(difference)
    verdict = "all read tables are identical" if not report.differences else "the read tables differ"
    counted = f"{report.payments} payments, {report.bank_lines} bank lines, {report.events} events"
    click.echo(f"{counted}: {verdict}")
    _say_balance(report.ledger)
    sys.exit(0 if report.sound else 1)


@main.command()
@click.option("--check", is_flag=True, required=True, help="Sum every account, and compare.")
def ledger(check: bool) -> None:  # noqa: ARG001, FBT001
    """Say whether the trial balance is zero, and the tables that people read agree with it."""
    report = asyncio.run(_asked(ledger_check.check))
    for difference in report.differences:
        click.echo(difference)
    _say_balance(report.balance)
    sys.exit(0 if report.sound else 1)


@main.command()
@click.option(
    "--revive",
    is_flag=True,
    help="Try all of it once more, and to place the callbacks that fitted no payment.",
)
def jobs(revive: bool) -> None:  # noqa: FBT001  (click passes the flag so)
    """List the work that broke too often, and the callbacks that have no place: both wait for a person."""
    for dead in asyncio.run(_asked(queue.dead_jobs)):
        click.echo(f"{dead.dead_at:%Y-%m-%d %H:%M} {dead.key}: {dead.last_error}")
    for callback in asyncio.run(_asked(inbox.parked)):
        whose = callback.payment or "no payment"
        click.echo(
            f"{callback.received_at:%Y-%m-%d %H:%M} callback of {callback.provider}, {whose}: {callback.verdict}"
        )
    if revive:
        count = asyncio.run(_done(lambda tx: queue.revive(tx, utc_now()) + inbox.revive(tx, utc_now())))
        click.echo(f"{count} will be tried again")


@main.command()
def states() -> None:
    """Print the states of a payment, of a refund, of a returned deposit and of a payout, as diagrams."""
    click.echo(f"{diagram()}\n\n{refund_diagram()}\n\n{return_diagram()}\n\n{payout_diagram()}")


def _pair(told: str) -> tuple[str, str]:
    name, is_pair, address = told.partition("=")
    if not is_pair:
        raise click.ClickException(f"--callback-url: {told!r} is not provider=address")
    return name, address


def _serve(settings: Settings, *, with_worker: bool) -> None:
    app = create_app(build_portal(settings), with_worker=with_worker)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Whose word about the sender counts is decided by `PORTAL_TRUSTED_PROXIES`, in the web, not by the server.
        proxy_headers=False,
    )


def _can_listen(host: str, port: int, advice: str) -> None:
    """Say in one line why not, before anything is started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # As servers do: a port that was let go a moment ago is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            reason = f"{host}:{port} cannot be listened on: {str(error.strerror).lower()}"
            raise click.ClickException(f"{reason}. End what runs there, {advice}.") from None


def _demo_environment() -> dict[str, str]:
    from portal import demo as demonstration
    from portal.sandbox.settings import SandboxSettings

    return demonstration.demo_environment(os.environ, asdict(SandboxSettings()))


async def _read_in(
    settings: Settings, file: BinaryIO, account: str, on_progress: Callable[[int], None]
) -> Report:
    portal = build_portal(settings)
    try:
        await _has_its_tables(portal.store)
        return await portal.statements.read_in(file, file.name, account, on_progress)
    finally:
        await portal.close()


async def _work(settings: Settings) -> None:
    portal = build_portal(settings)
    try:
        await _has_its_tables(portal.store)
        await portal.work()
    finally:
        await portal.close()


async def _with_portal(settings: Settings, work: Callable[[Tools], Awaitable[None]]) -> None:
    await run_migrations(settings.database_url)
    portal = build_portal(settings)
    try:
        await work(portal.tools)
    finally:
        await portal.close()


async def _asked(question: Callable[[Tx], Answer]) -> Answer:
    settings = _settings(os.environ)
    store = open_store(settings.database_url)
    try:
        await _has_its_tables(store)
        # On a portal at work, rows that are read at different instants would differ.
        return await store.snapshot(question)
    finally:
        await store.close()


async def _done(work: Callable[[Tx], Answer]) -> Answer:
    store = open_store(_settings(os.environ).database_url)
    try:
        await _has_its_tables(store)
        return await store.write(work)
    finally:
        await store.close()


async def _has_its_tables(store: Store) -> None:
    if not await store.read(is_current):
        raise click.ClickException("the database has not the newest tables: run `portal migrate`")


def _say_balance(balance: Mapping[str, int]) -> None:
    for currency, total in sorted(balance.items()):
        click.echo(f"ledger {currency}: {total}")
    click.echo("the ledger is zero" if not any(balance.values()) else "the ledger is NOT zero")


def _settings(environment: Mapping[str, str], least: int = logging.INFO) -> Settings:
    try:
        settings = read_settings(environment)
    except BadSettings as error:
        raise click.ClickException(f"the settings will not do:\n{error}") from None
    set_up_logging(as_json=not settings.demo, least=least)
    return settings


if __name__ == "__main__":
    main()
