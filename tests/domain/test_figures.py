"""Every amount that a page shows is the sum of the entries that it leads to, whatever has happened to the payment."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

import portal.domain
from portal.domain import events as e
from portal.domain.account_kind import AccountKind, kind_of
from portal.domain.fees import rule_of_version
from portal.domain.figures import FigureKind, figures_of, sum_of_entries
from portal.domain.money import Money, shillings
from portal.domain.payment_state import State
from tests.makers import BILL, LANDLORD, LEASE, a_payment, a_payment_history
from tests.stories import Story, stories

MOVED = (FigureKind.EVENT, FigureKind.RECEIVED)
"""These are told of whatever came, paid or not."""


@pytest.mark.covers("I12")
@settings(max_examples=300)
@given(stories())
def test_every_figure_is_the_sum_of_the_entries_that_it_leads_to(story: Story) -> None:
    payment, posted = story.payment, story.posted
    for figure in figures_of(payment, posted).values():
        chosen = figure.choose(posted)
        if payment.completed_at or figure.kind in MOVED:
            assert sum_of_entries(figure, chosen) == figure.amount, figure.name
        else:
            assert chosen == [], figure.name


@given(stories())
def test_the_bills_of_a_payment_are_together_what_its_landlord_received(story: Story) -> None:
    figures = figures_of(story.payment)
    applied = [one.amount for one in figures.values() if one.kind is FigureKind.APPLIED]
    assert sum(applied[1:], applied[0]) == figures["came"].amount
    assert figures["net"].amount == figures["came"].amount - figures["back"].amount


@given(stories())
def test_the_rule_that_a_payment_names_is_the_one_that_made_its_fees(story: Story) -> None:
    rule = rule_of_version(story.payment.fee_rule)
    assert rule
    assert rule.applied_to(story.payment.amount) == story.payment.fees


def test_a_rule_that_is_gone_is_not_another_one() -> None:
    assert rule_of_version("mpesa-1999-01") is None


def test_each_bill_has_its_own_entry_and_money_beyond_it_is_taken_off_its_own() -> None:
    history = [*a_payment_history(), (e.DuplicateSuccess(excess=shillings(50_000)), a_payment().updated_at)]
    story = Story(a_payment().reference, (), history)
    figures = figures_of(story.payment, story.posted)
    assert figures[f"bill-{BILL}"].amount == shillings(450_000)
    assert figures[f"applied-{BILL}"].amount == shillings(400_000)
    assert figures["excess"].amount == shillings(50_000)
    assert [one.entry.amount.minor for one in figures[f"applied-{BILL}"].choose(story.posted)] == [
        -450_000,
        50_000,
    ]


def test_another_amount_than_was_asked_for_is_told_as_it_came() -> None:
    history = a_payment_history(State.AWAITING_PAYER)
    wrong = e.AmountMismatch(
        expected=shillings(453_500),
        received=shillings(400_000),
        receipt_code=None,
        source="WORKER",  # type: ignore[arg-type]
    )
    story = Story(a_payment().reference, (), [*history, (wrong, history[-1][1])])
    figures = figures_of(story.payment, story.posted)
    assert (figures["received"].amount, figures["event-4"].amount) == (shillings(400_000), shillings(400_000))
    assert figures["total"].choose(story.posted) == []


@pytest.mark.parametrize(
    "account,kind",
    [
        ("cash:mpesa", AccountKind.PROVIDER),
        ("cash:bank:crdb", AccountKind.BANK),
        ("cash:by_hand", AccountKind.BY_HAND),
        ("cash:own", AccountKind.OWN),
        (f"payable:{LANDLORD}", AccountKind.PAYABLE),
        (f"deposit:{LEASE}", AccountKind.DEPOSIT),
        (f"credit:{LEASE}", AccountKind.CREDIT),
        ("suspense", AccountKind.SUSPENSE),
        ("fee:platform", AccountKind.PLATFORM_FEE),
        ("fee:processing", AccountKind.PROCESSING_FEE),
        ("fee:provider", AccountKind.PROVIDER_FEE),
        ("cost:mpesa", AccountKind.COST),
        ("loss:chargeback", AccountKind.LOSS),
        ("a name of tomorrow", AccountKind.OTHER),
    ],
)
def test_an_account_tells_its_kind_by_its_name(account: str, kind: AccountKind) -> None:
    assert kind_of(account) is kind


ACCOUNT = re.compile(r"[a-z_]+(:[a-z_]+)*:?")


def accounts_in(source: Path) -> set[str]:
    """What a module of the domain calls accounts: its strings with a colon in the form of their names."""
    strings = (
        node.value for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Constant)
    )
    return {text for text in strings if isinstance(text, str) and ":" in text and ACCOUNT.fullmatch(text)}


def test_every_account_that_the_domain_names_is_of_a_kind_that_has_words() -> None:
    sources = sorted(Path(portal.domain.__path__[0]).glob("*.py"))
    named = {name for source in sources if source.stem != "account_kind" for name in accounts_in(source)}
    assert {"cash:", "payable:", "deposit:", "fee:platform"} <= named
    assert {name for name in named if kind_of(name) is AccountKind.OTHER} == set()


@given(stories())
def test_no_account_that_is_posted_to_is_without_a_kind(story: Story) -> None:
    assert AccountKind.OTHER not in {kind_of(one.entry.account) for one in story.posted}


@given(stories())
def test_what_cash_an_event_moved_is_the_figure_of_that_event(story: Story) -> None:
    for figure in figures_of(story.payment, story.posted).values():
        if figure.kind is FigureKind.EVENT:
            assert figure.amount > Money(0, figure.amount.currency)
            assert {one.entry.seq for one in figure.choose(story.posted)} == {int(figure.of)}
