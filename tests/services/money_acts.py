"""What a `Machine` does beyond paying and asking back: extra money, money that moves by itself, deposits and payouts.

The office finds the truth of the provider's book. Who may not do a thing is refused, as everywhere.
"""

# mypy: disable-error-code="func-returns-value"
# An act returns whatever its use case does: nothing, mostly.

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.bill import Bill
from portal.domain.deposit_return import TO_ITEMISE, DepositReturn
from portal.domain.dispute import DisputeVerdict
from portal.domain.money import shillings
from portal.domain.outcome import Outcome, Pending
from portal.domain.payment_state import State
from portal.domain.payout import Returned
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, RefundRoute
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund
from portal.services.deposit_wish import TypedAnswer, TypedClaim, TypedClaims
from portal.services.excess import Choice
from portal.services.payers_word import Said
from portal.store import deposit_returns, payouts
from portal.store.payout_tables import payouts as payout_rows
from tests.makers import LEASE
from tests.services.bookkeeper import TRUTHFUL
from tests.services.refunding import ASHA, GRACE, JUMA, PETER, SALMA

if TYPE_CHECKING:
    from tests.services.bookkeeper import Prompt
    from tests.services.money_machine import Machine

IDLE = object()
"""There was nothing to do."""
PEOPLE = (ASHA, JUMA, SALMA, PETER, GRACE)
OFFICE = (SALMA, PETER, GRACE)
FINDABLE = (RefundState.SUBMITTED, RefundState.UNKNOWN, RefundState.SUCCEEDED, RefundState.FAILED)
CLAIMS = ("120,000", "80,000", "50,000", "450,000", "0")


async def pay_twice(machine: Machine) -> object:
    """The first prompt goes unanswered, a second one is begun, and in the end both are answered with yes."""
    bill = await machine.desk.bill(machine.chance.choice(machine.bills))
    if bill.rest.minor <= 0:
        return IDLE
    moods, machine.bank.moods = machine.bank.moods, TRUTHFUL
    try:
        await _both_paid(machine, bill)
    finally:
        machine.bank.moods = moods
    return None


async def _both_paid(machine: Machine, bill: Bill) -> None:
    desk, bank, pushed = machine.desk, machine.bank, []
    for prompt in bank.open_prompts:
        bank.refuse(prompt)
    await desk.pass_time(minutes=6)
    for _ in range(2):
        reference = await desk.start(bill=bill.reference, amount=bill.rest)
        await desk.work()
        pushed.append(bank.prompts[reference])
        bank.refuse(pushed[-1])
        await desk.pass_time(minutes=3)
    machine.chance.shuffle(pushed)
    for prompt in pushed:
        bank.pay(prompt)
        await hear_outcome(machine, prompt, prompt.outcome)
        await desk.work()


async def hear_outcome(machine: Machine, prompt: Prompt, told: Outcome) -> None:
    body = machine.bank.callback(Heard(prompt.request_id, told, "0"))
    await machine.desk.receive(prompt.instruction.reference, body)


async def choose_extra(machine: Machine) -> object:
    """Its payer says so on the page, or the office on their word."""
    found = [one for one in await machine.payments() if one.excess_waiting or one.credit_left]
    if not found:
        return IDLE
    payment, chance = machine.chance.choice(found), machine.chance
    usual = Choice.KEEP if payment.excess_waiting else Choice.BACK
    choice = chance.choice([usual, *Choice])
    amount = payment.credit_left if choice is Choice.BACK else payment.excess_waiting
    shown = str(amount.minor) if amount and chance.random() < 0.9 else "1"
    if chance.random() < 0.3:
        said = Said(chosen=choice, shown=shown, word="By telephone, on the same day.")
        return await machine.desk.portal.corrections.word.take(SALMA, payment.reference, said)
    return await machine.desk.portal.excess.choose(
        ASHA, payment.reference, choice, shown=shown, key=f"key {chance.random()}"
    )


