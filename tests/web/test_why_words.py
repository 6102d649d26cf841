"""Whatever the books hold has words in both languages: kinds of accounts, figures, and the events that post."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.account_kind import AccountKind
from portal.domain.bank_line import LineAllocated, LineBooked
from portal.domain.events import event_name
from portal.domain.figures import Figure, FigureKind
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.refund_events import RefundSucceeded
from portal.templating.environment import portal_environment
from portal.templating.language import Language
from tests.makers import a_payment

POSTING = (
    e.PaymentCompleted,
    e.LateSuccessReceived,
    e.AmountMismatch,
    e.DuplicateSuccess,
    RefundSucceeded,
    LineBooked,
    LineAllocated,
)


def words(language: Language) -> Any:
    return portal_environment().by_language[language].get_template("why/_words.html").module


def told(language: Language, macro: str, *given: object) -> str:
    return str(getattr(words(language), macro)(*given)).strip()


@pytest.mark.covers("I12")
def test_every_kind_of_account_has_words_of_its_own_in_both_languages() -> None:
    for language in Language:
        said = [told(language, "account_words", kind) for kind in AccountKind]
        assert all(said)
        assert len(set(said)) == len(AccountKind)
    english = {told(Language.EN, "account_words", kind) for kind in AccountKind}
    assert not english & {told(Language.SW, "account_words", kind) for kind in AccountKind}


def test_every_figure_has_words_in_both_languages() -> None:
    bill = a_payment().allocations[0]
    for kind in FigureKind:
        figure = Figure(kind, shillings(1), 1, frozenset(), list)
        said = {told(language, "figure_words", figure, "M-Pesa", bill) for language in Language}
        assert len(said) == 2, kind
        if kind is not FigureKind.EVENT:
            assert said != {told(language, "figure_words", _of_event(), "M-Pesa") for language in Language}


def _of_event() -> Figure:
    return Figure(FigureKind.EVENT, shillings(1), 1, frozenset(), list, "4")


def test_every_event_that_posts_has_words_and_one_of_tomorrow_its_name() -> None:
    for kind in POSTING:
        name = event_name(kind)
        english, swahili = (told(language, "event_words", name) for language in (Language.EN, Language.SW))
        assert english != swahili
        assert english.lower() != name.replace("_", " ").lower()
    assert told(Language.EN, "event_words", "DEPOSIT_SETTLED") == "Deposit settled"
    assert told(Language.EN, "event_words", None) == "Posted"


def test_every_way_of_knowing_has_words_in_both_languages() -> None:
    for source in Source:
        assert len({told(language, "source_words", source) for language in Language}) == 2
