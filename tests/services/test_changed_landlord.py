"""A lease that changed its landlord: each of the two reads and hears of their own money, and of nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from portal.domain.bill import PaymentType
from portal.domain.dispute import DisputeVerdict
from portal.domain.errors import NotFound
from portal.domain.ids import shown
from portal.domain.ledger import deposit_of, payable_to
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Pending
from portal.domain.person import Person
from portal.domain.refund_outcome import Refunded
from portal.services.excess import Choice
from portal.store.writer import Store
from portal.templating.gsm7 import LONGEST, septets
from tests.makers import BILL, LEASE, FakeClock
from tests.services.depositing import AGREE, CLEANING, answer, itemise, pay_deposit
from tests.services.desk import CODE, RENT, Desk, a_desk
from tests.services.paying_twice import WHOLE, choose, paid_twice
from tests.services.refunding import ASHA, JUMA, SALMA, hire
from tests.services.selling import NEEMA, sell
from tests.services.test_messages import kinds
from tests.services.test_reversals import KEPT, Finder, by_itself, disputed, hears


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=Finder()) as desk:
        await hire(desk)
        yield desk


async def credit_paid_the_new_one(desk: Desk) -> str:
    """Asha paid her rent to Juma twice and kept it; then Neema lets the home, and it pays Neema's rent."""
    await desk.add_bill()
    late = await paid_twice(desk, bill=RENT)
    await choose(desk, late, Choice.KEEP)
    await sell(desk)
    desk.clock.advance(minutes=1)
    await desk.add_bill(reference=desk.portal.tools.reference(), amount=shillings(200_000))
    await desk.pass_time(hours=1)
    return late


async def read_by(desk: Desk, person: Person, payment: str) -> list[tuple[str, int]]:
    """What they are owed by each entry that they may read."""
    found = await desk.portal.reads.explain.payment(person, payment)
    return [(one.entry.account, -one.entry.amount.minor) for one in found.posted]


async def refuses(desk: Desk, person: Person, payment: str, *names: str | None) -> bool:
    for name in names:
        with pytest.raises(NotFound):
            await desk.portal.reads.explain.payment(person, payment, name)
    return True


