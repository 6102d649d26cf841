"""The composition root: the only place that knows every layer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from portal.documents.renderer import Renderer
from portal.providers.provider import Means, Provider
from portal.providers.registry import Registry, registry_of
from portal.services.bank_codes import BankCodes
from portal.services.books import Books, open_books
from portal.services.callbacks import Callbacks
from portal.services.checkout import Checkout
from portal.services.claims import Claims
from portal.services.corrections import Corrections
from portal.services.dispute_messages import DisputeMessages
from portal.services.excess import Excess
from portal.services.extra_messages import ExtraMessages
from portal.services.housekeeping import Housekeeping
from portal.services.lease_end import LeaseEnd, lease_end
from portal.services.links import Links
from portal.services.matching import Matching
from portal.services.menu_payments import MenuPayments
from portal.services.messages import Messages
from portal.services.payments import Payments
from portal.services.provider_desk import ProviderDesk
from portal.services.reads import Reads, reads_of
from portal.services.receipts import Receipts
from portal.services.refund_desk import RefundDesk
from portal.services.refund_findings import RefundFindings
from portal.services.refund_news import RefundNews
from portal.services.refund_sending import RefundSending
from portal.services.refund_views import RefundViews
from portal.services.refunds import Refunds
from portal.services.reversals import Reversals
from portal.services.saved import Saved, saved_of
from portal.services.sent_back import SentBack
from portal.services.sign_in import SignIn
from portal.services.statements import Statements
from portal.services.suspense import Suspense
from portal.services.tools import Tools
from portal.services.views import Views
from portal.settings import Settings
from portal.sinks.log import LogSink
from portal.sinks.mail import MailSink
from portal.sinks.reach import Reach
from portal.sinks.sink import Sink
from portal.sinks.sms import SmsSink
from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from portal.telemetry.log import get_log
from portal.templating.environment import Environment, portal_environment
from portal.worker.loop import Work, Worker

Clock = Callable[[], datetime]
log = get_log("app")


def utc_now() -> datetime:
    """The one clock of a running portal."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """Every use case, wired. `close` lets go of everything in the reverse order."""

    settings: Settings
    tools: Tools
    environment: Environment
    registry: Registry
    sink: Sink
    renderer: Renderer
    payments: Payments
    callbacks: Callbacks
    checkout: Checkout
    claims: Claims
    menu_payments: MenuPayments
    corrections: Corrections
    excess: Excess
    providers: ProviderDesk
    links: Links
    lease_end: LeaseEnd
    receipts: Receipts
    refunds: Refunds
    refund_desk: RefundDesk
    refund_findings: RefundFindings
    reads: Reads
    refund_sending: RefundSending
    reversals: Reversals
    refund_news: RefundNews
    refund_views: RefundViews
    saved: Saved
    messages: Messages
    sign_in: SignIn
    views: Views
    housekeeping: Housekeeping
    matching: Matching
    statements: Statements
    suspense: Suspense
    books: Books
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "worker", _worker(self))

    @property
    def store(self) -> Store:
        return self.tools.store

    async def work(self) -> None:
        """Do the due work until cancelled; the printer is started meanwhile, so that no tenant waits for it."""
        await asyncio.gather(self.worker.run(), self._warm_up(), self._plan())

    async def _plan(self) -> None:
        try:
            await self.housekeeping.plan()
            await self.books.plan()
        except Exception as error:  # noqa: BLE001  (payments are worked on all the same; the next start plans it again)
            log.warning("daily_work_not_planned", error=type(error).__name__)

    async def _warm_up(self) -> None:
        try:
            await self.renderer.warm()
        except Exception as error:  # noqa: BLE001  (a printer that does not start now is tried again by each receipt)
            log.warning("printer_cold", error=type(error).__name__)

    async def close(self) -> None:
        await self.payments.pushes.close()
        await self.renderer.close()
        await self.sink.close()
        await self.registry.close()
        await self.store.close()


def build_portal(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    random: Callable[[int], bytes] = secrets.token_bytes,
    monotonic: Callable[[], float] = time.monotonic,
    store: Store | None = None,
    providers: Iterable[Provider] | None = None,
    sink: Sink | None = None,
    renderer: Renderer | None = None,
) -> Portal:
    """The portal on an opened database, whose tables must stand; a part that is given replaces the settings' own."""
    tools = _tools(settings, store or open_store(settings.database_url), clock, random)
    means = Means(clock=clock, monotonic=monotonic, random=random)
    registry = registry_of(settings.providers, means, providers)
    environment = portal_environment()
    sink, renderer = sink or _sink(settings), renderer or Renderer()
    payments = Payments(tools, registry)
    money_back = _money_back(tools, registry, payments)
    matching = Matching(tools, registry, payments.settlement)
    messages = Messages(tools, environment, sink, f"{urlsplit(settings.public_url).netloc}/v")
    return Portal(
        settings=settings,
        tools=tools,
        environment=environment,
        registry=registry,
        sink=sink,
        renderer=renderer,
        payments=payments,
        checkout=Checkout(tools, registry, payments.settlement),
        claims=Claims(tools, registry, payments, [BankCodes(tools, matching)]),
        menu_payments=MenuPayments(tools, registry, payments, environment),
        corrections=Corrections(tools, registry, payments.settlement),
        providers=ProviderDesk(tools, registry),
        links=Links(tools, registry),
        lease_end=lease_end(tools, registry, payments.settlement, messages, money_back["refund_desk"].proof),
        receipts=Receipts(tools, payments.settlement, renderer),
        **money_back,
        saved=saved_of(tools, registry, payments, messages, demo=settings.demo),
        reads=reads_of(tools),
        sign_in=SignIn(tools, demo=settings.demo),
        views=Views(tools, registry),
        messages=messages,
        housekeeping=Housekeeping(tools),
        matching=matching,
        statements=Statements(tools, matching),
        suspense=Suspense(tools, matching),
        books=open_books(tools, registry, matching, payments.settlement),
    )


