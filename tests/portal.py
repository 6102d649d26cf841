"""The portal as it runs: the real app on a port of its own in the test's loop, with a sandbox that shares its clock."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from secrets import token_bytes
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import select

from portal.app import Portal, build_portal
from portal.documents.receipt import ReceiptFacts
from portal.documents.renderer import Renderer
from portal.domain.fees import fee_rule
from portal.domain.method import Details, PaymentMethod, details_of
from portal.domain.money import Money, shillings, sum_of
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.domain.phone import Phone
from portal.domain.zone import EAST_AFRICA
from portal.providers.airtel_money import AirtelMoney
from portal.providers.azampay import AzamPay
from portal.providers.azampay_config import AzamPayConfig, Hosts
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_vodacom import Vodacom
from portal.providers.provider import Means, Provider
from portal.providers.stripe_cards import StripeCards
from portal.providers.tigo_pesa import TigoPesa
from portal.providers.wire import Breaker, Wire
from portal.sandbox.settings import SandboxSettings
from portal.services.orders import Order
from portal.settings import Settings, read_settings
from portal.store import jobs
from portal.store.tables import ledger_entries
from portal.templating.language import Language
from tests.answering import answering
from tests.makers import BILL, RATES, FakeClock, a_person, a_reference
from tests.sandbox.merchant import Gate
from tests.sandbox.running import FAST, TRUSTS_NOBODY, Line, RunningSandbox, running_sandbox, until

RENT = a_reference(20)
"""Another bill of Asha's lease, as large as her deposit."""
CALLBACK_KEY = "a-key-that-only-the-tests-know-of"
CALLED_AT_ONE_ADDRESS = {"vodacom": "mpesa", "mixx": "tigo", "airtel": "airtel"}
"""The part of the portal's address that each twin is told which is told one for all payments."""
PATIENT: Mapping[str, Callable[[Any, Wire, FakeClock], Provider]] = {
    "MPESA_DARAJA": Daraja,
    "TIGO_PESA": TigoPesa,
    "AIRTEL_MONEY": AirtelMoney,
    "STRIPE": StripeCards,
}
"""Those that can be built with another patience than their own, by what their settings begin with."""
NOTHING = -1.0
"""A wait that no provider has."""
DEPOSIT = shillings(450_000)
"""What `makers.a_bill` owes."""
DARAJA, VODACOM = "daraja", "vodacom"
NOTHING_ELSE: Mapping[str, str] = MappingProxyType({})


@dataclass
class RunningPortal:
    """`portal` looks inside, `client` is a browser at `base_url`. Time stands still until `pass_time` moves it."""

    sandbox: RunningSandbox
    clock: FakeClock
    settings: Settings
    line: Line
    portal: Portal
    client: httpx.AsyncClient
    gate: Gate = field(default_factory=lambda: Gate(NOTHING))
    _keys: Any = field(default_factory=count)

    @property
    def base_url(self) -> str:
        return self.line.base_url

    async def pay(self, msisdn: str, **details: Any) -> str:
        """What pressing Pay does, with the details of `an_order`; the payment's reference."""
        key = f"key {next(self._keys)}"
        return await self.portal.payments.start(an_order(msisdn, self.clock, **{"key": key} | details))

    async def payment(self, reference: str) -> Payment:
        return await self.portal.payments.load(reference)

    async def work(self) -> None:
        """All that is due now, and all that follows from it at once."""
        while await self.portal.worker.run_due():
            pass

    async def hear(self, callbacks: int | None = None) -> None:
        """Waits for that many callbacks, or for all that the provider will say by itself, and works on them."""
        network = self.sandbox.world.network
        if callbacks is None:
            await until(lambda: not network.errands.under_way)
        else:
            await until(lambda: len(network.courier.deliveries) >= callbacks)
        await self.work()

    async def account(self, name: str) -> int:
        """The balance of an account of the ledger."""
        lines = select(ledger_entries.c.amount).where(ledger_entries.c.account == name)
        return sum(await self.portal.store.read(lambda tx: list(tx.execute(lines).scalars())))

    async def questions(self) -> int:
        """How many the provider was asked about how a payment stands."""
        return int((await self.sandbox.requests())["counts"]["query"])

    async def pass_time(self, **by: float) -> None:
        """Moves the clock from one due job to the next, so that none runs later than it would."""
        end = self.clock.now + timedelta(**by)
        while (due := await self.portal.store.read(jobs.next_due)) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            await self.work()
        self.clock.now = end

    def let_go(self) -> None:
        """What the provider held back happens now."""
        self.gate.opened.set()

    async def quiet(self) -> None:
        """Nothing is held back any more, and a day goes by."""
        self.let_go()
        await self.hear()
        await self.pass_time(hours=25)
        await self.hear()


