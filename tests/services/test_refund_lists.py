"""Who sees which list of refunds, and that a cursor opens only the list that it came from."""

from __future__ import annotations

import pytest

from portal.domain.errors import NotFound
from portal.store.cursors import BadCursor
from tests.services.desk import Desk
from tests.services.refunding import ASHA, JUMA, PETER, SALMA, asked, hire, paid, typed


@pytest.fixture(autouse=True)
async def office(desk: Desk) -> None:
    await hire(desk)


async def test_the_lists_show_what_waits_and_what_is_over_to_whom_it_concerns(desk: Desk) -> None:
    refund, lists = await asked(desk), desk.portal.reads.refund_lists
    waiting, over = await lists.waiting(JUMA, None), await lists.over(JUMA, None)
    assert ([one.refund.reference for one in waiting.rows], over.rows) == ([refund], [])
    assert [one.refund.reference for one in (await lists.queue(SALMA, None)).rows] == [refund]
    for person in (JUMA, ASHA):
        with pytest.raises(NotFound):
            await lists.queue(person, None)
    await desk.portal.refunds.decline(JUMA, refund, "It was earned.")
    waiting, over = await lists.waiting(JUMA, None), await lists.over(JUMA, None)
    assert ([one.refund.reference for one in over.rows], waiting.rows) == ([refund], [])


async def test_a_cursor_opens_only_the_list_of_the_person_that_it_came_from(desk: Desk) -> None:
    payment, lists = await paid(desk), desk.portal.reads.refund_lists
    names = []
    for number in range(20):
        left = str(450_000 - number)
        names.append(
            await desk.portal.refunds.ask(ASHA, payment, typed(amount="1", available=left), f"key {number}")
        )
    assert (await lists.queue(SALMA, None)).more is None
    desk.clock.advance(days=2)
    names.append(await desk.portal.refunds.ask(ASHA, payment, typed(amount="1", available="449980"), "last"))
    first = await lists.queue(SALMA, None)
    assert {one.refund.reference for one in first.rows} == {*names[:20]}
    second = await lists.queue(SALMA, first.more)
    assert ([one.refund.reference for one in second.rows], second.more) == (names[20:], None)
    for person, page in ((PETER, lists.queue), (JUMA, lists.waiting), (JUMA, lists.over)):
        with pytest.raises(BadCursor):
            await page(person, first.more)
