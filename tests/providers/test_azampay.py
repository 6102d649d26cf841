"""AzamPay's adapter (providers.md §8.1): two words decide, and whatever else is said fails no payment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money, shillings
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
from portal.domain.phone import Phone
from portal.domain.trouble import Trouble
from portal.providers.provider import NOT_BY_CODE, Inquiry, NotOffered
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import REFERENCE, an_inquiry
from tests.providers.azampay import TOKEN, an_azampay, azampay_instruction
from tests.providers.recorded import answer, names
from tests.providers.refunds import a_refund

ID = "7d0e1c5f9a2b4c8d"


def unmapped(code: str) -> Unknown:
    return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


def unheard(code: str) -> Unknown:
    return Unknown(Reason.AMBIGUOUS, code)


PUSHES: dict[str, StartOutcome] = {
    "accepted": Accepted(REFERENCE, ID),
    "accepted_without_an_id": Accepted(REFERENCE, None),
    "bad_request": Rejected(Reason.NOT_COMPLETED, "HTTP 400"),
    "not_initiated": unmapped("HTTP 200, not accepted"),
    "duplicate": unmapped("HTTP 200, not accepted"),
    "success_as_text": unmapped("HTTP 200, not accepted"),
    "success_by_a_server_in_trouble": unmapped("HTTP 500, not accepted"),
    "forbidden": unmapped("HTTP 403, not accepted"),
    "token_refused": NotSent("token refused"),
}
QUERIES: dict[str, Outcome] = {
    "paid": Paid(),
    "not_paid": NotPaid(Reason.NOT_COMPLETED, "failure"),
    "no_status_yet": Pending("no status yet"),
    "null_status": Pending("no status yet"),
    "undocumented": unmapped("Completed"),
    "in_another_case": unmapped("FAILURE"),
    "status_is_an_object": unmapped("no word"),
    "question_failed": unheard("HTTP 200, no status"),
    "not_found": unheard("HTTP 404, no status"),
    "paid_by_a_server_in_trouble": unheard("HTTP 500, no status"),
}


def test_every_recorded_answer_has_its_meaning_here() -> None:
    assert (names("azampay", "push"), names("azampay", "query")) == (set(PUSHES), set(QUERIES))


@pytest.mark.covers("A7")
@pytest.mark.parametrize("name", sorted(PUSHES))
async def test_each_answer_to_a_push_means_what_is_written_here(name: str) -> None:
    azampay, _ = an_azampay(answer("azampay", "push", name))
    assert await azampay.start(azampay_instruction()) == PUSHES[name]


@pytest.mark.covers("A7", "D06")
@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_each_answer_to_a_question_means_what_is_written_here(name: str) -> None:
    azampay, _ = an_azampay(answer("azampay", "query", name))
    assert await azampay.check(an_inquiry(None)) == QUERIES[name]


@pytest.mark.covers("A7", "D36", "D38")
@pytest.mark.parametrize(
    "method, provider", [(PaymentMethod.HALOPESA, "Halopesa"), (PaymentMethod.AZAMPESA, "Azampesa")]
)
async def test_a_push_has_the_documented_fields_and_names_its_wallet_in_the_case_as_written(
    method: PaymentMethod, provider: str
) -> None:
    azampay, wires = an_azampay(answer("azampay", "push", "accepted"))
    instruction = azampay_instruction(method=method, phone=Phone("255754123456"), amount=shillings(1_234_567))
    await azampay.start(instruction)
    (sent,) = wires.checkout.sent
    assert sent == (
        "POST",
        "/azampay/mno/checkout",
        {
            "json": {
                "accountNumber": "255754123456",
                "amount": "1234567",
                "currency": "TZS",
                "externalId": REFERENCE,
                "provider": provider,
                "additionalProperties": {},
                "callbackUrl": instruction.callback_url,
            },
            "headers": {"Authorization": "Bearer eyJhbGciOiJIUzI1", "X-API-Key": "sandbox-azampay-key"},
        },
    )


@pytest.mark.covers("D38")
async def test_a_wallet_behind_it_is_never_asked_for_another_currency() -> None:
    azampay, wires = an_azampay(answer("azampay", "push", "accepted"))
    with pytest.raises(ValueError, match="whole shillings"):
        await azampay.start(azampay_instruction(amount=Money(100, Currency.USD)))
    assert wires.checkout.sent == []


async def test_where_no_key_of_the_api_was_issued_none_is_sent() -> None:
    azampay, wires = an_azampay(answer("azampay", "push", "accepted"), api_key=None)
    await azampay.start(azampay_instruction())
    assert wires.checkout.sent[0][2]["headers"] == {"Authorization": "Bearer eyJhbGciOiJIUzI1"}


@pytest.mark.covers("D14")
async def test_the_host_of_payouts_is_asked_by_our_reference_whatever_else_is_known() -> None:
    for request_id in (REFERENCE, None):
        azampay, wires = an_azampay(answer("azampay", "query", "paid"))
        await azampay.check(an_inquiry(request_id))
        ((verb, path, sent),) = wires.disbursement.sent
        assert (verb, path) == ("GET", "/api/v1/azampay/transactionstatus")
        assert sent["params"] == {"externalId": REFERENCE}


@pytest.mark.covers("D66")
async def test_a_token_is_asked_for_once_and_anew_an_hour_before_it_ends(clock: FakeClock) -> None:
    azampay, wires = an_azampay(answer("azampay", "push", "accepted"), clock=clock)
    for hours, fetched in ((0, 1), (22, 1), (1, 2)):
        clock.now += timedelta(hours=hours)
        await azampay.start(azampay_instruction())
        assert len(wires.auth.sent) == fetched
    verb, path, sent = wires.auth.sent[0]
    assert (verb, path) == ("POST", "/AppRegistration/GenerateToken")
    assert sent["json"] == {
        "appName": "Nest Pay",
        "clientId": "sandbox-azampay-client",
        "clientSecret": "sandbox-azampay-secret",
    }


@pytest.mark.covers("D66")
async def test_a_token_that_is_refused_is_renewed_once_and_the_push_sent_again() -> None:
    second = Answer(200, TOKEN.body | {"data": {"accessToken": "second"}})
    azampay, wires = an_azampay(
        answer("azampay", "push", "token_refused"),
        answer("azampay", "push", "accepted"),
        tokens=(TOKEN, second),
    )
    assert isinstance(await azampay.start(azampay_instruction()), Accepted)
    tokens = [sent["headers"]["Authorization"] for _, _, sent in wires.checkout.sent]
    assert tokens == ["Bearer eyJhbGciOiJIUzI1", "Bearer second"]


@pytest.mark.covers("D66", "D67")
@pytest.mark.parametrize(
    "token, outcome, trouble",
    [
        (Unanswered("ReadTimeout", Trouble.TOO_SLOW), NotSent("no access token"), Trouble.TOO_SLOW),
        (NeverSent("ConnectError", Trouble.UNREACHABLE), NotSent("ConnectError"), Trouble.UNREACHABLE),
        (answer("azampay", "token", "without_a_token"), NotSent("no access token"), Trouble.UNREADABLE),
        (Answer(200, {"data": {"accessToken": ""}}), NotSent("no access token"), Trouble.UNREADABLE),
        (Answer(500, TOKEN.body), NotSent("no access token"), Trouble.UNREADABLE),
        (
            answer("azampay", "token", "wrong_credentials"),
            Rejected(Reason.PAYEE_PROBLEM, "HTTP 423"),
            Trouble.CREDENTIALS_REFUSED,
        ),
    ],
    ids=["too-slow", "away", "without-a-token", "empty", "in-trouble", "wrong-credentials"],
)
async def test_without_a_token_nothing_is_sent(
    token: Answer | Exception, outcome: NotSent | Rejected, trouble: Trouble
) -> None:
    azampay, wires = an_azampay(tokens=(token,))
    started = await azampay.start(azampay_instruction())
    assert (started, wires.checkout.sent) == (outcome, [])
    assert isinstance(started, NotSent | Rejected)
    assert started.trouble is trouble
    asked = await azampay.check(an_inquiry(None))
    assert isinstance(asked, Unknown)
    assert asked.trouble is trouble


@pytest.mark.covers("D07")
@pytest.mark.parametrize("broken", [Unanswered("ReadTimeout"), NeverSent("ConnectError")], ids=repr)
async def test_a_line_that_breaks_leaves_a_push_unknown_or_unsent_and_a_question_open(
    broken: Exception,
) -> None:
    azampay, _ = an_azampay(broken)
    lost = isinstance(broken, Unanswered)
    assert isinstance(await azampay.start(azampay_instruction()), Unknown if lost else NotSent)
    assert isinstance(await azampay.check(an_inquiry(None)), Unknown)


async def test_it_is_not_asked_by_a_receipt_code_and_sends_nothing_back() -> None:
    azampay, wires = an_azampay()
    asked = Inquiry(reference=REFERENCE, request_id=None, receipt_code="HP260303.1200.H06941")
    assert await azampay.check(asked) == NOT_BY_CODE
    assert await azampay.refund(a_refund()) == NotOffered("refund")
    assert wires.disbursement.sent == []
