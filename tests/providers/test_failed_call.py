"""What a call that failed tells of the money: nothing is sent again that may have left, and the office is told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.domain.outcome import NotSent, Reason, Rejected, Unknown
from portal.domain.refund_outcome import NotRefunded, RefundRefusal
from portal.domain.trouble import Trouble
from portal.providers.failed_call import failed_question, failed_refund, failed_request, failed_start
from portal.providers.wire import CallFailed, CredentialsRefused, NeverSent, Unanswered

NEVER = NeverSent("connection refused", Trouble.UNREACHABLE)
SILENT = Unanswered("read timeout", Trouble.TOO_SLOW)
STRANGERS = CredentialsRefused("1001")
EVERY = (NEVER, SILENT, STRANGERS)


@pytest.mark.parametrize("of", [failed_start, failed_refund, failed_request])
def test_only_what_never_left_may_be_sent_again(of: Callable[[CallFailed], object]) -> None:
    assert of(NEVER) == NotSent("connection refused")
    assert of(SILENT) == Unknown(Reason.AMBIGUOUS, "read timeout")


def test_where_we_are_not_known_nothing_moves_and_nothing_is_asked_for() -> None:
    assert failed_start(STRANGERS) == Rejected(Reason.PAYEE_PROBLEM, "1001")
    assert failed_refund(STRANGERS) == NotRefunded(RefundRefusal.NOT_ALLOWED, "1001")
    assert failed_request(STRANGERS) == NotSent("1001")


@pytest.mark.parametrize("error", EVERY)
def test_a_question_that_failed_decides_nothing(error: CallFailed) -> None:
    assert failed_question(error) == Unknown(Reason.AMBIGUOUS, str(error))


@pytest.mark.parametrize("error", EVERY)
def test_whatever_failed_hands_on_what_the_office_has_to_know(error: CallFailed) -> None:
    told = [of(error).trouble for of in (failed_start, failed_refund, failed_request, failed_question)]
    assert set(told) == {error.trouble}
    assert STRANGERS.trouble is Trouble.CREDENTIALS_REFUSED
