"""Money that came by bank: it pays the payment whose reference it brings, and all else waits and is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bank_line import Held
from portal.domain.errors import Refused
from portal.domain.ids import shown
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment_state import State
from portal.domain.zone import EAST_AFRICA
from portal.services.booking import Objection
from portal.services.matching import TOLD_TO_PAYER
from portal.store.bank_lines import allocated
from portal.store.bank_tables import bank_allocations
from portal.store.messages import of_person
from portal.store.types import Tx
from portal.store.writer import Store
from portal.templating.gsm7 import in_alphabet, septets
from tests.chance import tries
from tests.makers import BILL, NOW, FakeClock, a_person, a_reference
from tests.services.bank import CRDB, MONDAY, NMB, TOTAL, BankDesk, a_bank_desk, credit, taken_back, total_of
from tests.services.desk import NEIGHBOUR_BILL, RENT, Desk

BOTH = {BILL: shillings(450_000), RENT: shillings(450_000)}
BOTH_TOTAL = total_of(shillings(900_000))


@pytest.fixture
async def bank(store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_bank_desk(store, clock) as desk:
        yield desk
        await desk.is_balanced()


@pytest.fixture
async def quick(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    """On one database only."""
    async with a_bank_desk(sqlite_store, clock) as desk:
        yield desk
        await desk.is_balanced()


async def state(bank: BankDesk, reference: str) -> State:
    return (await bank.desk.payment(reference)).state


async def texts(bank: BankDesk) -> list[str]:
    """What Asha was told, the newest first."""
    vault = bank.desk.portal.tools.vault
    told = await bank.desk.read(lambda tx: of_person(tx, vault, a_person().id, most=20))
    return [message.body.replace("\u00a0", " ") for message in told]


@pytest.mark.covers("A10", "I2")
async def test_a_transfer_with_the_reference_pays_and_is_receipted(bank: BankDesk) -> None:
    reference = await bank.expect()
    line = credit(TOTAL, f"TIPS kodi {shown(reference).lower()} asante", bank_reference="FT26062ABCDE")
    after = await bank.comes(line)
    assert (after.booked, after.known, after.debits, after.bad) == (1, 0, 0, 0)
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.received, payment.receipt_code) == (State.COMPLETED, TOTAL, "FT26062ABCDE")
    assert payment.receipt_sha256
    assert not payment.late
    assert payment.provider_paid_at == datetime(2026, 3, 2, 12, tzinfo=EAST_AFRICA)
    (booked,) = await bank.lines()
    assert (booked.waiting, booked.held, booked.statement) == (shillings(0), None, after.id)
    assert (await bank.desk.bill()).rest == shillings(0)
    assert (await bank.desk.balances())["cash:bank:CRDB"] == TOTAL.minor
    assert "Umelipa" in (await texts(bank))[0]


@pytest.mark.covers("D26")
async def test_the_same_line_counts_once_on_however_many_statements_it_stands(bank: BankDesk) -> None:
    reference = await bank.expect()
    line = credit(TOTAL, reference)
    await bank.comes(line, line)
    after = await bank.comes(replace(line, text=f"{reference} as another format has it"))
    assert (after.booked, after.known) == (0, 1)
    assert len(await bank.lines()) == 1
    assert await state(bank, reference) is State.COMPLETED


async def test_debits_are_no_business_of_ours(quick: BankDesk) -> None:
    after = await quick.comes(credit(2_360, "LEDGER FEE", is_credit=False))
    assert (after.booked, after.debits, after.read) == (0, 1, 1)
    assert await quick.lines() == []


@pytest.mark.covers("I3")
async def test_too_little_waits_and_the_payer_hears_what_is_missing(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(300_000, reference))
    assert await bank.waiting() == [(300_000, "TOO_LITTLE", reference)]
    assert await state(bank, reference) is State.AWAITING_BANK
    (text,) = await texts(bank)
    for words in ("TSh 300,000", "TSh 452,500", "TSh 152,500", shown(reference)):
        assert words in text


@pytest.mark.covers("A20", "A10")
async def test_one_transfer_pays_several_bills_of_a_payment(bank: BankDesk) -> None:
    await bank.desk.add_bill()
    reference = await bank.expect(amounts=BOTH)
    await bank.comes(credit(BOTH_TOTAL, reference))
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.received, payment.excess) == (State.COMPLETED, BOTH_TOTAL, None)
    assert [(await bank.desk.bill(bill)).rest for bill in BOTH] == [shillings(0)] * 2
    assert "amana na kodi Machi 2026" in (await texts(bank))[0]


@pytest.mark.covers("A20", "B11")
async def test_of_a_transfer_for_several_bills_what_one_does_not_need_any_more_waits(bank: BankDesk) -> None:
    await bank.desk.add_bill()
    reference = await bank.expect(amounts=BOTH)
    await bank.desk.portal.payments.cancel(a_person(), reference)
    await bank.comes(credit(TOTAL, await bank.expect()))
    await bank.comes(credit(BOTH_TOTAL, reference))
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.late, payment.received) == (State.COMPLETED, True, BOTH_TOTAL)
    assert [each.excess for each in payment.allocations] == [shillings(450_000), None]
    assert [(await bank.desk.bill(bill)).rest for bill in BOTH] == [shillings(0)] * 2


async def test_several_transfers_complete_one_payment_when_its_total_has_come(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(300_000, reference, bank_reference="FT1"))
    await bank.comes(credit(100_000, reference, bank_reference="FT2", booked_on=MONDAY + timedelta(days=1)))
    assert await state(bank, reference) is State.AWAITING_BANK
    await bank.comes(credit(52_500, reference, bank_reference="FT3"))
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.received, payment.receipt_code) == (State.COMPLETED, TOTAL, "FT3")
    assert payment.provider_paid_at
    assert payment.provider_paid_at.day == 3
    assert await bank.waiting() == []


async def test_what_is_too_much_waits_and_is_told(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(500_000, reference))
    assert await state(bank, reference) is State.COMPLETED
    assert (await bank.desk.payment(reference)).received == TOTAL
    assert await bank.waiting() == [(47_500, "TOO_MUCH", reference)]
    assert any("47,500" in text and "wasiliana" in text for text in await texts(bank))


async def test_a_second_transfer_for_a_paid_payment_waits_and_is_told(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(TOTAL, reference, bank_reference="FT1"))
    await bank.comes(credit(TOTAL, reference, bank_reference="FT2"))
    assert await bank.waiting() == [(TOTAL.minor, "DUPLICATE", reference)]
    assert (await bank.desk.balances())[f"deposit:{(await bank.desk.bill()).lease}"] == -450_000


@pytest.mark.covers("I4")
async def test_one_transfer_pays_two_bills_whose_totals_it_is(bank: BankDesk) -> None:
    await bank.desk.add_bill(amount=shillings(200_000))
    one, two = await bank.expect(), await bank.expect(bill=RENT, amount=shillings(200_000))
    both = TOTAL + total_of(shillings(200_000))
    await bank.comes(credit(both, f"{one} na {two}", bank_reference="FT1"))
    codes = [(await bank.desk.payment(reference)).receipt_code for reference in (one, two)]
    assert codes == ["FT1", "FT1.2"]
    assert [await state(bank, reference) for reference in (one, two)] == [State.COMPLETED] * 2


async def test_a_transfer_for_two_bills_that_is_not_their_sum_waits_whole(bank: BankDesk) -> None:
    await bank.desk.add_bill(amount=shillings(200_000))
    one, two = await bank.expect(), await bank.expect(bill=RENT, amount=shillings(200_000))
    await bank.comes(credit(TOTAL, f"{one} {two}"))
    assert await bank.waiting() == [(TOTAL.minor, "UNCLEAR_SPLIT", one)]
    assert [await state(bank, reference) for reference in (one, two)] == [State.AWAITING_BANK] * 2
    assert "TSh 452,500" in (await texts(bank))[0]


@pytest.mark.covers("I3")
async def test_money_without_a_reference_of_ours_waits_and_nobody_is_bothered(bank: BankDesk) -> None:
    await bank.expect()
    await bank.comes(
        credit(TOTAL, "KODI YA MACHI ASHA MUSHI", payer="ASHA MUSHI"), credit(7, a_reference(99))
    )
    assert await bank.waiting() == [(TOTAL.minor, "NO_REFERENCE", None), (7, "UNKNOWN_REFERENCE", None)]
    assert await texts(bank) == []


@pytest.mark.parametrize(
    "text", ["TIPS FROM 255754123456 JOHN DOE", "255656565652", "MPESA2BANK 7K29 RENT MARCH"]
)
async def test_what_passes_for_a_reference_by_chance_alone_is_none(quick: BankDesk, text: str) -> None:
    await quick.comes(credit(8, text))
    assert await quick.waiting() == [(8, "NO_REFERENCE", None)]


async def test_dollars_for_a_bill_in_shillings_wait(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(Money(18_000, Currency.USD), reference))
    assert await bank.waiting() == [(18_000, "WRONG_CURRENCY", reference)]
    assert "US$" in (await texts(bank))[0]


async def test_a_transfer_for_a_payment_by_wallet_waits(bank: BankDesk) -> None:
    reference = await bank.desk.start()
    await bank.comes(credit(453_500, reference))
    assert await bank.waiting() == [(453_500, "OTHER_WAY", reference)]
    assert await state(bank, reference) is State.AWAITING_PAYER


@pytest.mark.covers("B11")
async def test_money_after_the_deadline_is_a_late_success(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.desk.pass_time(days=8)
    assert await state(bank, reference) is State.EXPIRED
    assert "bado" in (await texts(bank))[0].lower()
    await bank.comes(credit(TOTAL, reference))
    payment = await bank.desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)


async def test_who_sent_a_part_before_the_deadline_hears_that_it_is_still_theirs(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(300_000, reference))
    await bank.desk.pass_time(days=8)
    assert await state(bank, reference) is State.EXPIRED
    assert "TSh 300,000" in (await texts(bank))[0]
    await bank.comes(credit(152_500, reference))
    assert (await bank.desk.payment(reference)).late


async def test_what_has_come_of_a_transfer_so_far_stands_on_its_page(bank: BankDesk) -> None:
    reference = await bank.expect()
    views = bank.desk.portal.views
    assert (await views.payment(a_person(), reference)).came is None
    await bank.comes(credit(100_000, reference), credit(200_000, reference))
    assert (await views.payment(a_person(), reference)).came == shillings(300_000)


async def test_money_for_a_cancelled_payment_whose_bill_was_paid_since_is_the_payer_s(bank: BankDesk) -> None:
    first = await bank.expect()
    await bank.desk.portal.payments.cancel(a_person(), first)
    await bank.comes(credit(TOTAL, await bank.expect(), bank_reference="FT1"))
    await bank.comes(credit(TOTAL, first, bank_reference="FT2"))
    payment = await bank.desk.payment(first)
    assert (payment.state, payment.excess) == (State.COMPLETED, shillings(450_000))
    assert await bank.suspense() == -450_000
    await bank.desk.is_sound()


async def test_a_payment_in_question_is_not_paid_by_the_way(bank: BankDesk) -> None:
    reference = await bank.expect()
    wrong = Paid(shillings(1), None, NOW)
    await bank.desk.portal.payments.record_outcome(reference, wrong, Source.STATEMENT)
    await bank.comes(credit(TOTAL, reference))
    assert await bank.waiting() == [(TOTAL.minor, "IN_QUESTION", reference)]
    assert await state(bank, reference) is State.UNCERTAIN


async def test_money_that_the_office_had_found_before_is_the_same_money(bank: BankDesk) -> None:
    """Two people said that it came; the statement that comes later shows that it did."""
    await bank.hire()
    reference = await bank.expect()
    await bank.desk.pass_time(days=8)
    found = Paid(TOTAL, "FT26062ABCDE", NOW)
    await bank.desk.portal.payments.record_outcome(reference, found, Source.OFFICE)
    assert (await bank.desk.balances())["cash:bank_transfer"] == TOTAL.minor
    await bank.comes(credit(TOTAL, "KODI", bank_reference="FT26062ABCDE"))
    assert await bank.waiting() == []
    assert await bank.desk.read(lambda tx: allocated(tx, reference))


async def test_money_with_the_code_of_a_payment_and_another_amount_is_not_its_money(bank: BankDesk) -> None:
    reference = await bank.expect()
    await bank.comes(credit(TOTAL, reference, bank_reference="FT1"))
    await bank.comes(credit(1_000, "KODI", bank_reference="FT1", account=NMB.number))
    assert await bank.waiting() == [(1_000, "NO_REFERENCE", None)]


async def test_two_banks_may_give_the_same_id(bank: BankDesk) -> None:
    await bank.desk.add_bill(amount=shillings(450_000))
    one, two = await bank.expect(), await bank.expect(bill=RENT)
    await bank.comes(credit(TOTAL, one, bank_reference="000123"))
    await bank.comes(credit(TOTAL, two, bank_reference="000123", account=NMB.number))
    codes = [(await bank.desk.payment(reference)).receipt_code for reference in (one, two)]
    assert codes == ["000123", "000123.2"]


async def test_money_without_an_id_of_the_bank_s_gives_no_receipt_code(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(TOTAL, reference, bank_reference="~9f3a41"))
    payment = await quick.desk.payment(reference)
    assert (payment.state, payment.receipt_code) == (State.COMPLETED, None)


async def test_a_very_long_id_is_cut_to_a_receipt_code(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(TOTAL, reference, bank_reference="FT" + "0" * 60))
    assert (await quick.desk.payment(reference)).receipt_code == "FT" + "0" * 34


@pytest.mark.parametrize("at_once", [2, 1], ids=["one statement", "two statements"])
@pytest.mark.parametrize("order", [1, -1], ids=["credit first", "reversal first"])
async def test_money_that_was_taken_back_unused_leaves_nothing(
    bank: BankDesk, at_once: int, order: int
) -> None:
    reference = await bank.expect()
    line = credit(300_000, reference)
    both = [line, taken_back(line)][::order]
    for first in range(0, 2, at_once):
        await bank.comes(*both[first : first + at_once])
    assert await bank.waiting() == []
    assert await bank.suspense() == 0
    await bank.comes(credit(152_500, reference))
    assert await state(bank, reference) is State.AWAITING_BANK


@pytest.mark.parametrize("order", [1, -1], ids=["credit first", "reversal first"])
async def test_a_reversal_that_is_known_stops_its_credit(bank: BankDesk, order: int) -> None:
    """On one statement the reversal is known, wherever it stands; from an earlier one it is known too."""
    reference = await bank.expect()
    line = credit(TOTAL, reference)
    await bank.comes(*[line, taken_back(line)][::order])
    assert await state(bank, reference) is State.AWAITING_BANK
    line = credit(TOTAL, reference, bank_reference="FT9")
    await bank.comes(taken_back(line))
    await bank.comes(line)
    assert await state(bank, reference) is State.AWAITING_BANK
    assert await bank.waiting() == []


@pytest.mark.covers("I3")
async def test_money_that_was_taken_back_after_it_paid_waits_below_zero_for_a_person(bank: BankDesk) -> None:
    reference = await bank.expect()
    line = credit(TOTAL, reference)
    await bank.comes(line)
    await bank.comes(taken_back(line))
    assert await state(bank, reference) is State.COMPLETED
    assert await bank.waiting() == [(-TOTAL.minor, "REVERSED", None)]


async def test_a_debit_that_the_bank_gave_back_waits(bank: BankDesk) -> None:
    await bank.comes(taken_back(credit(2_360, "LEDGER FEE", is_credit=False)))
    assert await bank.waiting() == [(2_360, "REVERSED", None)]


@pytest.mark.parametrize(
    "changes, objection",
    [
        ({"account": "0150999999999"}, Objection.OTHER_ACCOUNT),
        ({"account": ""}, Objection.OTHER_ACCOUNT),
        ({"amount": shillings(10**15)}, Objection.BEYOND_BELIEF),
        ({"bank_reference": "F" * 141}, Objection.BEYOND_BELIEF),
        ({"bank_reference": "FT\x00"}, Objection.BEYOND_BELIEF),
    ],
    ids=str,
)
async def test_a_line_that_cannot_be_ours_is_said_and_not_booked(
    bank: BankDesk, changes: dict[str, Any], objection: Objection
) -> None:
    reference = await bank.expect()
    after = await bank.comes(replace(credit(TOTAL, reference, line=7), **changes))
    (bad,) = after.bad_entries
    assert (after.booked, after.bad, bad.line, bad.reason) == (0, 1, 7, objection)
    assert await bank.lines() == []


async def test_an_account_is_ours_though_a_spreadsheet_ate_its_zeros(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(TOTAL, reference, account=CRDB.number.lstrip("0")))
    assert await state(quick, reference) is State.COMPLETED


async def test_a_file_that_was_said_to_be_of_another_account_is_not_believed(quick: BankDesk) -> None:
    after = await quick.comes(credit(5), credit(6, account=NMB.number), account="NMB")
    assert (after.booked, [bad.reason for bad in after.bad_entries]) == (1, [Objection.OTHER_ACCOUNT])


async def test_a_known_id_that_names_another_payment_is_said_and_not_swallowed(bank: BankDesk) -> None:
    await bank.desk.add_bill()
    one, two = await bank.expect(), await bank.expect(bill=RENT)
    line = credit(TOTAL, one, bank_reference="BATCH7")
    after = await bank.comes(line, replace(line, text=two, line=2))
    (bad,) = after.bad_entries
    assert (after.booked, bad.line, bad.reason) == (1, 2, Objection.NAMED_ANOTHER)
    assert two in bad.excerpt
    assert await state(bank, two) is State.AWAITING_BANK


async def test_a_portal_that_takes_no_transfers_has_no_accounts(desk: Desk) -> None:
    assert (desk.portal.matching.provider, desk.portal.matching.accounts) == ("", ())
    with pytest.raises(Refused) as refusal:
        await desk.portal.statements.read_in(BytesIO(b"x"), "march.csv", "", lambda _: None)
    assert (refusal.value.field, refusal.value.problem) == ("account", "off")


async def test_a_text_about_money_that_has_found_its_place_since_is_not_sent(quick: BankDesk) -> None:
    reference = await quick.expect()
    await quick.comes(credit(300_000, reference), credit(152_500, reference))
    assert await state(quick, reference) is State.COMPLETED
    assert not [text for text in await texts(quick) if "152,500" in text]


async def test_what_waits_for_a_payment_of_somebody_who_is_gone_tells_nobody(quick: BankDesk) -> None:
    await quick.desk.add_neighbour()
    reference = await quick.expect(bill=NEIGHBOUR_BILL, payer=a_person(id=a_reference(4)))
    await quick.comes(credit(5, reference))
    assert await texts(quick) == []


@pytest.mark.covers("M2")
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_no_text_about_a_transfer_is_longer_than_one_message(quick: BankDesk, language: str) -> None:
    amount = shillings(900_000_000)
    for number in (1, 2):
        await quick.desk.add_bill(reference=a_reference(700 + number), amount=amount)
    paid, part, none = [
        await quick.expect(bill=bill, amount=amount_, language=language)
        for bill, amount_ in [
            (a_reference(701), amount),
            (a_reference(702), amount),
            (BILL, shillings(450_000)),
        ]
    ]
    await quick.comes(credit(899_999_999, paid), credit(899_999_999, part, bank_reference="FT2"))
    await quick.comes(credit(999_999_999, paid), credit(Money(99_999_999, Currency.USD), none))
    await quick.desk.pass_time(days=8)
    assert [await state(quick, one) for one in (paid, part, none)] == [State.COMPLETED] + [State.EXPIRED] * 2
    told = await texts(quick)
    assert len(told) == 8
    for text in told:
        assert septets(text) <= 160, text
        assert in_alphabet(text) == text


amounts = st.sampled_from([total_of(shillings(450_000)).minor, 100_000, 352_500, 452_501, 700_000, 905_000])
moves: st.SearchStrategy[Any] = st.lists(
    st.tuples(amounts, st.lists(st.integers(0, 3), max_size=2, unique=True), st.integers(0, 3)), max_size=8
)


@pytest.mark.covers("I3", "I4", "D26")
@tries(12)
@given(moves=moves, cuts=st.lists(st.integers(0, 8), max_size=3), again=st.integers(0, 8))
async def test_however_lines_come_nothing_is_lost_or_used_twice(
    quick: BankDesk, moves: Any, cuts: list[int], again: int
) -> None:
    """In any split over statements, with lines that come again; the bills are new in every example."""
    references = [await _expected(quick, number) for number in range(2)]
    named = [*references, a_reference(99), ""]
    start = len(await quick.lines())
    lines = [
        credit(amount, " ".join(named[name] for name in names), bank_reference=f"{start}-{amount}-{same}")
        for amount, names, same in moves
    ]
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for first, last in pairwise(edges):
        await quick.comes(*lines[first:last])
    await quick.comes(*lines[:again])
    await quick.is_balanced()
    booked = (await quick.lines())[start:]
    assert len(booked) <= len(lines)
    for reference in references:
        payment = await quick.desk.payment(reference)
        used = await quick.desk.read(partial(_allocated_sum, reference=reference))
        assert used == (payment.total.minor if payment.state is State.COMPLETED else 0)
    assert all((line.held is None) == (not line.waiting) for line in booked)


def _allocated_sum(tx: Tx, reference: str) -> int:
    rows = tx.execute(bank_allocations.select().where(bank_allocations.c.payment == reference))
    return sum(row.amount for row in rows)


_numbers: Callable[[], int] = iter(range(5_000, 50_000)).__next__


async def _expected(bank: BankDesk, number: int) -> str:
    bill = a_reference(_numbers())
    await bank.desk.add_bill(reference=bill, amount=shillings(450_000))
    bank.desk.clock.advance(days=1)
    return await bank.expect(bill=bill)


def test_every_reason_is_told_or_left_to_the_office() -> None:
    assert frozenset(Held) - TOLD_TO_PAYER == {
        Held.NO_REFERENCE,
        Held.UNKNOWN_REFERENCE,
        Held.REVERSED,
        Held.SEND_BACK,
    }