@asynccontextmanager
async def playing(
    database_url: str,
    clock: FakeClock,
    *,
    patience: float = 10,
    held: float = NOTHING,
    mpesa: str = DARAJA,
    told: Mapping[str, str] = NOTHING_ELSE,
    **sandbox: Any,
) -> AsyncIterator[RunningPortal]:
    """A portal and its provider; `sandbox` as in `running_sandbox`, `told`: more settings of the portal.

    The provider's waits of `held` seconds last until `let_go`; nobody's prompt waits longer than a moment otherwise.
    """
    gate = Gate(held)
    lifetime = FAST.prompt_lifetime if held == FAST.prompt_lifetime else 0.05
    async with (
        running_sandbox(clock=clock, sleep=gate.sleep, **{"prompt_lifetime": lifetime} | sandbox) as provider,
        running_portal(provider, database_url, clock, patience=patience, mpesa=mpesa, told=told) as portal,
    ):
        portal.gate = gate
        yield portal


class Front:
    """An address that stands before the app behind it does, and stays when that is built anew."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class PlainPaper(Renderer):
    """Prints at once: what WeasyPrint makes of a receipt is shown elsewhere."""

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        return f"%PDF-1.7 {facts.number.address} {facts.code} {language}".encode()


@asynccontextmanager
async def running_portal(
    sandbox: RunningSandbox,
    database_url: str,
    clock: FakeClock,
    *,
    patience: float = 10,
    port: int = 0,
    renderer: Renderer | None = None,
    mpesa: str = DARAJA,
    told: Mapping[str, str] = NOTHING_ELSE,
) -> AsyncIterator[RunningPortal]:
    """The portal on a database that is prepared. `patience`: seconds that it waits for a provider's answer."""
    async with AsyncExitStack() as stack:
        front = Front()
        line = Line(front)
        line.port = port
        await line.up()
        stack.push_async_callback(line.down)
        settings = settings_at(line.base_url, database_url, sandbox, mpesa=mpesa, told=told)
        will_be_called(sandbox, line)
        portal = built(settings, clock, patience, renderer)
        stack.push_async_callback(portal.close)
        front.app = answering(portal)
        # Let go of before the server lets go: a request on a connection that is just being ended is lost.
        limits = httpx.Limits(keepalive_expiry=2)
        client = httpx.AsyncClient(
            base_url=line.base_url, limits=limits, trust_env=False, verify=TRUSTS_NOBODY
        )
        await stack.enter_async_context(client)
        yield RunningPortal(sandbox, clock, settings, line, portal, client)


def built(settings: Settings, clock: FakeClock, patience: float, renderer: Renderer | None = None) -> Portal:
    """The portal with nothing replaced but its printer, its clock and its patience."""
    providers = providers_of(settings, clock, patience)
    return build_portal(settings, clock=clock, providers=providers, renderer=renderer or PlainPaper())


def will_be_called(sandbox: RunningSandbox, line: Line) -> None:
    """Tell the twins that have one address for all payments where the portal on `line` hears them."""
    for twin, webhook in CALLED_AT_ONE_ADDRESS.items():
        sandbox.world.callback_urls[twin] = f"{line.base_url}/webhooks/{webhook}/{CALLBACK_KEY}"
    sandbox.world.callback_urls["mixx-menu"] = f"{sandbox.world.callback_urls['mixx']}/bills"
    sandbox.world.callback_urls["stripe"] = f"{line.base_url}/webhooks/stripe"


def providers_of(settings: Settings, clock: FakeClock, patience: float) -> list[Provider]:
    """All that have settings, with that patience."""
    return [_provider(prefix, config, clock, patience) for prefix, config in settings.providers.items()]


def _provider(prefix: str, config: Any, clock: FakeClock, patience: float) -> Provider:
    if prefix == "AZAMPAY":
        return AzamPay(config, hosts_of(config, clock, patience), clock)
    address = config.api_base if prefix == "STRIPE" else config.base_url
    wire = Wire(address, Breaker(lambda: clock().timestamp()), patience)
    if prefix != "MPESA_VODACOM":
        return PATIENT[prefix](config, wire, clock)

    async def sleep(seconds: float) -> None:
        clock.advance(seconds=seconds)

    means = Means(clock=clock, monotonic=lambda: clock().timestamp(), random=token_bytes, sleep=sleep)
    return Vodacom(config, wire, wire, means)


def hosts_of(config: AzamPayConfig, clock: FakeClock, patience: float) -> Hosts:
    addresses = (config.base_url, config.auth_url, config.disbursement_url)
    return Hosts(*(Wire(one, Breaker(lambda: clock().timestamp()), patience) for one in addresses))


def settings_at(
    public_url: str,
    database_url: str,
    sandbox: RunningSandbox,
    *,
    mpesa: str = DARAJA,
    told: Mapping[str, str] = NOTHING_ELSE,
) -> Settings:
    at = environment_at(public_url, database_url, sandbox.base_url, sandbox.settings, mpesa)
    return read_settings({**at, **told})


