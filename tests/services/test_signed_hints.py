"""What a provider signs, though not always and not all of it: it counts where its query decides nothing, only there."""

from __future__ import annotations

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Heard
from tests.makers import a_reference
from tests.services.desk import TOTAL, Desk

SIGNED = Paid(TOTAL)
DENIED = NotPaid(Reason.NOT_COMPLETED, "failure")
SILENT = Unknown(Reason.AMBIGUOUS, "HTTP 404, no status")


async def told(
    desk: Desk, outcome: Outcome, answered: Outcome, *, proved: bool = True, of: str | None = None
) -> tuple[State, Reason | None]:
    """How a payment stands of which a signed callback says one thing, and the query another."""
    reference = await desk.start()
    desk.provider.will_say(answered)
    heard = Heard("request-1", outcome, "a word", of or reference, proved=proved)
    await desk.receive(reference, desk.provider.callback(heard))
    await desk.work()
    payment = await desk.payment(reference)
    await desk.is_sound()
    return payment.state, payment.reason


@pytest.mark.covers("A7", "J3")
@pytest.mark.parametrize("answered", [SILENT, Pending("no status yet")], ids=repr)
@pytest.mark.parametrize(
    "outcome, state", [(SIGNED, State.COMPLETED), (DENIED, State.FAILED)], ids=["paid", "not-paid"]
)
async def test_where_the_query_decides_nothing_the_signed_word_does(
    desk: Desk, outcome: Outcome, answered: Outcome, state: State
) -> None:
    assert (await told(desk, outcome, answered))[0] is state


@pytest.mark.covers("A7", "D22")
@pytest.mark.parametrize("outcome", [SIGNED, DENIED], ids=["paid", "not-paid"])
async def test_without_its_signature_the_same_word_decides_nothing(desk: Desk, outcome: Outcome) -> None:
    assert (await told(desk, outcome, SILENT, proved=False))[0] is State.PROCESSING


@pytest.mark.covers("A7", "D12")
@pytest.mark.parametrize(
    "outcome, answered, stands",
    [
        (DENIED, Paid(), (State.COMPLETED, None)),
        (SIGNED, DENIED, (State.UNCERTAIN, Reason.CONTRADICTION)),
        (Paid(shillings(1)), SILENT, (State.UNCERTAIN, Reason.WRONG_AMOUNT)),
    ],
    ids=["query-paid", "query-denies", "another-amount"],
)
async def test_a_signature_overrules_no_query_and_no_amount(
    desk: Desk, outcome: Outcome, answered: Outcome, stands: tuple[State, Reason | None]
) -> None:
    assert await told(desk, outcome, answered) == stands


@pytest.mark.covers("A7", "D22")
async def test_what_is_signed_for_another_payment_says_nothing_at_this_one_s_address(desk: Desk) -> None:
    stands = await told(desk, SIGNED, SILENT, of=a_reference(77))
    assert stands == (State.AWAITING_PAYER, None)
