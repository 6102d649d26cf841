"""Another try after a saved card: that card once more where its bank may say yes, and else the provider's page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.outcome import Accepted, Awaits, NotPaid, Reason
from portal.domain.payment_state import State
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.cards import ASHA, TOTAL, FakePages, begin, begin_with_saved
from tests.services.desk import Desk, a_desk


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=FakePages()) as opened_desk:
        yield opened_desk


async def declined(desk: Desk, reason: Reason) -> str:
    """A payment by a saved card to which its bank said no."""
    answer = Accepted("pi_1", awaits=Awaits.CARD, ended=NotPaid(reason, "as the bank says"))
    desk.provider.will_answer(answer)
    reference = await begin_with_saved(desk)
    assert (await desk.payment(reference)).state is State.FAILED
    return reference


async def chosen_again(desk: Desk, reference: str) -> str | None:
    """The saved way of the next draft, which asks for the same sum by the same method."""
    checkout = desk.portal.checkout
    quote = await checkout.quote(ASHA, await checkout.again(ASHA, reference))
    assert quote.total == TOTAL
    return quote.step.draft.saved


@pytest.mark.covers("A24", "E5")
@pytest.mark.parametrize("reason", [Reason.INSUFFICIENT_FUNDS, Reason.LIMIT_DAILY, Reason.PROVIDER_BUSY])
async def test_a_card_whose_bank_may_say_yes_the_next_time_is_chosen_again(
    desk: Desk, reason: Reason
) -> None:
    reference = await declined(desk, reason)
    (card,) = (await desk.portal.saved.methods.overview(ASHA)).methods
    assert await chosen_again(desk, reference) == card.id


@pytest.mark.covers("A24")
@pytest.mark.parametrize("reason", [Reason.CARD_DECLINED, Reason.CARD_EXPIRED, Reason.CARD_DETAILS])
async def test_a_card_that_was_refused_itself_gives_way_to_the_provider_s_page(
    desk: Desk, reason: Reason
) -> None:
    assert await chosen_again(desk, await declined(desk, reason)) is None


@pytest.mark.covers("A24", "E3")
async def test_a_card_that_was_deleted_meanwhile_is_not_chosen_again(desk: Desk) -> None:
    reference = await declined(desk, Reason.INSUFFICIENT_FUNDS)
    (card,) = (await desk.portal.saved.methods.overview(ASHA)).methods
    await desk.portal.saved.methods.delete(ASHA, card.id)
    assert await chosen_again(desk, reference) is None


async def test_a_card_that_was_typed_on_the_page_is_typed_there_again(desk: Desk) -> None:
    reference = await begin(desk)
    await desk.portal.payments.cancel(ASHA, reference)
    assert (await desk.payment(reference)).state is State.CANCELLED
    assert await chosen_again(desk, reference) is None