def environment_at(
    public_url: str, database_url: str, provider_url: str, account: SandboxSettings, mpesa: str = DARAJA
) -> Mapping[str, str]:
    """What a portal of the tests is told by its environment."""
    return {
        "PORTAL_ENV": "demo",
        "PORTAL_ADDRESS": urlsplit(public_url).netloc,
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_PUBLIC_URL": public_url,
        "PORTAL_SECRET_KEY": "a secret key that only the tests know",
        "PORTAL_ENCRYPTION_KEYS": "tests:" + base64.b64encode(b"one key of thirty-two bytes here").decode(),
        "PORTAL_SIGNING_KEYS": "a signing key that only the tests know",
        **(_vodacom if mpesa == VODACOM else _daraja)(provider_url, account),
        "TIGO_PESA_BASE_URL": f"{provider_url}/mixx/{account.mixx.company}2DM",
        "TIGO_PESA_USERNAME": account.mixx.username,
        "TIGO_PESA_PASSWORD": account.mixx.password,
        "TIGO_PESA_BILLER_MSISDN": account.mixx.biller_msisdn,
        "TIGO_PESA_BILLER_CODE": account.mixx.biller_code,
        "TIGO_PESA_COMPANY_NUMBER": account.mixx.company_number,
        "TIGO_PESA_CALLBACK_KEY": CALLBACK_KEY,
        "AIRTEL_MONEY_BASE_URL": f"{provider_url}/airtel",
        "AIRTEL_MONEY_CLIENT_ID": account.airtel.client_id,
        "AIRTEL_MONEY_CLIENT_SECRET": account.airtel.client_secret,
        "AIRTEL_MONEY_CALLBACK_KEY": CALLBACK_KEY,
        "AIRTEL_MONEY_HASH_KEY": account.airtel.hash_key,
        "AZAMPAY_BASE_URL": f"{provider_url}/azampay/checkout",
        "AZAMPAY_AUTH_URL": f"{provider_url}/azampay/authenticator",
        "AZAMPAY_DISBURSEMENT_URL": f"{provider_url}/azampay/disbursement",
        "AZAMPAY_APP_NAME": account.azampay.app_name,
        "AZAMPAY_CLIENT_ID": account.azampay.client_id,
        "AZAMPAY_CLIENT_SECRET": account.azampay.client_secret,
        "AZAMPAY_API_KEY": account.azampay.api_key,
        "PORTAL_RETURN_HOSTS": "nest.example",
        "PORTAL_EXCHANGE_RATES": RATES.rates,
        "TANQR_ACQUIRER_ID": "01001",
        "TANQR_MERCHANT_ID": "12345678",
        "STRIPE_API_BASE": f"{provider_url}/stripe",
        "STRIPE_SECRET_KEY": account.stripe.secret_key,
        "STRIPE_PUBLISHABLE_KEY": account.stripe.publishable_key,
        "STRIPE_WEBHOOK_SECRET": account.stripe.webhook_secret,
    }


def _daraja(provider_url: str, account: SandboxSettings) -> dict[str, str]:
    return {
        "MPESA_DARAJA_BASE_URL": f"{provider_url}/daraja",
        "MPESA_DARAJA_CONSUMER_KEY": account.daraja.consumer_key,
        "MPESA_DARAJA_CONSUMER_SECRET": account.daraja.consumer_secret,
        "MPESA_DARAJA_SHORT_CODE": account.daraja.short_code,
        "MPESA_DARAJA_PASSKEY": account.daraja.passkey,
    }


def _vodacom(provider_url: str, account: SandboxSettings) -> dict[str, str]:
    return {
        "MPESA_VODACOM_BASE_URL": f"{provider_url}/vodacom/sandbox",
        "MPESA_VODACOM_API_KEY": account.vodacom.api_key,
        "MPESA_VODACOM_PUBLIC_KEY": account.vodacom.public_key,
        "MPESA_VODACOM_SERVICE_PROVIDER_CODE": account.vodacom.service_provider_code,
        "MPESA_VODACOM_CALLBACK_KEY": CALLBACK_KEY,
    }


def an_order(
    msisdn: str,
    clock: FakeClock,
    *,
    bill: str = BILL,
    amount: Money = DEPOSIT,
    amounts: Mapping[str, Money] | None = None,
    payer: Person | None = None,
    key: str = "one draft",
    method: PaymentMethod = PaymentMethod.MPESA,
    saved: str | None = None,
) -> Order:
    """Asha has confirmed what the check page showed; `amounts` of several bills by their references."""
    amounts = {bill: amount} if amounts is None else amounts
    amount = sum_of([*amounts.values()])
    rule = fee_rule(method, amount.currency, clock().astimezone(EAST_AFRICA).date())
    return Order(
        payer=payer or a_person(),
        key=key,
        amounts=amounts,
        method=method,
        phone=Phone(msisdn) if details_of(method) is Details.PHONE else None,
        agreed=True,
        total=amount + rule.applied_to(amount).total,
        language=Language.SW,
        saved=saved,
    )
