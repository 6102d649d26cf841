"""What an answer about money that goes back tells of the provider: payers are told nothing of what only we feel."""

from __future__ import annotations

import pytest

from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
)
from portal.domain.refund_trouble import mended_by_refund, trouble_in_refund
from portal.domain.trouble import FELT_BY_PAYERS, LINE, Trouble

T = Trouble
ACCOUNT = NotRefunded(RefundRefusal.NOT_ALLOWED, "21")
FULL = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "8")


@pytest.mark.covers("F4")
@pytest.mark.parametrize(
    "told,trouble",
    [
        (NotSent("ConnectError", T.UNREACHABLE), T.UNREACHABLE),
        (NotSent("429"), None),
        (Unknown(Reason.AMBIGUOUS, "HTTP 503", trouble=T.DOWN), T.DOWN),
        (Unknown(Reason.AMBIGUOUS, "token", trouble=T.CREDENTIALS_REFUSED), T.CANNOT_SEND_BACK),
        (Unknown(Reason.UNKNOWN_ERROR, "77", mapped=False), T.UNKNOWN_CODE),
        (Unknown(Reason.AMBIGUOUS, "timeout"), None),
        (NotRefunded(RefundRefusal.NOT_ALLOWED, "2001", T.CREDENTIALS_REFUSED), T.CANNOT_SEND_BACK),
        (NotRefunded(RefundRefusal.OUR_BALANCE, "1"), T.CANNOT_SEND_BACK),
        (ACCOUNT, T.CANNOT_SEND_BACK),
        (FULL, None),
        (Refunded("RC1"), None),
        (RefundAccepted("re_1"), None),
        (Pending(), None),
    ],
)
def test_an_answer_that_a_person_must_see_to_is_told(
    told: RefundAnswer | RefundOutcome, trouble: Trouble | None
) -> None:
    assert trouble_in_refund(told) is trouble


def test_what_keeps_only_us_from_sending_back_is_not_felt_by_payers() -> None:
    assert not {T.CANNOT_SEND_BACK, T.CONTRADICTED} & FELT_BY_PAYERS


@pytest.mark.parametrize(
    "told,mended",
    [
        (Refunded("RC1"), LINE | {T.CANNOT_SEND_BACK}),
        (RefundAccepted("re_1"), LINE | {T.CANNOT_SEND_BACK}),
        (FULL, LINE),
        (Pending(), LINE),
        (NotSent("connect"), frozenset()),
        (Unknown(Reason.AMBIGUOUS, "timeout"), frozenset()),
    ],
)
def test_an_answer_that_can_be_read_ends_what_was_wrong_with_the_line(
    told: RefundAnswer | RefundOutcome, mended: frozenset[Trouble]
) -> None:
    assert mended_by_refund(told) == mended
