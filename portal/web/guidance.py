"""The pages that stand behind the foot of every page: help, fees, privacy, accessibility."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import NotFound
from portal.domain.fees import FEE_RULES, NO_CEILING, FeeRule, Fees, fee_rule
from portal.domain.limits import PushLimit, push_limit
from portal.domain.method import CARDS, CHOICES
from portal.domain.money import Money
from portal.web.history import day_of
from portal.web.pages import page
from portal.web.visit import Visit
from portal.web.wallets import WALLETS

EXAMPLES = (50_000, 450_000, 1_000_000)
"""Amounts, in minor units of shillings, whose fees are shown worked out."""


@get("/help", name="help")
async def show_help(visit: NamedDependency[Visit]) -> Response[bytes]:
    checkout = visit.site.checkout
    cards = any(checkout.serves(method) for method in CARDS)
    wallets = {word: wallet for word, wallet in WALLETS.items() if checkout.speaks_of(wallet.method)}
    return page(
        visit,
        "help/help.html",
        {"wallets": wallets, "cards": cards, "has_menu": visit.site.menu_payments.offered},
    )


@get("/help/no-prompt/{network:str}", name="no_prompt")
async def show_no_prompt(visit: NamedDependency[Visit], network: FromPath[str]) -> Response[bytes]:
    wallet = WALLETS.get(network)
    if wallet is None:
        raise NotFound
    return page(visit, "help/no_prompt.html", {"wallet": wallet})


@get("/fees", name="fees")
async def show_fees(visit: NamedDependency[Visit]) -> Response[bytes]:
    checkout = visit.site.checkout
    spoken_of = {method for method in CHOICES if checkout.speaks_of(method)}
    shown = [one for one in tariffs(day_of(visit.site.clock())) if one.rule.method in spoken_of]
    off = {tariff.rule.method for tariff in shown if not checkout.serves(tariff.rule.method)}
    return page(visit, "help/fees.html", {"tariffs": shown, "off": off})


@get("/privacy", name="privacy")
async def show_privacy(visit: NamedDependency[Visit]) -> Response[bytes]:
    return page(visit, "help/privacy.html")


@get("/accessibility", name="accessibility")
async def show_accessibility(visit: NamedDependency[Visit]) -> Response[bytes]:
    return page(visit, "help/accessibility.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What one method costs on a day, as a reader checks it. A band's ceiling is None where it has none.

    `share` is what the provider takes of the amount beside its bands, where it does.
    """

    rule: FeeRule
    percent: str
    processing: Money
    bands: list[tuple[Money | None, Money]]
    share: str | None
    examples: list[tuple[Money, Fees]]
    limit: PushLimit | None


def tariffs(on: date, rules: tuple[FeeRule, ...] = FEE_RULES) -> list[Tariff]:
    """Of each method and currency the rule in force on that day, in the order of the table."""
    offered = dict.fromkeys((rule.method, rule.currency) for rule in rules if rule.valid_from <= on)
    return [_tariff(fee_rule(method, currency, on, rules), on) for method, currency in offered]


def _tariff(rule: FeeRule, on: date) -> Tariff:
    limit = push_limit(rule.method, rule.currency, on)
    amounts = [Money(minor, rule.currency) for minor in EXAMPLES]
    worked_out = [(amount, rule.applied_to(amount)) for amount in amounts]
    return Tariff(
        rule=rule,
        percent=percent(rule.platform_rate),
        processing=Money(rule.processing_flat, rule.currency),
        bands=[(_ceiling(rule, top), Money(fee, rule.currency)) for top, fee in rule.provider_bands],
        share=percent(rule.provider_rate) if rule.provider_rate else None,
        examples=[
            (amount, fees)
            for amount, fees in worked_out
            if limit is None or limit.admits(amount + fees.total)
        ],
        limit=limit,
    )


def _ceiling(rule: FeeRule, top: int) -> Money | None:
    return None if top >= NO_CEILING else Money(top, rule.currency)


def percent(rate: Decimal) -> str:
    """`0.005` as `0.5%`."""
    return f"{(rate * 100).normalize():f}%"


pages = [show_help, show_no_prompt, show_fees, show_privacy, show_accessibility]
