"""Wrong credentials, ended tokens, HTML, redirects and answers that come too late, at every provider over real HTTP.

The payer gets a reason in words, the office an alert, nobody a stack trace, and FAILED only what was never sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import html

from portal.domain.alert import Alert
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.domain.trouble import Trouble
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.azampay.account import AzamPayAccount
from portal.sandbox.daraja.account import DarajaAccount
from portal.sandbox.fates import number_of
from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.operators import AIRTEL, HALOPESA, MIXX, MPESA, Operator
from portal.sandbox.vodacom.account import VodacomAccount
from portal.services.provider_desk import Watched
from tests.faults import stripe as cards
from tests.faults.soundness import ending
from tests.faults.tenant import Tenant
from tests.makers import FakeClock, a_clerk
from tests.portal import DARAJA, RENT, VODACOM, RunningPortal, playing

SALMA = a_clerk()
PATIENCE, SLOW = 0.4, 1.2
NOTHING_TAKEN = "No money was taken for this payment."


@dataclass(frozen=True)
class Case:
    """A provider, and what brings its tokens and credentials into trouble.

    `wrong` is a setting; `tokens` gives what hands them out at the other side, where a `stranger` is not us.
    """

    name: str
    method: PaymentMethod
    operator: Operator
    wrong: str
    tokens: Callable[[RunningPortal], Any]
    stranger: Any
    no_token_lives: dict[str, Any]
    network: str = "M-Pesa"
    mpesa: str = DARAJA


DARAJAS = Case(
    "mpesa_daraja",
    PaymentMethod.MPESA,
    MPESA,
    "MPESA_DARAJA_CONSUMER_SECRET",
    lambda portal: portal.sandbox.daraja.tokens,
    DarajaAccount(consumer_secret="another"),
    {"daraja": DarajaAccount(token_lifetime=0)},
)
VODACOMS = Case(
    "mpesa_vodacom",
    PaymentMethod.MPESA,
    MPESA,
    "MPESA_VODACOM_API_KEY",
    lambda portal: portal.sandbox.vodacom.sessions,
    VodacomAccount(api_key="another", session_delay=0),
    {"vodacom": VodacomAccount(session_delay=100_000)},
    mpesa=VODACOM,
)
MIXXES = Case(
    "tigo_pesa",
    PaymentMethod.TIGO_PESA,
    MIXX,
    "TIGO_PESA_PASSWORD",
    lambda portal: portal.sandbox.mixx.tokens,
    MixxAccount(password="another"),
    {"mixx": MixxAccount(token_lifetime=0)},
    network="Mixx by Yas",
)
AIRTELS = Case(
    "airtel_money",
    PaymentMethod.AIRTEL_MONEY,
    AIRTEL,
    "AIRTEL_MONEY_CLIENT_SECRET",
    lambda portal: portal.sandbox.airtel.tokens,
    AirtelAccount(client_secret="another"),
    {"airtel": AirtelAccount(token_lifetime=0)},
    network="Airtel Money",
)
AZAMPAYS = Case(
    "azampay",
    PaymentMethod.HALOPESA,
    HALOPESA,
    "AZAMPAY_CLIENT_SECRET",
    lambda portal: portal.sandbox.azampay.tokens,
    AzamPayAccount(client_secret="another"),
    {"azampay": AzamPayAccount(token_lifetime=0)},
    network="HaloPesa",
)
CASES = [DARAJAS, VODACOMS, MIXXES, AIRTELS, AZAMPAYS]
at_each_provider = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.full] if case is AZAMPAYS else []) for case in CASES],
    ids=lambda case: case.name,
)
by_each_answer = pytest.mark.parametrize(
    "answer, trouble",
    [
        ("html", Trouble.UNREADABLE),
        ("redirected", Trouble.REDIRECTED),
        ("unavailable", Trouble.DOWN),
        ("late", Trouble.TOO_SLOW),
    ],
)


def play(database_url: str, clock: FakeClock, case: Case, **more: Any) -> Any:
    return playing(database_url, clock, patience=PATIENCE, slow_answer=SLOW, mpesa=case.mpesa, **more)


def forget(tokens: Any) -> None:
    """As if they had all ended, or another program had asked for new ones."""
    fresh = type(tokens)(tokens.account, tokens.clock, tokens.token_source)
    vars(tokens).update(vars(fresh))


async def pay(portal: RunningPortal, case: Case, fate: str = "approves", **details: Any) -> str:
    return await portal.pay(number_of(fate, case.operator), method=case.method, **details)


async def watched(portal: RunningPortal, name: str) -> Watched:
    found = await portal.portal.providers.providers(SALMA)
    return next(one for one in found if one.name == name)


async def opened(portal: RunningPortal, name: str) -> dict[Trouble, Alert]:
    return {alert.trouble: alert for alert in (await watched(portal, name)).alerts}


async def read_by_payer(portal: RunningPortal, reference: str) -> str:
    """The card of the payment's page, as it comes over HTTP."""
    tenant = Tenant(portal.client)
    await tenant.sign_in()
    page = await portal.client.get(f"/pay/{reference}", headers={"accept-language": "en"})
    assert page.status_code == 200
    (card,) = html.fromstring(page.text).xpath("//*[@id='status']")
    words = " ".join(card.text_content().split())
    assert "Traceback" not in page.text
    return words


