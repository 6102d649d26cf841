"""Errors carry what their sentence needs."""

from portal.domain.errors import NotFound, PaymentInProgress, PortalError, Refused, TooMany
from tests.makers import NOW, PAYMENT


def test_an_error_carries_the_facts_of_its_sentence() -> None:
    error = PortalError(rest=5)
    assert (error.status, error.code, error.facts, str(error)) == (500, "internal", {"rest": 5}, "internal")


def test_a_payment_in_progress_leads_to_itself() -> None:
    error = PaymentInProgress(PAYMENT)
    assert (error.status, error.reference, error.facts) == (409, PAYMENT, {"reference": PAYMENT})


def test_a_refused_field_is_named_with_its_problem() -> None:
    error = Refused("amount", "range", min=1, max=2)
    assert (error.status, error.field, error.problem, error.facts) == (
        422,
        "amount",
        "range",
        {"min": 1, "max": 2},
    )


def test_too_many_tries_say_when_the_next_may_come() -> None:
    error = TooMany("push", NOW)
    assert (error.status, error.what, error.until) == (429, "push", NOW)


def test_what_is_not_theirs_looks_like_what_is_not_there() -> None:
    assert (NotFound.status, NotFound.code) == (404, "not_found")


def test_every_error_a_person_meets_has_its_own_code_and_a_status() -> None:
    errors: list[type[PortalError]] = [PortalError, *PortalError.__subclasses__()]
    assert len({error.code for error in errors}) == len(errors)
    assert all(400 <= error.status < 600 for error in errors)