def _money_back(tools: Tools, registry: Registry, payments: Payments) -> dict[str, Any]:
    """All about refunds, and callbacks, which may tell of them, by the names that the portal has for them."""
    settlement, alerts = payments.settlement, payments.alerts
    sending = RefundSending(tools, registry, settlement, alerts)
    refunds, reversals = Refunds(tools, registry, settlement), Reversals(tools, registry, settlement)
    news = RefundNews(tools, registry, sending, alerts)
    return {
        "refunds": refunds,
        "excess": Excess(tools, registry, settlement),
        "refund_desk": RefundDesk(tools, registry, settlement, refunds, sending),
        "refund_findings": RefundFindings(tools, settlement),
        "refund_sending": sending,
        "reversals": reversals,
        "refund_news": news,
        "callbacks": Callbacks(tools, registry, payments, SentBack(tools, news, reversals)),
        "refund_views": RefundViews(tools, registry),
    }


def _worker(portal: Portal) -> Worker:
    """Who does which kind of job; those about money are tried for ever."""
    of_extra = ExtraMessages(portal.tools, portal.messages)
    work: dict[str, Work] = {
        "push": portal.payments.pushes.resume,
        "ask": portal.payments.ask_by_schedule,
        "claim": portal.claims.look_by_schedule,
        "callback": portal.callbacks.process,
        "receipt": portal.receipts.render,
        "statement": portal.statements.work,
        "refund": portal.refund_sending.send,
        "ask_refund": portal.refund_sending.ask,
        "tell_refund": portal.messages.tell_refund,
        "credit": portal.excess.kept.work,
        "tell_credit": portal.messages.tell_credit,
        "remind_extra": of_extra.remind,
        "tell_word": of_extra.tell_word,
        "deposit_deadline": portal.lease_end.deposits.time_is_up,
        "tell_deposit": portal.lease_end.messages.tell,
        "look_back": portal.reversals.look_back,
        "tell_dispute": DisputeMessages(portal.tools, portal.messages).tell,
        "tell": portal.messages.tell,
        "send": portal.messages.send,
        "lease": portal.messages.tell_lease,
        "transfer": portal.messages.tell_transfer,
        "claim_over": portal.messages.tell_claim,
        "save_phone": portal.saved.phones.save_paid,
        "appointment": portal.saved.appointments.plan,
        "meet": portal.saved.appointments.meet,
        "card": portal.saved.cards.look_by_schedule,
        "card_face": portal.saved.cards.refresh,
        "forget_card": portal.saved.cards.forget,
        "purge": portal.housekeeping.purge,
        "close": portal.books.close.close,
        "payouts": portal.books.payouts.prepare_daily,
    }
    undying = (
        "ask",
        "ask_refund",
        "callback",
        "claim",
        "credit",
        "deposit_deadline",
        "forget_card",
        "payouts",
        "push",
        "refund",
        "statement",
    )
    return Worker(portal.store, portal.tools.clock, work, undying=undying)


def _tools(settings: Settings, store: Store, clock: Clock, random: Callable[[int], bytes]) -> Tools:
    # Look-up hashes must outlive every rotation of the encryption keys, so they have a key of their own.
    index_key = hmac.new(settings.secret_key, b"look-up hashes", hashlib.sha256).digest()
    return Tools(
        store=store,
        vault=Vault(settings.encryption_keys, index_key, random),
        clock=clock,
        random=random,
        signing_keys=settings.signing_keys,
        public_url=settings.public_url,
        rates=settings.exchange.read() if settings.exchange else (),
    )


def _sink(settings: Settings) -> Sink:
    if settings.demo and not (settings.sms_url or settings.smtp_url):
        return LogSink()
    sender = f"no-reply@{urlsplit(settings.public_url).hostname}"
    return Reach(
        SmsSink(settings.sms_url) if settings.sms_url else None,
        MailSink(settings.smtp_url, sender, guarded=not settings.demo) if settings.smtp_url else None,
    )
