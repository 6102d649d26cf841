"""Receipts: shown to whom they belong, printed once by a job, proved to anyone with the code, harmless to money."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from portal.documents.receipt import ReceiptFacts
from portal.documents.renderer import RenderFailed
from portal.domain.errors import NotFound, Refused, TooMany
from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Person, Role
from portal.store import jobs
from portal.store.jobs import Job
from portal.store.receipts import receipt_files
from portal.store.types import Tx
from portal.worker.loop import LEASE
from tests.makers import NOW, FakeClock, a_landlord, a_person, a_reference
from tests.services.desk import CODE, NEIGHBOUR_BILL, NO_RESPONSE, PAID, RENT, STRANGE_PHONE, WRONG_PIN, Desk

NUMBER = "MOL-26-000001"
OFFICE = Person("office", "Salma Othman", Role.OFFICE, "en")
APPROVER = Person("approver", "Peter Lyimo", Role.APPROVER, "en")


async def a_receipt(desk: Desk) -> Payment:
    return await desk.payment(await desk.start_and_settle(PAID))


@pytest.mark.covers("C10", "S49")
async def test_a_receipt_says_who_paid_whom_what_how_and_when(desk: Desk) -> None:
    paid = await a_receipt(desk)
    payment, facts, size = await desk.portal.receipts.facts(a_person(), NUMBER)
    assert payment.reference == paid.reference
    assert (facts.number.address, facts.code) == (NUMBER, paid.receipt_check)
    assert (facts.tenant, facts.landlord, facts.place) == ("Asha Mushi", "Juma Mollel", "A3, Mikocheni")
    assert (facts.amount, facts.total, facts.balance) == (
        shillings(450_000),
        shillings(453_500),
        shillings(0),
    )
    assert (facts.phone, facts.provider_code) == ("0754•••456", CODE)
    assert (facts.completed_at, facts.provider_paid_at) == (paid.completed_at, NOW)
    assert facts.verify_url == f"https://pay.nest.co.tz/v/{paid.receipt_check}"
    assert size == len("%PDF MOL-26-000001 sw")


@pytest.mark.covers("C9")
async def test_the_rest_on_a_receipt_is_that_of_its_own_moment(desk: Desk) -> None:
    await desk.start_and_settle(Paid(receipt_code=CODE), amount=shillings(300_000))
    await desk.start_and_settle(Paid(receipt_code="SECOND1234"), amount=shillings(150_000))
    for number, balance in (("MOL-26-000001", 150_000), ("MOL-26-000002", 0)):
        _, facts, _ = await desk.portal.receipts.facts(a_person(), number)
        assert facts.balance == shillings(balance)


async def test_a_late_receipt_says_so_and_a_doubled_one_says_what_is_too_much(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    second = await desk.start()
    await desk.portal.payments.record_outcome(second, PAID, Source.CALLBACK)
    await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    _, facts, _ = await desk.portal.receipts.facts(a_person(), "MOL-26-000002")
    assert (facts.late, facts.excess) == (True, shillings(450_000))


@pytest.mark.covers("N1")
@pytest.mark.parametrize(
    "person", [a_person(), a_landlord(), OFFICE, APPROVER], ids=lambda person: person.role
)
async def test_payer_landlord_and_office_see_a_receipt(desk: Desk, person: Person) -> None:
    await a_receipt(desk)
    assert await desk.portal.receipts.facts(person, NUMBER)
    file = await desk.portal.receipts.file(person, NUMBER)
    assert file
    assert file.pdf == b"%PDF MOL-26-000001 sw"


@pytest.mark.covers("N1", "D34")
@pytest.mark.parametrize("role", [Role.TENANT, Role.LANDLORD])
async def test_for_anyone_else_a_receipt_is_not_there(desk: Desk, role: Role) -> None:
    await a_receipt(desk)
    stranger = Person(a_reference(90), "Neema Komba", role, "sw")
    for ask in (desk.portal.receipts.facts, desk.portal.receipts.file):
        with pytest.raises(NotFound):
            await ask(stranger, NUMBER)


@pytest.mark.parametrize(
    "number", ["", "26-000001", "MOL-26-000002", "KWE-26-000001", "MOL-26-1", "x", "../MOL-26-000001"]
)
async def test_a_number_that_was_never_given_is_not_there(desk: Desk, number: str) -> None:
    await a_receipt(desk)
    with pytest.raises(NotFound):
        await desk.portal.receipts.facts(a_person(), number)


@pytest.mark.covers("C2", "D75")
async def test_a_receipt_is_printed_once_and_its_hash_is_part_of_the_history(desk: Desk) -> None:
    paid = await a_receipt(desk)
    file = await desk.portal.receipts.file(a_person(), NUMBER)
    assert file
    assert file.sha256 == sha256(file.pdf).hexdigest() == (await desk.payment(paid.reference)).receipt_sha256
    assert len(desk.renderer.printed) == 1
    assert (await desk.names(paid.reference)).count("ReceiptRendered") == 1


async def test_what_is_printed_already_is_not_printed_again(desk: Desk) -> None:
    paid = await a_receipt(desk)
    await desk.store.write(lambda tx: _ask_to_print(tx, desk, paid.reference))
    await desk.work()
    assert len(desk.renderer.printed) == 1
    assert await desk.job_kinds() == []


def _ask_to_print(tx: Tx, desk: Desk, reference: str) -> None:
    jobs.enqueue(tx, "receipt", f"{reference}:1", desk.clock.now, payment=reference, version=1)


async def _print_job(desk: Desk) -> Job:
    taken = await desk.store.write(lambda tx: jobs.take(tx, desk.clock.now, LEASE, 10))
    return next(job for job in taken if job.kind == "receipt")


async def test_two_workers_that_print_one_receipt_keep_one_file(desk: Desk) -> None:
    """A worker whose lease ended prints beside another."""
    reference = await desk.start()
    await desk.portal.payments.record_outcome(reference, PAID, Source.WORKER)
    job, both = await _print_job(desk), asyncio.Event()

    async def wait_for_both(_: ReceiptFacts) -> None:
        if desk.renderer.waiting == 2:
            both.set()
        await both.wait()

    desk.renderer.on_print = wait_for_both
    await asyncio.gather(*(desk.portal.receipts.render(job) for _ in range(2)))
    assert len(desk.renderer.printed) == 2
    assert await desk.count(receipt_files) == [1]
    assert (await desk.names(reference)).count("ReceiptRendered") == 1


@pytest.mark.covers("C10")
async def test_a_code_that_comes_after_the_receipt_prints_its_next_version(desk: Desk) -> None:
    reference = await desk.start_and_settle(Paid())
    _, facts, _ = await desk.portal.receipts.facts(a_person(), NUMBER)
    assert facts.provider_code is None
    await desk.hear(reference, PAID)
    _, facts, _ = await desk.portal.receipts.facts(a_person(), NUMBER)
    assert facts.provider_code == CODE
    assert await desk.count(receipt_files) == [2]
    assert [printed.version for printed, _ in desk.renderer.printed] == [1, 2]


async def test_a_slow_first_print_does_not_take_the_place_of_the_second(desk: Desk) -> None:
    reference = await desk.start()
    await desk.portal.payments.record_outcome(reference, Paid(), Source.WORKER)
    job = await _print_job(desk)

    async def be_overtaken(facts: ReceiptFacts) -> None:
        if facts.version == 1:
            await desk.hear(reference, PAID)

    desk.renderer.on_print = be_overtaken
    await desk.portal.receipts.render(job)
    assert (await desk.payment(reference)).receipt_version == 2
    assert await desk.count(receipt_files) == [1]


@pytest.mark.covers("C13", "D06", "D75")
async def test_a_printer_that_fails_never_changes_the_payment(desk: Desk) -> None:
    desk.renderer.breaks = RenderFailed("the process died")
    paid = await a_receipt(desk)
    assert paid.state is State.COMPLETED
    assert await desk.portal.receipts.file(a_person(), NUMBER) is None
    _, _, size = await desk.portal.receipts.facts(a_person(), NUMBER)
    assert size is None
    desk.renderer.breaks = None
    await desk.pass_time(minutes=1)
    assert await desk.portal.receipts.file(a_person(), NUMBER)


@pytest.mark.covers("C13")
async def test_a_printer_that_never_works_leaves_a_dead_job_and_a_paid_payment(desk: Desk) -> None:
    desk.renderer.breaks = RenderFailed("the process died")
    paid = await a_receipt(desk)
    await desk.pass_time(days=1)
    assert (await desk.payment(paid.reference)).state is State.COMPLETED
    assert "receipt" in await desk.job_kinds()


@pytest.mark.covers("M2")
async def test_a_receipt_is_printed_in_the_language_of_the_payment(desk: Desk) -> None:
    await desk.start_and_settle(PAID, language="en")
    ((_, language),) = desk.renderer.printed
    assert language == "en"


@pytest.mark.parametrize("reference", ["unpaid", "missing"])
async def test_there_is_nothing_to_print_of_what_was_not_paid(desk: Desk, reference: str) -> None:
    named = a_reference(91) if reference == "missing" else await desk.start_and_settle(WRONG_PIN)

    await desk.store.write(lambda tx: _ask_to_print(tx, desk, named))
    await desk.work()
    assert desk.renderer.printed == []
    assert await desk.job_kinds() == ["receipt"]


@pytest.mark.covers("C6", "page:14")
async def test_anyone_with_the_code_learns_that_it_is_genuine_and_little_else(desk: Desk) -> None:
    paid = await a_receipt(desk)
    assert paid.receipt_check
    proof = await desk.portal.receipts.prove(f" {shown(paid.receipt_check).lower()} ", "203.0.113.7")
    assert proof
    assert (proof.number, proof.unit, proof.payer) == ("26-000001", "A3", "Asha M.")
    assert (proof.amount, proof.paid_at, proof.checked_at) == (
        shillings(450_000),
        paid.completed_at,
        desk.clock.now,
    )
    told = repr(proof)
    assert not any(secret in told for secret in ("754", "Mushi", "Mikocheni", "Mollel", paid.reference))


@pytest.mark.covers("C6", "D78")
async def test_a_proof_tells_what_was_more_than_the_bill(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    second = await desk.start()
    await desk.portal.payments.record_outcome(second, PAID, Source.CALLBACK)
    await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    for reference, excess in ((second, None), (first, shillings(450_000))):
        code = (await desk.payment(reference)).receipt_check
        assert code
        proof = await desk.portal.receipts.prove(code, "203.0.113.7")
        assert proof
        assert proof.excess == excess


@pytest.mark.covers("C6")
async def test_a_code_that_was_never_given_proves_nothing(desk: Desk) -> None:
    paid = await a_receipt(desk)
    for code in (a_reference(92), paid.reference, "nonsense", "MOL26", "0" * 41):
        assert await desk.portal.receipts.prove(code, "203.0.113.7") is None


async def test_the_payment_of_a_code_that_is_not_paid_proves_nothing(desk: Desk) -> None:
    reference = await desk.start()
    assert await desk.portal.receipts.prove(reference, "203.0.113.7") is None


@pytest.mark.parametrize(
    "typed, problem",
    [("", "empty"), ("  ", "empty"), ("26-000001", "number_instead"), (" mol-26-000001 ", "number_instead")],
)
async def test_a_receipt_s_number_is_not_its_code(desk: Desk, typed: str, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        await desk.portal.receipts.prove(typed, "203.0.113.7")
    assert (caught.value.field, caught.value.problem) == ("code", problem)


async def test_one_address_may_look_up_twenty_codes_in_a_minute(desk: Desk, clock: FakeClock) -> None:
    prove = desk.portal.receipts.prove
    for number in range(20):
        await prove([a_reference(92), "7K29QXM4AB1D", "nonsense"][number % 3], "203.0.113.7")
    with pytest.raises(TooMany):
        await prove(a_reference(92), "203.0.113.7")
    await prove(a_reference(92), "203.0.113.8")
    clock.advance(minutes=1)
    await prove(a_reference(92), "203.0.113.7")


@pytest.mark.covers("C1")
async def test_each_landlord_s_tenants_have_receipts_of_one_row_of_numbers(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.add_bill()
    await a_receipt(desk)
    for changes in (
        {"payer": neighbour, "bill": NEIGHBOUR_BILL, "phone": STRANGE_PHONE, "agreed": True},
        {"bill": RENT},
    ):
        await desk.start_and_settle(Paid(receipt_code=f"C{len(desk.provider.pushes)}DE123456"), **changes)
    assert [facts.number.serial for facts, _ in desk.renderer.printed] == [1, 2, 3]