@pytest.mark.covers("N1", "I12")
async def test_what_a_credit_paid_to_the_new_landlord_is_not_the_former_ones_to_read(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    juma, neema = payable_to(JUMA.id), payable_to(NEEMA.id)
    assert await read_by(desk, JUMA, late) == [(juma, 450_000), (juma, -450_000)]
    assert await read_by(desk, NEEMA, late) == [(neema, 200_000)]
    theirs = await desk.portal.reads.explain.payment(NEEMA, late)
    assert [(bill.type, theirs.whole) for bill in theirs.bills] == [(PaymentType.RENT, False)]
    assert await refuses(desk, NEEMA, late, "came", "net", "amount", f"bill-{RENT}", "total", "excess")
    before = await desk.portal.reads.explain.payment(JUMA, late, "came")
    assert (before.whole, before.sum) == (True, shillings(0))


@pytest.mark.covers("N1", "I12")
async def test_a_deposit_is_read_by_whoever_lets_the_home_now(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    assert await read_by(desk, JUMA, payment) == [(deposit_of(LEASE), 900_000)]
    await sell(desk)
    assert await refuses(desk, JUMA, payment, None, "came", "net")
    assert (await desk.portal.reads.explain.payment(NEEMA, payment, "came")).sum == shillings(900_000)
    assert await desk.portal.reads.explain.lets(await desk.payment(payment)) == NEEMA.id


async def test_of_rent_and_deposit_together_each_landlord_reads_their_own(desk: Desk) -> None:
    payment = await both_paid(desk)
    await sell(desk)
    assert await read_by(desk, JUMA, payment) == [(payable_to(JUMA.id), 300_000)]
    assert await read_by(desk, NEEMA, payment) == [(deposit_of(LEASE), 450_000)]
    for person, own, other in ((JUMA, RENT, BILL), (NEEMA, BILL, RENT)):
        found = await desk.portal.reads.explain.payment(person, payment, f"bill-{own}")
        assert ([bill.bill for bill in found.bills], found.whole) == ([own], False)
        assert await refuses(desk, person, payment, f"bill-{other}", "came", "amount")


async def test_what_became_the_new_landlords_of_a_deposit_is_theirs_to_read(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    desk.provider.will_refund(Refunded("RC1", shillings(780_000)))
    await itemise(desk, CLEANING)
    await answer(desk, AGREE)
    await sell(desk)
    assert await read_by(desk, JUMA, payment) == [(payable_to(JUMA.id), 120_000)]
    found = await desk.portal.reads.explain.payment(JUMA, payment)
    assert [bill.type for bill in found.bills] == [PaymentType.DEPOSIT]


async def test_before_money_comes_only_whoever_it_is_paid_to_sees_what_is_asked_for(desk: Desk) -> None:
    await desk.add_bill()
    payment = await desk.start(bill=RENT)
    await sell(desk)
    found = await desk.portal.reads.explain.payment(JUMA, payment, f"bill-{RENT}")
    assert (found.posted, found.sum, found.whole) == ([], None, True)
    assert await refuses(desk, NEEMA, payment, None, f"bill-{RENT}")


async def test_every_line_of_a_statement_leads_its_landlord_to_a_page(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    for person, has_receipt in ((JUMA, True), (NEEMA, False)):
        movements = (await desk.portal.books.statements.of(person, None, None)).statement.movements
        assert late in {one.reference for one in movements}
        assert {one.receipt is not None for one in movements} == {has_receipt}
        for one in movements:
            entries = await read_by(desk, person, one.reference)
            assert (payable_to(person.id), one.amount.minor) in entries


async def test_each_row_says_what_its_own_landlord_has_of_the_payment(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    views = desk.portal.books.views
    assert await views.earned(NEEMA, [late]) == {late: shillings(200_000)}
    assert await views.earned(JUMA, [late]) == {}


async def both_paid(desk: Desk) -> str:
    """Rent and deposit by one payment."""
    await desk.add_bill(amount=shillings(300_000))
    amounts = {BILL: WHOLE, RENT: shillings(300_000)}
    payment = await desk.start_and_settle(Paid(receipt_code=CODE), amounts=amounts)
    await desk.work()
    return payment


async def all_back(desk: Desk, payment: str) -> None:
    """By itself."""
    whole = (await desk.payment(payment)).received
    await hears(desk, payment, by_itself(Refunded("re_9", whole)))
    await desk.work()


async def test_each_landlord_hears_of_the_part_that_left_their_own_account(desk: Desk) -> None:
    payment = await both_paid(desk)
    await sell(desk)
    await all_back(desk, payment)
    assert await kinds(desk, JUMA.id) == ["received", "unreceived"]
    assert await kinds(desk, NEEMA.id) == ["unreceived"]
    texts = {letter.text for letter in desk.sink.letters if letter.key.startswith("unreceived")}
    assert len(texts) == 2
    assert any("300,000" in text and "deposit" not in text.lower() for text in texts)
    assert any("450,000" in text and "March" not in text for text in texts)


async def test_the_new_landlord_hears_of_a_deposit_that_is_taken_and_given_back(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await sell(desk)
    whole = (await desk.payment(payment)).received
    await hears(desk, payment, disputed(desk, Refunded("dp_1", whole)))
    desk.clock.advance(seconds=5)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    await desk.work()
    assert (await kinds(desk, NEEMA.id))[-2:] == ["unreceived", "received_again"]
    assert await kinds(desk, JUMA.id) == ["received"]


async def test_the_new_landlord_hears_that_the_bank_asks_a_deposit_back(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await sell(desk)
    await hears(desk, payment, disputed(desk, Pending()))
    assert await kinds(desk, NEEMA.id) == ["dispute_opened"]
    assert "dispute_opened" not in await kinds(desk, JUMA.id)


async def paid_after_the_sale(desk: Desk) -> str:
    """A payment that was on its way when the home was sold."""
    payment = await desk.start()
    await sell(desk)
    desk.provider.will_say(Paid(receipt_code=CODE))
    await desk.hear(payment)
    desk.clock.advance(seconds=5)
    await desk.work()
    return payment


async def test_a_deposit_that_comes_after_the_sale_is_told_to_the_new_landlord(desk: Desk) -> None:
    await paid_after_the_sale(desk)
    assert await kinds(desk, NEEMA.id) == ["received"]
    assert await kinds(desk, JUMA.id) == []


async def test_whom_a_credit_paid_hears_of_it_though_the_home_was_sold_since(desk: Desk) -> None:
    late = await paid_twice(desk)
    await desk.add_bill()
    await choose(desk, late, Choice.KEEP)
    await sell(desk)
    assert "tell_credit" in await desk.job_kinds()
    await desk.work()
    assert (await kinds(desk, JUMA.id))[-1] == "credit_received"
    assert await kinds(desk, NEEMA.id) == []


async def test_a_bill_that_is_paid_again_is_named_once_to_its_landlord(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    whole = (await desk.payment(late)).received
    await hears(desk, late, disputed(desk, Refunded("dp_1", whole)))
    desk.clock.advance(seconds=5)
    await hears(desk, late, disputed(desk, KEPT, DisputeVerdict.WON))
    neema = payable_to(NEEMA.id)
    assert await read_by(desk, NEEMA, late) == [(neema, 200_000), (neema, -200_000), (neema, 200_000)]
    found = await desk.portal.reads.explain.payment(NEEMA, late)
    assert [(bill.type, found.whole) for bill in found.bills] == [(PaymentType.RENT, False)]


async def test_a_receipt_names_whom_the_money_was_paid_to_whoever_lets_the_home_now(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    payment = await desk.payment(late)
    assert payment.receipt
    assert payment.receipt_version == 2  # printed again when the credit paid Neema's rent
    _, facts, _ = await desk.portal.receipts.facts(JUMA, payment.receipt.address)
    assert (facts.landlord, facts.tenant) == ("Juma Mollel", "Asha Mushi")


async def test_whoever_a_credit_paid_hears_that_the_bank_asks_it_back(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    desk.sink.letters.clear()
    await hears(desk, late, disputed(desk, Pending()))
    assert (await kinds(desk, NEEMA.id))[-2:] == ["credit_received", "dispute_opened"]
    assert "dispute_opened" not in await kinds(desk, JUMA.id)


def told_to_neema(desk: Desk, kind: str) -> str:
    """The text, in English."""
    (letter,) = [
        one
        for one in desk.sink.letters
        if one.email == "neema@example.com" and one.key.partition(":")[0] == kind
    ]
    return letter.text


async def names_no_receipt(desk: Desk, payment: str, text: str) -> bool:
    """Its number and its code lead nobody anywhere to whom it was not made out; the reference leads them."""
    stored = await desk.payment(payment)
    assert stored.receipt
    assert stored.receipt_check
    named = [stored.receipt.shown, shown(stored.receipt_check), "Receipt", "code"]
    assert shown(payment) in text
    assert septets(text) <= LONGEST
    return not [word for word in named if word in text]


@pytest.mark.covers("N1", "M2")
async def test_whoever_a_credit_paid_is_given_no_receipt_of_another_landlord(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    received = told_to_neema(desk, "credit_received")
    assert await names_no_receipt(desk, late, received)
    assert "In your statement" in received
    assert (await desk.portal.reads.explain.payment(NEEMA, late)).bills
    await hears(desk, late, disputed(desk, Pending()))
    assert await names_no_receipt(desk, late, told_to_neema(desk, "dispute_opened"))
    await hears(desk, late, disputed(desk, Refunded("dp_1", (await desk.payment(late)).received)))
    assert await names_no_receipt(desk, late, told_to_neema(desk, "credit_unreceived"))


@pytest.mark.covers("N1", "M2")
async def test_the_new_landlord_of_a_deposit_is_given_no_receipt_of_the_former_one(desk: Desk) -> None:
    payment = await paid_after_the_sale(desk)
    text = told_to_neema(desk, "received")
    assert await names_no_receipt(desk, payment, text)
    assert "Check" not in text
    whole = (await desk.payment(payment)).received
    await hears(desk, payment, disputed(desk, Refunded("dp_1", whole)))
    desk.clock.advance(seconds=5)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    for kind in ("unreceived", "received_again"):
        assert await names_no_receipt(desk, payment, told_to_neema(desk, kind))


@pytest.mark.covers("N1", "C8")
async def test_a_receipt_names_later_bills_of_another_landlord_to_tenant_and_office_alone(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    payment = await desk.payment(late)
    assert payment.receipt
    assert payment.receipt_check
    receipts, (use,) = desk.portal.receipts, payment.credit_uses
    for person, named in ((ASHA, True), (SALMA, True), (JUMA, False)):
        _, facts, _ = await receipts.facts(person, payment.receipt.address)
        assert (facts.names(use), facts.still_yours) == (named, shillings(250_000))
    proof = await receipts.prove(payment.receipt_check, "a client")
    assert proof
    assert not proof.names(use)


@pytest.mark.covers("N1", "C8")
async def test_the_pdf_that_a_landlord_gets_names_no_bill_of_another_one(desk: Desk) -> None:
    late = await credit_paid_the_new_one(desk)
    payment = await desk.payment(late)
    assert payment.receipt
    for person, kept in ((ASHA, True), (SALMA, True), (JUMA, False)):
        file = await desk.portal.receipts.file(person, payment.receipt.address)
        assert file
        facts, _ = desk.renderer.printed[-1]
        assert (file.version, facts.version, facts.read_by) == (2, 2, None if kept else JUMA.id)
        assert file.sha256 == sha256(file.pdf).hexdigest()


async def test_a_landlord_whom_a_credit_paid_gets_the_pdf_that_everybody_gets(desk: Desk) -> None:
    late = await paid_twice(desk)
    await desk.add_bill()
    await choose(desk, late, Choice.KEEP)
    await desk.work()
    payment = await desk.payment(late)
    assert payment.receipt
    printed = len(desk.renderer.printed)
    assert await desk.portal.receipts.file(JUMA, payment.receipt.address)
    assert len(desk.renderer.printed) == printed


async def test_whoever_lets_the_home_now_hears_of_a_deposit_that_waits_for_their_answer(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await sell(desk)
    await desk.work()
    desk.clock.advance(days=15)
    await desk.work()
    assert await kinds(desk, NEEMA.id) == ["deposit_asked", "deposit_silent"]
    assert not [kind for kind in await kinds(desk, JUMA.id) if kind.startswith("deposit")]


async def test_a_landlord_who_claimed_hears_what_came_of_it_though_the_home_was_sold(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await itemise(desk, CLEANING)
    await desk.work()
    await sell(desk)
    await answer(desk, AGREE)
    await desk.work()
    for landlord in (JUMA, NEEMA):
        assert (await kinds(desk, landlord.id))[-1].startswith("deposit_")
