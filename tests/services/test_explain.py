"""Where an amount comes from, as each reader may see it, and the books of the office."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.account_kind import AccountKind
from portal.domain.errors import NotFound
from portal.domain.figures import Posted
from portal.domain.money import shillings
from portal.domain.person import Person, Role
from portal.services.explain import Explanation
from portal.store.cursors import BadCursor
from tests.makers import LEASE, a_reference, put_payment
from tests.services.desk import CODE, PAID, TOTAL, Desk
from tests.services.refunding import ASHA, JUMA, PETER, SALMA, hire, paid


@pytest.fixture(autouse=True)
async def office(desk: Desk) -> None:
    await hire(desk)


async def explained(desk: Desk, person: Person, reference: str, name: str | None = None) -> Explanation:
    return await desk.portal.reads.explain.payment(person, reference, name)


@pytest.mark.covers("I12")
async def test_the_total_is_explained_by_its_entry_its_callback_and_its_rule(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(PAID)
    await desk.hear(reference)
    await desk.work()
    found = await explained(desk, SALMA, reference, "total")
    assert (found.sum, found.adds_up) == (TOTAL, True)
    assert [(one.entry.account, amount) for one, amount in found.counted] == [("cash:mpesa", TOTAL)]
    assert [(kind, amount.minor) for kind, _, amount in found.shares] == [
        (AccountKind.DEPOSIT, 450_000),
        (AccountKind.PLATFORM_FEE, 2_250),
        (AccountKind.PROCESSING_FEE, 250),
        (AccountKind.PROVIDER_FEE, 1_000),
    ]
    assert found.left == TOTAL
    assert found.rule
    assert (found.rule.version, found.place) == ("mpesa-2026-01", "A3, Mikocheni")
    (callback,) = found.callbacks
    assert (callback.provider, len(callback.digest)) == ("mpesa", 64)
    assert found.payment.receipt_code == CODE


async def test_whoever_paid_and_the_landlord_see_no_callbacks(desk: Desk) -> None:
    reference = await paid(desk)
    assert not (await explained(desk, ASHA, reference)).callbacks
    theirs = await explained(desk, JUMA, reference)
    assert not theirs.callbacks
    assert [one.entry.account for one in theirs.posted] == [f"deposit:{LEASE}"]
    assert theirs.left == shillings(450_000)


async def test_before_any_money_there_is_nothing_to_add_up(desk: Desk) -> None:
    reference = await desk.start()
    found = await explained(desk, ASHA, reference, "total")
    assert (found.sum, found.adds_up, found.counted, found.shares, found.left) == (None, True, [], [], None)


async def test_entries_that_come_to_another_sum_are_not_hidden(desk: Desk) -> None:
    found = await explained(desk, SALMA, await paid(desk), "total")
    (one,) = found.chosen
    wrong = Posted(replace(one.entry, amount=shillings(1)), one.event)
    assert not replace(found, chosen=[wrong]).adds_up


@pytest.mark.covers("N1")
async def test_what_is_not_theirs_is_not_there(desk: Desk) -> None:
    reference = await paid(desk)
    neighbour = await desk.add_neighbour()
    stranger = Person(a_reference(77), "Other Owner", Role.LANDLORD, "en")
    for person, name in (
        (neighbour, None),
        (stranger, None),
        (stranger, "came"),
        (JUMA, "total"),
        (JUMA, "platform-fee"),
        (ASHA, "no such figure"),
    ):
        with pytest.raises(NotFound):
            await explained(desk, person, reference, name)
    with pytest.raises(NotFound):
        await explained(desk, SALMA, a_reference(404))


async def test_the_books_are_the_office_s_and_read_page_by_page(desk: Desk) -> None:
    for number in range(22):
        await put_payment(desk.store, reference=a_reference(900 + number))
    ledger = desk.portal.reads.ledger
    accounts = await ledger.accounts(SALMA, None)
    held = next(one for one in accounts.balances if one.account == f"deposit:{LEASE}")
    assert (held.amount, held.entries) == (-shillings(22 * 450_000), 22)
    assert accounts.next_after is None
    first = await ledger.account(SALMA, "cash:mpesa", None)
    assert (len(first.rows), len(first.of_bank)) == (20, 0)
    second = await ledger.account(SALMA, "cash:mpesa", first.older)
    assert (len(second.rows), second.older) == (2, None)
    times = [one.entry.at for one in (*first.rows, *second.rows)]
    assert times == sorted(times, reverse=True)
    with pytest.raises(BadCursor):
        await ledger.account(PETER, "cash:mpesa", first.older)
    with pytest.raises(BadCursor):
        await ledger.account(SALMA, "fee:platform", first.older)
    for ask in (ledger.accounts(JUMA, None), ledger.account(ASHA, "suspense", None)):
        with pytest.raises(NotFound):
            await ask
    with pytest.raises(NotFound):
        await ledger.account(SALMA, "cash:nobody", None)
