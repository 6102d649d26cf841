"""Vodacom asked by the code of a receipt: its answer never says whose money it was (providers.md §2.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.providers.provider import NOT_BY_CODE
from tests.makers import FakeClock
from tests.providers.account import an_inquiry
from tests.providers.test_mpesa_vodacom import CONVERSATION, said
from tests.providers.vodacom import stage

CODE = "HV9AHXCG4CCV"
"""As the page keeps the code of the recording."""
INQUIRY = replace(an_inquiry(CONVERSATION), receipt_code=CODE)


@pytest.mark.covers("B9")
async def test_the_question_names_the_code_and_neither_id_of_the_request(clock: FakeClock) -> None:
    played = stage(clock, query=[said("query", "paid")])
    assert await played.vodacom.check(INQUIRY) == Paid(receipt_code="hv9ahxcg4ccv")
    _, _, request = played.wire.request("query")
    assert request["params"]["input_QueryReference"] == CODE


@pytest.mark.covers("B9")
async def test_its_answer_names_no_payment_and_no_amount(clock: FakeClock) -> None:
    played = stage(clock, query=[said("query", "paid")])
    paid = await played.vodacom.check(INQUIRY)
    assert isinstance(paid, Paid)
    assert (paid.reference, paid.amount) == (None, None)


@pytest.mark.parametrize("transaction", ["OTHER12345", "N/A", None, ""])
async def test_an_answer_about_another_transaction_says_nothing_of_the_code(
    clock: FakeClock, transaction: object
) -> None:
    played = stage(clock, query=[said("query", "paid", output_OriginalTransactionID=transaction)])
    assert await played.vodacom.check(INQUIRY) == Unknown(
        Reason.AMBIGUOUS, "answer about another transaction"
    )


@pytest.mark.parametrize(
    "name, outcome",
    [
        ("not_found", Pending("INS-23")),
        ("not_indexed", Pending("INS-6140")),
        ("in_flight", Pending("N/A")),
        ("cancelled", NotPaid(Reason.NOT_COMPLETED, "Cancelled")),
        ("reversed", Unknown(Reason.CONTRADICTION, "reversed")),
        ("internal_error", Unknown(Reason.AMBIGUOUS, "INS-1")),
    ],
)
async def test_what_is_not_paid_under_the_code_is_read_as_of_any_transaction(
    clock: FakeClock, name: str, outcome: Outcome
) -> None:
    played = stage(clock, query=[said("query", name)])
    assert await played.vodacom.check(INQUIRY) == outcome


@pytest.mark.parametrize("code", ["CO140924.1414.A00113", "A" * 33])
async def test_a_code_that_the_address_cannot_carry_is_not_asked_about(clock: FakeClock, code: str) -> None:
    played = stage(clock, query=[said("query", "paid")])
    assert await played.vodacom.check(replace(INQUIRY, receipt_code=code)) == NOT_BY_CODE
    assert played.wire.sent == []
