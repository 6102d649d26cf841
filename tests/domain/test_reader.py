"""What of a payment's money whom concerns: a landlord reads what is owed to them, and nothing of another landlord."""

from __future__ import annotations

from hypothesis import given

from portal.domain.figures import figures_of
from portal.domain.ledger import deposit_of, payable_to
from portal.domain.reader import Reader
from tests.makers import LANDLORD, LEASE, a_landlord, a_payment, a_person, a_reference
from tests.stories import Story, stories

OTHER = a_landlord(id=a_reference(77))


@given(stories())
def test_what_a_landlord_may_read_leads_only_to_what_is_owed_to_them(story: Story) -> None:
    posted = story.posted
    for landlord, lets in ((a_landlord(), LANDLORD), (a_landlord(), OTHER.id), (OTHER, OTHER.id)):
        reader = Reader(landlord, story.payment, lets)
        for figure in figures_of(story.payment, posted).values():
            theirs = all(reader.may_read_of(one.entry.account) for one in figure.choose(posted))
            assert theirs or not reader.may_read(figure), figure.name


@given(stories())
def test_a_landlord_to_whom_nothing_of_it_is_owed_reads_no_figure(story: Story) -> None:
    reader = Reader(OTHER, story.payment, LANDLORD)
    assert not any(map(reader.may_read, figures_of(story.payment, story.posted).values()))
    assert {reader.may_read_of(one.entry.account) for one in story.posted} <= {False}


@given(stories())
def test_whoever_paid_reads_all_of_it(story: Story) -> None:
    reader = Reader(a_person(), story.payment)
    assert all(map(reader.may_read, figures_of(story.payment, story.posted).values()))
    assert all(reader.may_read_of(one.entry.account) for one in story.posted)


def test_a_deposit_is_read_by_whoever_lets_the_home_now() -> None:
    payment = a_payment()
    for landlord, lets, may in ((a_landlord(), OTHER.id, False), (OTHER, OTHER.id, True)):
        reader = Reader(landlord, payment, lets)
        assert reader.may_read(figures_of(payment)["came"]) is may
        assert reader.may_read_of(deposit_of(LEASE)) is may
        assert not reader.may_read_of(deposit_of(a_reference(404)))
    assert Reader(OTHER, payment, OTHER.id).may_read_of(payable_to(OTHER.id))
