"""What is paid in a wallet's own menu: taken or turned away while the payer waits, and once, however often it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.bill import BillStatus, PartPolicy
from portal.domain.errors import NotFound
from portal.domain.ids import shown
from portal.domain.menu import Refusal
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, shillings
from portal.domain.outcome import Outcome, Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.trouble import Trouble
from portal.providers.provider import Heard
from portal.providers.tigo_pesa_menu import LONGEST_TEXT
from portal.services.menu_payments import MenuPayments, answer_text
from portal.services.payments import Payments
from portal.services.settlement import Settlement
from portal.store import alerts, contacts, messages, switches
from portal.store.allocations import payment_bills
from portal.store.menu_calls import menu_calls
from portal.store.switches import Switch
from portal.store.tables import inbox, lease_notices, transactions
from portal.store.types import Tx
from portal.store.writer import Store
from portal.templating.environment import portal_environment
from portal.templating.gsm7 import septets
from portal.templating.language import Language
from tests.makers import (
    BILL,
    LEASE,
    MISSION,
    NOW,
    FakeClock,
    a_lease,
    a_person,
    a_phone,
    a_reference,
    dollars,
    some_fees,
)
from tests.services.desk import CLOSED, PAID, RENT, STRANGE_PHONE, TOTAL, Desk, a_desk
from tests.services.menu import COMPANY, KEY, FakeMixx, a_call, ask, code, fields_of

TAKEN = ("TS", "error000")


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, others=[FakeMixx()]) as desk:
        yield desk


@pytest.fixture
async def each_desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, others=[FakeMixx()]) as desk:
        yield desk


async def all_payments(desk: Desk) -> list[Payment]:
    """By what was given out for them, the oldest first."""
    ids = await desk.read(lambda tx: tx.execute(select(payment_bills.c.payment).distinct()).scalars().all())
    return sorted([await desk.payment(one) for one in ids], key=lambda payment: payment.created_at)


@pytest.mark.covers("A11")
async def test_what_is_due_is_paid_by_the_answer_itself(each_desk: Desk) -> None:
    desk = each_desk
    told = await ask(desk, body := a_call())
    assert (told["RESULT"], told["ERRORCODE"]) == TAKEN
    payment = await desk.payment(told["REFID"])
    assert (payment.state, payment.amount, payment.total) == (
        State.COMPLETED,
        shillings(450_000),
        shillings(450_000),
    )
    assert payment.by_menu
    assert payment.receipt_code == payment.request_id == fields_of(body)["TXNID"]
    assert (await desk.bill()).status is BillStatus.PAID
    assert told["CONTENT"] == "NEST: Umelipa TSh 450,000 ya nyumba A3. Risiti 26-000001."
    assert (told["MSISDN"], told["FLAG"], told["TYPE"]) == ("0713999888", "Y", "SYNC_BILLPAY_RESPONSE")


@pytest.mark.covers("A11")
async def test_it_has_charge_ledger_receipt_and_messages_as_any_other(desk: Desk) -> None:
    told = await ask(desk, body := a_call())
    await desk.work()
    assert await desk.balances() == {"cash:tigo_pesa": 450_000, f"deposit:{LEASE}": -450_000}
    (charge,) = await desk.read(lambda tx: tx.execute(select(transactions)).mappings().all())
    assert (charge["type"], charge["amount"], charge["provider_transaction_id"]) == (
        "CHARGE",
        450_000,
        fields_of(body)["TXNID"],
    )
    assert await desk.names(told["REFID"]) == [
        "PaymentInitiated",
        "ProviderEventReceived",
        "PaymentCompleted",
        "ReceiptAllocated",
        "ReceiptRendered",
    ]
    vault, tenant = desk.portal.tools.vault, a_person().id
    (message,) = await desk.read(lambda tx: messages.of_person(tx, vault, tenant, most=5))
    assert message.kind == "paid"
    assert await desk.count(lease_notices) == [1]
    (facts, _), *_ = desk.renderer.printed
    assert (facts.by_menu, facts.phone) == (True, STRANGE_PHONE.masked)


@pytest.mark.covers("A11", "D26")
async def test_the_same_call_gets_the_same_answer_and_pays_once(each_desk: Desk) -> None:
    desk, body = each_desk, a_call(AMOUNT="200000")
    address = ("tigo", KEY)
    answers = await asyncio.gather(*(desk.portal.menu_payments.answer(*address, body) for _ in range(5)))
    desk.clock.advance(hours=30)
    spaced = body.replace("</TXNID>", "</TXNID>\n  ")
    answers.append(await desk.portal.menu_payments.answer(*address, spaced))
    assert len(set(answers)) == 1
    assert len(await all_payments(desk)) == 1
    assert (await desk.bill()).paid == shillings(200_000)


@pytest.mark.covers("A11")
async def test_a_refusal_stands_for_its_call_and_not_for_the_next(desk: Desk) -> None:
    body = a_call(AMOUNT="900000")
    refused = await ask(desk, body)
    await desk.add_bill()
    assert await ask(desk, body) == refused
    assert await code(desk, AMOUNT="900000") == "error000"


@pytest.mark.covers("A11")
async def test_another_question_under_the_same_id_is_not_paid_and_is_told_to_the_office(desk: Desk) -> None:
    first = await ask(desk, a_call(TXNID="BP260303.1200.B99999", AMOUNT="100000"))
    other = await ask(desk, a_call(TXNID="BP260303.1200.B99999", AMOUNT="200000"))
    assert (other["RESULT"], other["ERRORCODE"]) == ("TF", "error100")
    assert other["REFID"] != first["REFID"]
    assert (await desk.bill()).paid == shillings(100_000)
    (alert,) = await desk.read(alerts.open_alerts)
    assert (alert.provider, alert.trouble, alert.code) == (
        "tigo_pesa",
        Trouble.ID_REUSED,
        "BP260303.1200.B99999",
    )
    kept = await desk.read(lambda tx: tx.execute(select(inbox.c.verdict, inbox.c.handled_at)).all())
    assert [row.verdict for row in kept] == ["menu: PAID", "menu: ID_REUSED"]
    assert all(row.handled_at for row in kept)
    # The first answer stands as it stood.
    assert await ask(desk, a_call(TXNID="BP260303.1200.B99999", AMOUNT="100000")) == first


async def test_an_id_that_a_prompt_was_paid_with_pays_nothing_else(
    sqlite_store: Store, clock: FakeClock
) -> None:
    mixx, part = FakeMixx(), shillings(100_000)
    async with a_desk(sqlite_store, clock, others=[mixx]) as desk:
        total = part + some_fees(part).total
        reference = await desk.start(method=PaymentMethod.TIGO_PESA, amount=part, total=total)
        told = Heard("request-1", Paid(total, "BP260303.1200.B77777"), "true", reference)
        await desk.portal.callbacks.receive("tigo", KEY, mixx.callback(told))
        await desk.work()
        assert (await desk.payment(reference)).state is State.COMPLETED
        assert await code(desk, TXNID="BP260303.1200.B77777") == "error100"


class Overtaken(Settlement):
    """The first time, money of a prompt is written under the code of a call just before that call is settled."""

    def __init__(self, desk: Desk, prompt: Payment) -> None:
        super().__init__(desk.portal.tools, desk.portal.registry)
        self._prompt, self.states = prompt, list[State]()

    def settle(self, tx: Tx, reference: str, outcome: Outcome, source: Source) -> Payment:
        if not self.states:
            assert isinstance(outcome, Paid)
            came = replace(outcome, amount=self._prompt.total)
            super().settle(tx, self._prompt.reference, came, source)
        payment = super().settle(tx, reference, outcome, source)
        self.states.append(payment.state)
        return payment


async def test_a_call_whose_id_is_taken_while_it_is_decided_is_decided_anew_and_not_called_paid(
    desk: Desk,
) -> None:
    await desk.add_bill()
    prompt = await desk.payment(await desk.start(method=PaymentMethod.TIGO_PESA, bill=RENT))
    payments = Payments(desk.portal.tools, desk.portal.registry)
    payments.settlement = overtaken = Overtaken(desk, prompt)
    menu = MenuPayments(desk.portal.tools, desk.portal.registry, payments, portal_environment())
    told = fields_of(await menu.answer("tigo", KEY, a_call()))
    assert overtaken.states == [State.UNCERTAIN, State.COMPLETED]
    assert (told["RESULT"], (await desk.payment(told["REFID"])).state) == ("TS", State.COMPLETED)


@pytest.mark.parametrize(
    "typed",
    [
        shown(LEASE),
        LEASE.lower(),
        f" {LEASE[:5]} {LEASE[5:]} ",
        shown(LEASE).lower(),
        LEASE.replace("0", "O"),
    ],
)
@pytest.mark.covers("A11")
async def test_the_reference_may_be_typed_in_any_case_with_spaces_or_dashes(desk: Desk, typed: str) -> None:
    assert await code(desk, CUSTOMERREFERENCEID=typed) == "error000"


@pytest.mark.covers("A11")
@pytest.mark.parametrize("typed", [LEASE[:-1] + "Z", a_reference(700), BILL, "", "T1234ABC", "é" * 12])
async def test_a_reference_that_is_no_leases_is_turned_away(desk: Desk, typed: str) -> None:
    told = await ask(desk, CUSTOMERREFERENCEID=typed)
    assert (told["RESULT"], told["ERRORCODE"]) == ("TF", "error010")
    assert not await all_payments(desk)


@pytest.mark.covers("A11")
async def test_a_lease_that_owes_nothing_takes_nothing(desk: Desk) -> None:
    assert await code(desk) == "error000"
    told = await ask(desk)
    assert (told["ERRORCODE"], "A3" in told["CONTENT"]) == ("error011", True)


@pytest.mark.covers("A11")
async def test_more_than_is_due_is_turned_away_with_what_is_due(desk: Desk) -> None:
    told = await ask(desk, AMOUNT="450001")
    assert (told["ERRORCODE"], "TSh 450,000" in told["CONTENT"]) == ("error014", True)


@pytest.mark.parametrize(
    "amount, wanted",
    [
        ("0", "error015"),
        ("999", "error015"),
        ("1000.50", "error012"),
        ("-5", "error012"),
        ("", "error012"),
        ("449500", "error012"),
    ],
)
async def test_an_amount_that_cannot_be_taken_is_turned_away(desk: Desk, amount: str, wanted: str) -> None:
    assert await code(desk, AMOUNT=amount) == wanted


@pytest.mark.covers("A11", "A20")
async def test_the_oldest_bills_are_paid_first_and_the_last_in_part(desk: Desk) -> None:
    await desk.add_bill(due_on=date(2026, 3, 1))
    told = await ask(desk, AMOUNT="500000")
    payment = await desk.payment(told["REFID"])
    assert [(each.bill, each.amount) for each in payment.allocations] == [
        (RENT, shillings(450_000)),
        (BILL, shillings(50_000)),
    ]
    assert (await desk.bill(RENT)).status is BillStatus.PAID
    assert (await desk.bill()).paid == shillings(50_000)


@pytest.mark.covers("A11")
async def test_a_landlord_who_takes_no_parts_is_paid_by_whole_bills(
    sqlite_store: Store, clock: FakeClock
) -> None:
    lease = a_lease(part_policy=PartPolicy.FULL_ONLY)
    async with a_desk(sqlite_store, clock, lease=lease, others=[FakeMixx()]) as desk:
        await desk.add_bill(due_on=date(2026, 4, 1))
        told = await ask(desk, AMOUNT="500000")
        assert told["ERRORCODE"] == "error012"
        assert "450,000" in told["CONTENT"]
        assert "900,000" in told["CONTENT"]
        assert await code(desk, AMOUNT="100000") == "error015"
        assert await code(desk, AMOUNT="900000") == "error000"


@pytest.mark.covers("A11")
async def test_while_another_payment_is_on_its_way_nothing_is_taken(desk: Desk) -> None:
    await desk.start()
    told = await ask(desk)
    assert (told["RESULT"], told["ERRORCODE"]) == ("TF", "error011")
    assert "usilipe tena" in told["CONTENT"].lower()


async def test_while_the_office_has_it_switched_off_nothing_is_taken(desk: Desk) -> None:
    off = Switch(provider="tigo_pesa", person=a_person().id, at=NOW, notes={"en": "Works.", "sw": "Kazi."})
    await desk.store.write(lambda tx: switches.turn(tx, off))
    assert await code(desk) == "error001"


async def test_a_lease_in_dollars_is_not_paid_in_shillings(sqlite_store: Store, clock: FakeClock) -> None:
    lease = a_lease(currency=Currency.USD, exemption=MISSION)
    async with a_desk(sqlite_store, clock, lease=lease, others=[FakeMixx()]) as desk:
        await desk.add_bill(amount=dollars(200_00), paid=dollars(0))
        told = await ask(desk, AMOUNT="200")
        assert (told["RESULT"], told["ERRORCODE"], told["ERRORDESC"]) == ("TF", "error011", "NOT_HERE")
        assert (await desk.bill(RENT)).paid == dollars(0)
        assert not (await desk.portal.menu_payments.guide(a_person())).places


async def test_a_question_about_another_bill_is_no_reason_to_take_nothing_for_this_one(desk: Desk) -> None:
    await desk.add_bill()
    await desk.start_and_settle(Paid(shillings(1_000)), amounts={RENT: shillings(450_000)})
    assert await code(desk, AMOUNT="900000") == "error011"
    assert (await ask(desk))["RESULT"] == "TS"
    assert not (await desk.bill()).rest


async def test_what_the_page_says_is_still_to_pay_can_be_paid_by_one_call(desk: Desk) -> None:
    for number in range(13):
        amount = shillings(10_000)
        await desk.add_bill(
            reference=a_reference(600 + number), amount=amount, period=date(2027, 1 + number % 12, 1)
        )
    (place,) = (await desk.portal.menu_payments.guide(a_person())).places
    assert place.owed == shillings(450_000 + 11 * 10_000)
    assert (await ask(desk, AMOUNT=str(place.owed.minor)))["RESULT"] == "TS"


@pytest.mark.parametrize("changes", [{"COMPANYNAME": "999999"}, {"MSISDN": "0222111222"}], ids=str)
async def test_a_call_for_another_company_or_from_no_mobile_is_turned_away(
    desk: Desk, changes: dict[str, str]
) -> None:
    told = await ask(desk, **changes)
    assert (told["ERRORCODE"], told["MSISDN"]) == ("error016", changes.get("MSISDN", "0713999888"))
    assert not await all_payments(desk)


async def test_what_nobody_can_read_is_kept_and_told_to_the_office(desk: Desk) -> None:
    told = await ask(desk, "<COMMAND>")
    assert (told["RESULT"], told["ERRORCODE"], told["TXNID"]) == ("TF", "error016", "")
    assert await ask(desk, "<COMMAND>")
    (alert,) = await desk.read(alerts.open_alerts)
    assert (alert.trouble, alert.count) == (Trouble.CALLBACK_UNREADABLE, 2)
    assert await desk.count(inbox, menu_calls) == [1, 0]
    assert "callback" not in await desk.job_kinds()


@pytest.mark.parametrize("webhook, key", [("tigo", "another key"), ("mpesa", KEY), ("tigo", "")])
async def test_an_address_that_is_not_of_our_making_is_nowhere(desk: Desk, webhook: str, key: str) -> None:
    with pytest.raises(NotFound):
        await desk.portal.menu_payments.answer(webhook, key, a_call())
    assert await desk.count(inbox) == [0]


async def test_without_a_number_in_the_menu_there_is_no_address_and_no_page(
    sqlite_store: Store, clock: FakeClock
) -> None:
    mixx = FakeMixx()
    mixx.menu = None
    async with a_desk(sqlite_store, clock, others=[mixx]) as desk:
        assert not desk.portal.menu_payments.offered
        with pytest.raises(NotFound):
            await desk.portal.menu_payments.answer("tigo", KEY, a_call())
        with pytest.raises(NotFound):
            await desk.portal.menu_payments.guide(a_person())


@pytest.mark.covers("A11")
async def test_the_page_tells_the_number_the_reference_and_what_is_owed(desk: Desk) -> None:
    await desk.add_bill()
    await desk.add_neighbour()
    assert desk.portal.menu_payments.offered
    guide = await desk.portal.menu_payments.guide(a_person())
    assert (guide.company, [(place.lease.reference, place.owed) for place in guide.places]) == (
        COMPANY,
        [(LEASE, shillings(900_000))],
    )


@pytest.mark.covers("L6")
async def test_a_number_that_paid_in_the_menu_is_not_proved_to_be_the_tenants(desk: Desk) -> None:
    reference = (await ask(desk, AMOUNT="100000"))["REFID"]
    vault, tenant = desk.portal.tools.vault, a_person().id
    contact = await desk.read(lambda tx: contacts.load(tx, vault, reference))
    assert (contact.phone, contact.own) == (STRANGE_PHONE, False)
    assert not await desk.read(lambda tx: contacts.proved(tx, vault, STRANGE_PHONE, tenant))
    own = (await ask(desk, AMOUNT="100000", MSISDN=a_phone().digits))["REFID"]
    assert (await desk.read(lambda tx: contacts.load(tx, vault, own))).own


async def test_the_answer_is_in_the_tenants_language(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    assert neighbour.language == "en"
    told = await ask(desk, CUSTOMERREFERENCEID=a_reference(22))
    assert told["CONTENT"] == "NEST: Paid TSh 450,000 for unit B1. Receipt 26-000001."


async def test_what_a_late_prompt_brings_beyond_the_bill_waits_in_suspense(desk: Desk) -> None:
    """The bill was paid in the menu after the prompt had been called off; then the prompt is paid all the same."""
    reference = await desk.start_and_settle(CLOSED)
    assert await code(desk) == "error000"
    await desk.hear(reference, PAID)
    desk.provider.will_say(PAID)
    await desk.ask(reference)
    late = await desk.payment(reference)
    assert (late.state, late.excess, late.received) == (State.COMPLETED, shillings(450_000), TOTAL)
    assert (await desk.balances())["suspense"] == -450_000


@pytest.mark.parametrize("refusal", [None, *Refusal])
@pytest.mark.parametrize("language", Language)
def test_every_answer_fits_the_screen_of_a_menu(language: Language, refusal: Refusal | None) -> None:
    largest = shillings(99_999_999)
    facts = {"amounts": [largest, largest], "total": largest, "unit": "Block C, 12", "number": "26-000001"}
    text = answer_text(portal_environment(), language, {"refusal": refusal, **facts})
    assert text.startswith("NEST: ")
    assert septets(text) == len(text) <= LONGEST_TEXT
