"""What an outcome tells of a provider: that a person must see to it, or that it works again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from portal.domain.alert import FRESH, MANY, Alert, is_felt, mended_by, trouble_in
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.trouble import CERTAIN, FELT_BY_PAYERS, LINE, Trouble
from tests.makers import NOW

ACCEPTED = Accepted("request-1")
REFUSES_US = NotPaid(Reason.PAYEE_PROBLEM, "8")
WORKS: list[Outcome | StartOutcome] = [ACCEPTED, Paid(), Pending("4999"), NotPaid(Reason.WRONG_PIN, "2001")]
MET = [
    (NotSent("ConnectError", Trouble.UNREACHABLE), Trouble.UNREACHABLE),
    (Unknown(Reason.AMBIGUOUS, "HTTP 302", trouble=Trouble.REDIRECTED), Trouble.REDIRECTED),
    (Rejected(Reason.PAYEE_PROBLEM, "INS-989", Trouble.CREDENTIALS_REFUSED), Trouble.CREDENTIALS_REFUSED),
    (Unknown(Reason.UNKNOWN_ERROR, "INS-7777", mapped=False), Trouble.UNKNOWN_CODE),
    (Rejected(Reason.PAYEE_PROBLEM, "INS-13"), Trouble.ACCOUNT_REFUSED),
    (REFUSES_US, Trouble.ACCOUNT_REFUSED),
    (Accepted("request-1", ended=REFUSES_US), Trouble.ACCOUNT_REFUSED),
    (NotSent("PoolTimeout"), None),
    (Unknown(Reason.AMBIGUOUS, "INS-1"), None),
    (Accepted("request-1", ended=NotPaid(Reason.WRONG_PIN, "INS-6")), None),
    (Rejected(Reason.NOT_REGISTERED, "INS-2051"), None),
    *((outcome, None) for outcome in WORKS),
]


def an_alert(trouble: Trouble = Trouble.UNREADABLE, **changes: object) -> Alert:
    alert = Alert(
        id=1,
        provider="mpesa",
        trouble=trouble,
        operation="start",
        code="HTTP 200, not JSON",
        count=MANY,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    return replace(alert, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome, trouble", MET)
def test_an_outcome_tells_the_trouble_that_is_in_it(
    outcome: Outcome | StartOutcome, trouble: Trouble | None
) -> None:
    assert trouble_in(outcome) is trouble


@pytest.mark.parametrize("outcome", WORKS)
def test_an_answer_that_we_can_read_ends_all_trouble_of_the_line(outcome: Outcome | StartOutcome) -> None:
    assert mended_by(outcome) >= LINE | {Trouble.CREDENTIALS_REFUSED}


@pytest.mark.parametrize("outcome, takes_money", [(ACCEPTED, True), (Paid(), True), (Pending(), False)])
def test_only_money_or_its_way_shows_that_our_account_is_in_order(
    outcome: Outcome | StartOutcome, *, takes_money: bool
) -> None:
    assert (Trouble.ACCOUNT_REFUSED in mended_by(outcome)) is takes_money


def test_a_refusal_of_our_account_is_an_answer_all_the_same() -> None:
    for outcome in (REFUSES_US, Accepted("1", ended=REFUSES_US), Rejected(Reason.PAYEE_PROBLEM, "INS-13")):
        assert mended_by(outcome) == LINE


@pytest.mark.parametrize("outcome", [outcome for outcome, _ in MET])
def test_nothing_mends_the_trouble_that_it_tells_nor_what_only_a_person_can_end(
    outcome: Outcome | StartOutcome,
) -> None:
    mended = mended_by(outcome)
    assert trouble_in(outcome) not in mended
    assert not mended & {Trouble.UNKNOWN_CODE, Trouble.CALLBACK_UNREADABLE, Trouble.CALLBACK_UNPROVED}


@pytest.mark.parametrize(
    "outcome", [NotSent("PoolTimeout"), Unknown(Reason.AMBIGUOUS, "INS-1"), NotSent("x", Trouble.DOWN)]
)
def test_what_leaves_everything_open_mends_nothing(outcome: StartOutcome) -> None:
    assert mended_by(outcome) == frozenset()


@pytest.mark.parametrize("trouble, count", list(product(Trouble, [1, MANY - 1, MANY])))
def test_payers_are_told_of_what_they_meet_more_than_once_or_for_certain(
    trouble: Trouble, count: int
) -> None:
    told = trouble in FELT_BY_PAYERS and (count == MANY or trouble in CERTAIN)
    assert is_felt([an_alert(trouble, count=count)], NOW) is told


def test_payers_are_told_only_of_what_was_met_just_now() -> None:
    alert = an_alert()
    assert is_felt([alert], NOW + FRESH - timedelta(seconds=1))
    assert not is_felt([alert], NOW + FRESH)
    assert not is_felt([], NOW)


def test_the_trouble_of_an_outcome_is_no_part_of_what_it_says_of_the_payment() -> None:
    assert NotSent("ConnectError", Trouble.UNREACHABLE) == NotSent("ConnectError")
    assert Unknown(Reason.AMBIGUOUS, "x", trouble=Trouble.DOWN) == Unknown(Reason.AMBIGUOUS, "x")