@pytest.mark.covers("D67", "O4")
@at_each_provider
@by_each_answer
async def test_a_provider_that_gives_no_token_is_called_busy_and_its_trouble_by_name(
    database_url: str, clock: FakeClock, case: Case, answer: str, trouble: Trouble
) -> None:
    """Nothing was sent, which is certain: so it failed, and nothing was taken."""
    async with play(database_url, clock, case) as portal:
        await portal.sandbox.switch(gateway=answer)
        reference = await pay(portal, case)
        await portal.pass_time(seconds=30)
        failed = await portal.payment(reference)
        assert (failed.state, failed.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
        assert await portal.sandbox.pushes() == 0
        card = await read_by_payer(portal, reference)
        assert f"{case.network} is busy. Try in a minute. {NOTHING_TAKEN}" in card
        alert = (await opened(portal, case.name))[trouble]
        assert (alert.operation, alert.count) == ("start", 4)
        assert (await watched(portal, case.name)).felt
        await portal.sandbox.switch(gateway="")
        await portal.pass_time(minutes=1)
        again = await pay(portal, case)
        await portal.hear()
        assert trouble not in await opened(portal, case.name)
        assert (await watched(portal, case.name)).calls.worked_at == clock.now
        await portal.pass_time(minutes=4)
        assert (await ending(portal, again)).state is State.COMPLETED


@pytest.mark.covers("D07", "B10", "O4")
@at_each_provider
@by_each_answer
async def test_a_request_that_is_answered_so_is_uncertain_and_never_failed(
    database_url: str, clock: FakeClock, case: Case, answer: str, trouble: Trouble
) -> None:
    fate = f"answer-{answer}" if answer in ("html", "late") else answer
    async with play(database_url, clock, case) as portal:
        reference = await pay(portal, case, fate)
        unsure = await portal.payment(reference)
        assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.AMBIGUOUS)
        card = await read_by_payer(portal, reference)
        assert "We do not have the answer yet" in card
        assert "Do not pay again." in card
        assert NOTHING_TAKEN not in card
        alert = (await opened(portal, case.name))[trouble]
        assert (alert.operation, alert.count) == ("start", 1)
        assert await portal.sandbox.pushes() == 1
        assert (await ending(portal, reference)).state in (State.UNCERTAIN, State.COMPLETED)


@pytest.mark.covers("D07", "B10", "O4")
@pytest.mark.parametrize("case", [DARAJAS, VODACOMS, AIRTELS], ids=lambda case: case.name)
@by_each_answer
async def test_a_question_that_is_answered_so_ends_nothing(
    database_url: str, clock: FakeClock, case: Case, answer: str, trouble: Trouble
) -> None:
    async with play(database_url, clock, case) as portal:
        reference = await pay(portal, case, "callback-never")
        await portal.hear()
        await portal.sandbox.switch(gateway=answer)
        await portal.pass_time(minutes=4)
        assert (await portal.payment(reference)).state is State.AWAITING_PAYER
        alert = (await opened(portal, case.name))[trouble]
        assert alert.operation == "check"
        await portal.sandbox.switch(gateway="")
        await portal.pass_time(minutes=6)
        assert (await portal.payment(reference)).state is State.COMPLETED
        assert trouble not in await opened(portal, case.name)
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D66", "O4")
@at_each_provider
async def test_wrong_credentials_ask_no_payer_and_say_that_we_cannot_be_paid_so(
    database_url: str, clock: FakeClock, case: Case
) -> None:
    async with play(database_url, clock, case, told={case.wrong: "999999"}) as portal:
        reference = await pay(portal, case)
        refused = await portal.payment(reference)
        assert (refused.state, refused.reason) == (State.FAILED, Reason.PAYEE_PROBLEM)
        assert await portal.sandbox.pushes() == 0
        card = await read_by_payer(portal, reference)
        assert f"We cannot receive by {case.network} now. {NOTHING_TAKEN}" in card
        alert = (await opened(portal, case.name))[Trouble.CREDENTIALS_REFUSED]
        assert (alert.operation, alert.count, alert.code) == ("start", 1, refused.code)
        assert (await watched(portal, case.name)).felt