async def take_back(machine: Machine) -> object:
    """The provider takes money by itself, or is asked to by the payer's bank; or ends what it began."""
    bank, chance = machine.bank, machine.chance
    unfinished = [one for one in bank.taken.values() if one.verdict is None and one.words]
    if unfinished and chance.random() < 0.5:
        one = chance.choice(unfinished)
        if one.cause is Cause.DISPUTE:
            return bank.judge(one, chance.choice([*DisputeVerdict]))
        return bank.give_up(one) if one.gone and chance.random() < 0.5 else IDLE
    paid = [name for name, prompt in bank.prompts.items() if prompt.moved]
    if not paid or len(bank.taken) > MOST_TAKEN:
        return IDLE
    payment = chance.choice(paid)
    left = bank.left_of(payment)
    amount = chance.choice([left, shillings(min(left.minor, 60_000))])
    if chance.random() < 0.15:
        amount = bank.prompts[payment].instruction.amount
    if amount.minor <= 0:
        return IDLE
    cause = chance.choice((Cause.ELSEWHERE, Cause.DISPUTE))
    return bank.take(payment, amount, cause, gone=cause is Cause.ELSEWHERE or chance.random() < 0.7)


MOST_TAKEN = 3


async def tell_taken(machine: Machine) -> object:
    """Of money that went by itself: now or what was true before, once or again, proved or not."""
    if not machine.bank.taken:
        return IDLE
    chance = machine.chance
    one = chance.choice([*machine.bank.taken.values()])
    word = one.words[-1] if chance.random() < 0.7 else chance.choice(one.words)
    return await hear_taken(machine, one.payment, replace(word, proved=chance.random() < 0.7))


async def hear_taken(machine: Machine, payment: str, heard: HeardOfRefund) -> None:
    body = machine.bank.callback(Heard(None, Pending(), "reversal", refund=heard, for_people=True))
    await machine.desk.receive(payment, body)
    await machine.desk.work()


async def bounce(machine: Machine) -> object:
    """A refund that was sent comes back, of which a callback may tell."""
    sent = [one for one in machine.bank.back.values() if one.moved and not one.returned]
    if not sent:
        return IDLE
    return machine.bank.bounce(machine.chance.choice(sent))


async def find_out(machine: Machine) -> object:
    """The office looks into the provider's book, and says what it reads there; a second person agrees, or not."""
    found = await machine.a_refund(*FINDABLE)
    if found is None or found[1].route is RefundRoute.BY_HAND:
        return IDLE
    refund, chance, desk = found[1], machine.chance, machine.desk.portal.refund_findings
    went, person = _truth(machine, refund), chance.choice((*OFFICE, *PEOPLE))
    if went is None:
        return IDLE
    if refund.finding is None:
        code = f"FT27{chance.randrange(1000):04}"
        return await desk.propose(person, refund.reference, went=went, code=code, note="I called them.")
    if refund.finding.went is not went or chance.random() < 0.2:
        return await desk.drop(person, refund.reference, refund.finding.name)
    return await desk.confirm(person, refund.reference, refund.finding.name)


def _truth(machine: Machine, refund: Refund) -> bool | None:
    """None while the provider has not ended it."""
    asked = machine.bank.back.get(refund.reference)
    if asked is None:
        return False
    return None if isinstance(asked.outcome, Pending) else asked.is_gone


async def send_again(machine: Machine) -> object:
    failed = [
        (payment, refund)
        for payment in await machine.payments()
        for refund in payment.refunds
        if refund.waits_for_office
    ]
    if not failed:
        return IDLE
    refund, chance, desk = machine.chance.choice(failed)[1], machine.chance, machine.desk.portal.refund_desk
    person = chance.choice((*OFFICE, *PEOPLE))
    if chance.random() < 0.3:
        return await desk.close(person, refund.reference, "It was agreed so.")
    return await desk.again(person, refund.reference, chance.choice([*RefundRoute]))


