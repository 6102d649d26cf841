"""Airtel Money's answers, as recorded, and what we make of them (providers.md §4.3, §4.4, §4.9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Currency, Money
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
from portal.providers.airtel_money import AirtelMoney
from portal.providers.airtel_money_codes import (
    ACCEPTED,
    OPEN_QUESTIONS,
    OUTCOMES,
    REASONS,
    REFUSALS,
    UNDECIDED,
)
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.providers.account import REFERENCE, an_inquiry
from tests.providers.airtel import TOKEN, airtel_config, airtel_instruction, an_airtel
from tests.providers.recorded import answer, names

PROMPT_SENT = Accepted(REFERENCE)
OURS = Reason.PAYEE_PROBLEM
NOBODY = Reason.NOT_REGISTERED


def asked(code: str) -> Unknown:
    return Unknown(Reason.AMBIGUOUS, code)


PUSH_ANSWERS: dict[str, StartOutcome] = {
    "prompt_sent": PROMPT_SENT,
    "prompt_sent_with_our_id": PROMPT_SENT,
    "prompt_sent_with_their_id": Accepted(REFERENCE, "2407101234"),
    "prompt_sent_without_response_code": PROMPT_SENT,
    "said_to_be_paid_at_once": PROMPT_SENT,
    "in_process_without_success": asked("DP00800001006"),
    "daily_limit": Rejected(Reason.LIMIT_DAILY, "DP00800001003"),
    "below_minimum": Rejected(Reason.LIMIT_PER_PAYMENT, "DP00800001004"),
    "number_not_found": Rejected(NOBODY, "DP00800001005"),
    "payee_not_permitted": Rejected(NOBODY, "DP00800001010"),
    "wrong_signature": Rejected(OURS, "DP00800001026"),
    "invalid_field": Rejected(OURS, "ESB000008"),
    "number_too_long": Rejected(OURS, "ESB000033"),
    "wrong_country": Rejected(OURS, "ESB000034"),
    "wrong_currency": Rejected(OURS, "ESB000035"),
    "invalid_number": Rejected(NOBODY, "ESB000036"),
    "vendor_not_configured": Rejected(OURS, "ESB000039"),
    "wallet_not_configured": Rejected(OURS, "ROUTER001"),
    "missing_parameter": Rejected(OURS, "ROUTER003"),
    "country_without_route": Rejected(OURS, "ROUTER005"),
    "unknown_country": Rejected(OURS, "ROUTER006"),
    "country_not_allowed": Rejected(OURS, "ROUTER007"),
    "unknown_currency": Rejected(OURS, "ROUTER112"),
    "missing_currency": Rejected(OURS, "ROUTER119"),
    "token_refused": NotSent("token refused"),
    "ambiguous": asked("DP00800001000"),
    "timed_out": asked("DP00800001024"),
    "not_found": asked("DP00800001025"),
    "result_ambiguous": asked("ESB000001"),
    "not_initiated": asked("ESB000004"),
    "failed_somehow": asked("ESB000011"),
    "status_not_fetched": asked("ESB000014"),
    "duplicate": asked("ESB000041"),
    "no_transaction": asked("ESB000045"),
    "router_timed_out": asked("ROUTER117"),
    "not_enough_balance": asked("DP00800001007"),
    "refused_and_accepted": asked("DP00800001005"),
    "refused_by_a_server_in_trouble": asked("DP00800001005"),
    "accepted_by_a_server_in_trouble": asked("DP00800001006"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "DP00800007777", mapped=False),
    "without_words": Unknown(Reason.UNKNOWN_ERROR, "HTTP 502", mapped=False),
}

PAID = Paid(receipt_code="MP260303.1200.L06941")
OF_ANOTHER = asked("answer about another request")
QUERY_ANSWERS: dict[str, Outcome] = {
    "paid": PAID,
    "paid_beside_no_success": PAID,
    "paid_without_code": Paid(),
    "paid_for_another": OF_ANOTHER,
    "failed_for_another": OF_ANOTHER,
    "paid_for_nobody": OF_ANOTHER,
    "paid_by_a_server_in_trouble": asked("DP00800001001"),
    "wrong_pin": NotPaid(Reason.WRONG_PIN, "DP00800001002"),
    "daily_limit": NotPaid(Reason.LIMIT_DAILY, "DP00800001003"),
    "below_minimum": NotPaid(Reason.LIMIT_PER_PAYMENT, "DP00800001004"),
    "no_pin_typed": NotPaid(Reason.NO_RESPONSE, "DP00800001005"),
    "insufficient_funds": NotPaid(Reason.INSUFFICIENT_FUNDS, "DP00800001007"),
    "refused": NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "DP00800001008"),
    "not_honoured": NotPaid(Reason.NOT_COMPLETED, "DP00800001009"),
    "number_barred": NotPaid(NOBODY, "DP00800001010"),
    "wrong_signature": NotPaid(OURS, "DP00800001026"),
    "failed_as_expired": NotPaid(Reason.NO_RESPONSE, "DP00800001029"),
    "failed_for_an_undocumented_reason": NotPaid(Reason.NOT_COMPLETED, "DP00800007777"),
    "failed_without_reason": NotPaid(Reason.NOT_COMPLETED, "ESB000010"),
    "failed_but_ambiguous": asked("DP00800001000"),
    "failed_but_successful": asked("DP00800001001"),
    "failed_but_in_process": asked("DP00800001006"),
    "failed_but_may_still_succeed": asked("DP00800001024"),
    "failed_but_not_found": asked("DP00800001025"),
    "expired": NotPaid(Reason.NO_RESPONSE, "DP00800001029"),
    "expired_without_reason": NotPaid(Reason.NO_RESPONSE, "ESB000010"),
    "expired_but_may_still_succeed": asked("DP00800001024"),
    "in_progress": Pending("DP00800001006"),
    "in_progress_without_id": Pending("DP00800001006"),
    "ambiguous": asked("DP00800001000"),
    "ambiguous_beside_a_reason": asked("DP00800001007"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "TX", mapped=False),
    "not_found": asked("DP00800001025"),
    "not_found_with_404": asked("DP00800001025"),
    "status_not_fetched": asked("ESB000014"),
    "token_refused": asked("token refused"),
    "without_words": asked("HTTP 502"),
}


async def pushed(told: Answer | Exception, reference: str = REFERENCE) -> StartOutcome:
    airtel, _ = an_airtel(told)
    return await airtel.start(airtel_instruction(reference=reference))


async def queried(told: Answer | Exception) -> Outcome:
    airtel, _ = an_airtel(told)
    return await airtel.check(an_inquiry(REFERENCE))


def status(letters: object, code: object = "DP00800001001") -> Answer:
    """An answer to an enquiry with that status and that code."""
    body = answer("airtel_money", "query", "paid").body
    transaction = body["data"]["transaction"] | {"status": letters}
    return Answer(200, {"data": {"transaction": transaction}, "status": {"response_code": code}})


def test_every_recording_has_its_meaning_here() -> None:
    assert names("airtel_money", "push") == set(PUSH_ANSWERS)
    assert names("airtel_money", "query") == set(QUERY_ANSWERS)


@pytest.mark.covers("D23")
@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_each_answer_to_a_push_is_read_as_recorded(name: str) -> None:
    assert await pushed(answer("airtel_money", "push", name)) == PUSH_ANSWERS[name]


@pytest.mark.covers("D23")
@pytest.mark.parametrize("name", sorted(QUERY_ANSWERS))
async def test_each_answer_to_an_enquiry_is_read_as_recorded(name: str) -> None:
    assert await queried(answer("airtel_money", "query", name)) == QUERY_ANSWERS[name]


def test_every_code_of_the_tables_is_recorded() -> None:
    said = {answer("airtel_money", "push", name).body.get("status_code") for name in PUSH_ANSWERS}
    told = [answer("airtel_money", "push", name).body.get("status", {}) for name in PUSH_ANSWERS]
    said |= {one.get(kind) for one in told for kind in ("response_code", "result_code")}
    queries = [answer("airtel_money", "query", name).body for name in QUERY_ANSWERS]
    why = {body.get("status", {}).get("response_code") for body in queries}
    letters = {body.get("data", {}).get("transaction", {}).get("status") for body in queries}
    assert said >= ACCEPTED | set(REFUSALS) | (OPEN_QUESTIONS - set(REASONS) - UNDECIDED)
    assert why >= set(REASONS) | UNDECIDED
    assert letters >= set(OUTCOMES)


@pytest.mark.covers("D06", "D07")
@given(
    letters=st.text(max_size=4).filter(lambda text: text not in OUTCOMES),
    code=st.sampled_from(sorted(REASONS)),
)
async def test_no_other_letters_decide_about_money(letters: str, code: str) -> None:
    assert isinstance(await queried(status(letters, code)), Unknown)


@pytest.mark.covers("D06")
@given(code=st.text(max_size=14).filter(lambda text: text not in REFUSALS and text not in ACCEPTED))
async def test_no_other_code_refuses_a_push_or_accepts_it(code: str) -> None:
    told = Answer(400, {"status": {"response_code": code, "success": False}})
    assert isinstance(await pushed(told), Unknown)


@pytest.mark.parametrize(
    "letters", [None, 0, 1, True, [], ["TS"], {"TS": 1}, "ts", " TS", "TS ", "TSTS", "x" * 50]
)
async def test_what_only_looks_like_a_success_is_none(letters: object) -> None:
    assert isinstance(await queried(status(letters)), Unknown)


@pytest.mark.parametrize("http", [201, 202, 302, 400, 403, 500, 503])
async def test_a_success_with_another_status_is_no_success(http: int) -> None:
    assert isinstance(await queried(Answer(http, answer("airtel_money", "query", "paid").body)), Unknown)
    assert isinstance(await pushed(Answer(http, answer("airtel_money", "push", "prompt_sent").body)), Unknown)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["TS", "TF", REFERENCE]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["data", "status", "transaction", "id", "success", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(body=st.dictionaries(st.sampled_from(["data", "status", "status_code"]), json_values))
async def test_an_answer_of_any_other_shape_decides_nothing(body: dict[str, object]) -> None:
    assert isinstance(await pushed(Answer(200, body)), Unknown)
    told = await queried(Answer(200, body))
    transaction = body.get("data", {})
    ours = isinstance(transaction, dict) and isinstance(transaction.get("transaction"), dict)
    assert isinstance(told, Unknown) or ours


@pytest.mark.covers("D07")
async def test_no_answer_to_a_push_is_never_a_refusal() -> None:
    assert await pushed(Unanswered("ReadTimeout")) == asked("ReadTimeout")
    assert await pushed(NeverSent("ConnectError")) == NotSent("ConnectError")


async def test_no_answer_to_an_enquiry_says_nothing_about_the_money() -> None:
    for trouble in (NeverSent("ConnectError"), Unanswered("ReadTimeout")):
        assert await queried(trouble) == asked(str(trouble))


@pytest.mark.covers("D38")
async def test_a_wallet_is_never_asked_for_another_currency() -> None:
    airtel, wire = an_airtel(TOKEN)
    with pytest.raises(ValueError, match="whole shillings"):
        await airtel.start(airtel_instruction(amount=Money(4_535_00, Currency.USD)))
    assert wire.sent == []


@pytest.mark.parametrize(
    "key",
    ["", "short", "thirty-one-characters-are-short", "with spaces in its middle", "slash/" * 6, "é" * 32],
)
def test_a_callback_key_that_can_be_guessed_or_broken_by_an_address_is_a_fault(key: str) -> None:
    assert set(airtel_config(callback_key=key).faults()) == {"callback_key"}
    assert airtel_config().faults() == {}


def test_no_secret_of_the_settings_is_printed() -> None:
    config = airtel_config(hash_key="a private key")
    assert "secret" not in repr(config).replace("client_secret", "")
    assert "private" not in repr(config)
    assert AirtelMoney.Config is type(config)