@pytest.mark.covers("D66", "B10")
@pytest.mark.parametrize("case", [DARAJAS, VODACOMS, AIRTELS], ids=lambda case: case.name)
async def test_credentials_that_are_taken_away_while_a_prompt_is_open_end_no_payment(
    database_url: str, clock: FakeClock, case: Case
) -> None:
    async with play(database_url, clock, case) as portal:
        reference = await pay(portal, case, "callback-never")
        await portal.hear()
        tokens = case.tokens(portal)
        ours, tokens.account = tokens.account, case.stranger
        forget(tokens)
        await portal.pass_time(minutes=4)
        assert (await portal.payment(reference)).state is State.AWAITING_PAYER
        alert = (await opened(portal, case.name))[Trouble.CREDENTIALS_REFUSED]
        assert alert.operation == "check"
        tokens.account = ours
        await portal.pass_time(minutes=6)
        assert (await portal.payment(reference)).state is State.COMPLETED
        assert await opened(portal, case.name) == {}
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D66")
@at_each_provider
async def test_a_token_that_ended_is_renewed_and_nobody_notices(
    database_url: str, clock: FakeClock, case: Case
) -> None:
    async with play(database_url, clock, case) as portal:
        await pay(portal, case, "no-balance")
        await portal.hear()
        await portal.pass_time(minutes=4)
        forget(case.tokens(portal))
        reference = await pay(portal, case, bill=RENT)
        await portal.hear()
        await portal.pass_time(minutes=4)
        assert (await portal.payment(reference)).state is State.COMPLETED
        assert await opened(portal, case.name) == {}
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D66", "O4")
@at_each_provider
async def test_tokens_that_are_never_taken_send_nothing_and_are_told_to_the_office(
    database_url: str, clock: FakeClock, case: Case
) -> None:
    async with play(database_url, clock, case, **case.no_token_lives) as portal:
        reference = await pay(portal, case)
        await portal.pass_time(minutes=4)
        failed = await portal.payment(reference)
        assert (failed.state, failed.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
        assert portal.sandbox.world.network.prompts == {}
        assert NOTHING_TAKEN in await read_by_payer(portal, reference)
        assert list(await opened(portal, case.name)) == [Trouble.TOKEN_REFUSED]


@pytest.mark.covers("D67", "O7")
@at_each_provider
async def test_after_five_broken_calls_it_is_left_alone_and_the_office_is_told_so(
    database_url: str, clock: FakeClock, case: Case
) -> None:
    async with play(database_url, clock, case) as portal:
        await portal.sandbox.line.down()
        await pay(portal, case)
        await portal.pass_time(seconds=30)
        again = await pay(portal, case, bill=RENT)
        await portal.pass_time(seconds=20)
        await portal.sandbox.line.up()
        troubles = await opened(portal, case.name)
        assert set(troubles) == {Trouble.UNREACHABLE, Trouble.BREAKER_OPEN}
        assert (await portal.payment(again)).state in (State.SUBMITTING, State.FAILED)
        assert await portal.sandbox.pushes() == 0


@pytest.mark.covers("D07", "B10", "O4")
@by_each_answer
async def test_a_card_page_that_nobody_could_open_is_uncertain_and_told(
    database_url: str, clock: FakeClock, answer: str, trouble: Trouble
) -> None:
    """Stripe takes one request once, however often it is sent, so it is sent again until its answer comes."""
    async with playing(database_url, clock, patience=PATIENCE, slow_answer=SLOW) as portal:
        await portal.sandbox.switch(gateway=answer)
        reference = await cards.pay(portal)
        await portal.pass_time(seconds=25)
        unsure = await portal.payment(reference)
        assert unsure.state in (State.SUBMITTING, State.UNCERTAIN)
        assert NOTHING_TAKEN not in await read_by_payer(portal, reference)
        alert = (await opened(portal, "stripe"))[trouble]
        assert alert.operation == "start"
        assert (await watched(portal, "stripe")).felt
        assert await portal.sandbox.book() == []


@pytest.mark.covers("D46", "O4")
async def test_a_key_that_stripe_does_not_know_is_told_to_the_office_and_to_payers(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, told={"STRIPE_SECRET_KEY": "sk_test_of0somebody0else"}) as portal:
        reference = await cards.pay(portal)
        assert (await portal.payment(reference)).state is State.FAILED
        assert f"We cannot receive by card now. {NOTHING_TAKEN}" in await read_by_payer(portal, reference)
        assert list(await opened(portal, "stripe")) == [Trouble.CREDENTIALS_REFUSED]
        assert (await watched(portal, "stripe")).felt