async def end_lease(machine: Machine) -> object:
    """Whoever has a word about the deposit says it, the office too."""
    chance, ending = machine.chance, machine.desk.portal.lease_end
    one = await newest_return(machine)
    person = chance.choice(PEOPLE)
    if one is None or not one.is_open:
        if chance.random() < 0.3:
            return await ending.deposits.send_again(person, LEASE)
        if chance.random() < 0.5:
            return await ending.deposits.ask_back(ASHA, LEASE)
    if one is None or one.state in TO_ITEMISE:
        rows = [
            TypedClaim(kind="CLEANING", amount=chance.choice(CLAIMS), note="It was left dirty.")
            for _ in range(chance.randrange(3))
        ]
        case = await ending.views.case(SALMA, LEASE)
        held = case.of.to_itemise
        typed = TypedClaims(rows=rows, shown=str(held.minor) if held else "")
        return await ending.deposits.itemise(chance.choice((JUMA, JUMA, person)), LEASE, typed)
    if chance.random() < 0.5:
        said = {line.number: _answer(machine) for line in one.lines if line.is_open}
        return await ending.deposits.answer(chance.choice((ASHA, ASHA, person)), LEASE, said)
    line = chance.choice(one.lines) if one.lines else None
    if line is None:
        return IDLE
    if line.proposed is None:
        amount = chance.choice(["0", "50,000", f"{line.claimed.minor}"])
        return await ending.desk.decide(
            chance.choice(OFFICE), LEASE, line.number, amount=amount, note="Photos."
        )
    if chance.random() < 0.2:
        return await ending.desk.turn_down(person, LEASE, line.number)
    return await ending.desk.confirm(chance.choice(OFFICE), LEASE, line.number, str(line.proposed.minor))


def _answer(machine: Machine) -> TypedAnswer:
    return TypedAnswer(choice=machine.chance.choice(("AGREE", "DISPUTE")), note="It was so before.")


async def newest_return(machine: Machine) -> DepositReturn | None:
    return await machine.desk.read(lambda tx: deposit_returns.newest_of(tx, LEASE))


async def pay_out(machine: Machine) -> object:
    """The next thing to do for some payout, or a new one."""
    chance, desk = machine.chance, machine.desk.portal.books.payouts
    person = chance.choice((*OFFICE, *PEOPLE))
    every = await machine.desk.read(
        lambda tx: [payouts.load(tx, name) for name in tx.execute(select(payout_rows.c.reference)).scalars()]
    )
    if not every or chance.random() < 0.25:
        return await desk.prepare(person, "CRDB", "TZS")
    payout = chance.choice(every)
    assert payout
    name, shown = payout.reference, str(payout.version)
    what = {"PREPARED": "approve", "APPROVED": "sent", "SENT": "paid", "PAID": "returned"}.get(payout.state)
    if what is None:
        return IDLE
    if what in ("approve", "sent") and chance.random() < 0.15:
        return await desk.drop(person, name, shown)
    if what == "paid" and chance.random() < 0.8:
        return await desk.paid(person, name, shown, f"FT28{chance.randrange(10_000):05}")
    if what in ("paid", "returned"):
        line = str(chance.choice(payout.lines).number)
        return await desk.returned(person, name, shown, line, chance.choice([*Returned]))
    return await getattr(desk, what)(person, name, shown)


async def charge(machine: Machine) -> object:
    """The provider tells what it keeps for itself of one payment, perhaps again."""
    paid = [one for one in await machine.payments() if one.state is State.COMPLETED and one.receipt_code]
    if not paid:
        return IDLE
    one = machine.chance.choice(paid)
    assert one.received
    cost = machine.bank.charge(one.reference)
    data = f"code,gross,fee\n{one.receipt_code},{one.received.minor},{cost}\n".encode()
    return await machine.desk.portal.books.costs.bring(machine.chance.choice(OFFICE), "mpesa", data)
