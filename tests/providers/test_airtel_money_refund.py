"""Money that goes back by Airtel Money: what is asked for, and what each recorded answer means."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.trouble import Trouble
from portal.providers.airtel_money_codes import PAYOUT_OPEN, PAYOUT_REFUSALS, REFUND_OPEN, REFUND_REFUSALS
from portal.providers.provider import NotOffered
from portal.providers.wire import Answer, NeverSent, Unanswered
from portal.sandbox.airtel.account import AirtelAccount
from tests.providers.account import REFERENCE
from tests.providers.airtel import airtel_config, an_airtel
from tests.providers.recorded import answer, names
from tests.providers.refunds import REFUND, a_refund, a_refund_inquiry
from tests.providers.vodacom import KEYS, PUBLIC_KEY

RECEIPT = "MP210603.1234.L06941"
BACK = "CI2210.1234.L00029"
REVERSAL = a_refund(receipt_code=RECEIPT)
PAYOUT = a_refund(receipt_code=RECEIPT, route=RefundRoute.PAYOUT, amount=shillings(100_000))
DISBURSING: dict[str, Any] = {"disbursement_pin": "2580", "disbursement_public_key": PUBLIC_KEY}


def no(reason: RefundRefusal, code: str) -> NotRefunded:
    return NotRefunded(reason, code)


def asked(code: str) -> Unknown:
    return Unknown(Reason.AMBIGUOUS, code)


def strange(code: str) -> Unknown:
    return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


REFUSED = RefundRefusal
REFUNDS: dict[str, RefundAnswer] = {
    "sent_back": Refunded(BACK),
    "sent_back_without_code": Refunded(None),
    "amount_limit": no(REFUSED.LIMIT, "DP00800001003"),
    "amount_too_small": no(REFUSED.AMOUNT, "DP00800001004"),
    "our_balance": no(REFUSED.OUR_BALANCE, "DP00800001007"),
    "payee_barred": no(REFUSED.PAYEE_CANNOT_RECEIVE, "DP00800001010"),
    "payment_not_found": no(REFUSED.NOT_FOUND, "DP00800001025"),
    "wrong_signature": no(REFUSED.NOT_ALLOWED, "DP00800001026"),
    "invalid_field": no(REFUSED.NOT_ALLOWED, "ESB000008"),
    "vendor_not_configured": no(REFUSED.NOT_ALLOWED, "ESB000039"),
    "wallet_not_configured": no(REFUSED.NOT_ALLOWED, "ROUTER001"),
    "missing_parameter": no(REFUSED.NOT_ALLOWED, "ROUTER003"),
    "in_other_words": asked("ESB000010"),
    "sent_back_and_refused": strange("DP00800001007"),
    "by_a_server_in_trouble": asked("ESB000010"),
    "our_balance_by_a_server_in_trouble": strange("DP00800001007"),
    "failed": asked("ESB000011"),
    "ambiguous": asked("DP00800001000"),
    "timed_out": asked("DP00800001024"),
    "duplicate": asked("ESB000041"),
    "router_timed_out": asked("ROUTER117"),
    "undocumented": strange("DP00800007777"),
    "without_words": strange("HTTP 200"),
    "token_refused": NotSent("token refused"),
}
PAYOUTS: dict[str, RefundAnswer] = {
    "under_way": RefundAccepted(REFUND),
    "ambiguous": RefundAccepted(REFUND),
    "done_at_once": Refunded(None),
    "done_with_its_code": Refunded(BACK),
    "done_without_success": asked("DP00900001001"),
    "under_way_without_success": asked("DP00900001006"),
    "limit": no(REFUSED.LIMIT, "DP00900001003"),
    "amount": no(REFUSED.AMOUNT, "DP00900001004"),
    "our_balance": no(REFUSED.OUR_BALANCE, "DP00900001007"),
    "payee_invalid": no(REFUSED.PAYEE_CANNOT_RECEIVE, "DP00900001009"),
    "not_allowed": no(REFUSED.NOT_ALLOWED, "DP00900001010"),
    "number_invalid": no(REFUSED.PAYEE_CANNOT_RECEIVE, "DP00900001012"),
    "refused": no(REFUSED.REFUSED, "DP00900001013"),
    "forbidden": no(REFUSED.NOT_ALLOWED, "DP00900001016"),
    "number_too_long": no(REFUSED.PAYEE_CANNOT_RECEIVE, "ESB000033"),
    "number_unknown": no(REFUSED.PAYEE_CANNOT_RECEIVE, "ESB000036"),
    "country": no(REFUSED.NOT_ALLOWED, "ESB000034"),
    "currency": no(REFUSED.NOT_ALLOWED, "ESB000035"),
    "vendor_not_configured": no(REFUSED.NOT_ALLOWED, "ESB000039"),
    "pin_invalid": no(REFUSED.NOT_ALLOWED, "ROUTER114"),
    "wrong_pin": no(REFUSED.NOT_ALLOWED, "ROUTER115"),
    "pin_badly_hidden": no(REFUSED.NOT_ALLOWED, "ROUTER116"),
    "refused_and_accepted": strange("DP00900001007"),
    "our_balance_by_a_server_in_trouble": strange("DP00900001007"),
    "failed": asked("DP00900001005"),
    "similar_one": asked("DP00900001011"),
    "timed_out": asked("DP00900001014"),
    "not_found": asked("DP00900001015"),
    "duplicate": asked("DP00900001017"),
    "router_timed_out": asked("ROUTER117"),
    "undocumented": strange("DP00900007777"),
}
STANDINGS: dict[str, RefundOutcome] = {
    "done": Refunded(BACK),
    "in_progress": Pending("DP00900001006"),
    "ambiguous": asked("DP00900001000"),
    "failed": no(REFUSED.REFUSED, "DP00900001013"),
    "our_balance": no(REFUSED.OUR_BALANCE, "DP00900001007"),
    "failed_somehow": no(REFUSED.REFUSED, "DP00900007777"),
    "failed_as_the_payouts_do": no(REFUSED.REFUSED, "DP00900001005"),
    "failed_but_timed_out": asked("DP00900001014"),
    "expired": no(REFUSED.REFUSED, "DP00900001013"),
    "done_for_another": asked("answer about another request"),
    "undocumented": strange("TX"),
    "without_letters": asked("DP00900001001"),
    "not_found": asked("DP00900001015"),
    "without_words": asked("no status"),
}


def said(kind: str, name: str) -> Answer:
    return answer("airtel_money", kind, name)


def codes(kind: str) -> set[str]:
    bodies = [said(kind, name).body for name in names("airtel_money", kind)]
    of_status = [body.get("status", {}) for body in bodies]
    told = [(s.get("response_code"), s.get("result_code")) for s in of_status]
    return {code for pair in told for code in pair if code} | {body.get("status_code", "") for body in bodies}


def test_every_recording_and_every_code_of_their_own_has_its_sentence() -> None:
    assert names("airtel_money", "refund") == REFUNDS.keys()
    assert names("airtel_money", "payout") == PAYOUTS.keys()
    assert names("airtel_money", "payout_query") == STANDINGS.keys()
    shared = REFUND_REFUSALS.keys() & PAYOUT_REFUSALS.keys()
    assert REFUND_REFUSALS.keys() - shared <= codes("refund")
    assert PAYOUT_REFUSALS.keys() - shared <= codes("payout")


@pytest.mark.parametrize("name", REFUNDS)
async def test_every_answer_to_a_refund_means_one_thing(name: str) -> None:
    airtel, wire = an_airtel(said("refund", name))
    assert await airtel.refund(REVERSAL) == REFUNDS[name]
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("POST", "/standard/v1/payments/refund")
    assert request["json"] == {"transaction": {"airtel_money_id": RECEIPT}}


@pytest.mark.parametrize("name", PAYOUTS)
async def test_every_answer_to_a_payout_means_one_thing(name: str) -> None:
    airtel, wire = an_airtel(said("payout", name), **DISBURSING)
    assert await airtel.refund(PAYOUT) == PAYOUTS[name]
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("POST", "/standard/v2/disbursements/")
    pin = KEYS.decrypt(base64.b64decode(request["json"].pop("pin")), PKCS1v15())
    assert pin == b"2580"
    assert request["json"] == {
        "payee": {"currency": "TZS", "msisdn": "754123456", "name": ""},
        "reference": REFERENCE,
        "transaction": {"amount": 100_000, "id": REFUND, "type": "B2C"},
    }


@pytest.mark.parametrize("name", STANDINGS)
async def test_every_answer_about_a_payout_means_one_thing(name: str) -> None:
    airtel, wire = an_airtel(said("payout_query", name), **DISBURSING)
    inquiry = a_refund_inquiry(route=RefundRoute.PAYOUT)
    assert await airtel.check_refund(inquiry) == STANDINGS[name]
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("GET", f"/standard/v2/disbursements/{REFUND}")
    assert request["params"] == {"transactionType": "B2C"}


async def test_what_the_wire_and_the_token_say_of_a_refund_is_handed_on() -> None:
    lost, away = Unanswered("read timeout", Trouble.TOO_SLOW), NeverSent("refused", Trouble.UNREACHABLE)
    wrong = Answer(401, {"error": "invalid_client"})
    inquiry = a_refund_inquiry(route=RefundRoute.PAYOUT)
    for refund in (REVERSAL, PAYOUT):
        airtel, _ = an_airtel(lost, **DISBURSING)
        assert await airtel.refund(refund) == asked("read timeout")
        assert await airtel.check_refund(inquiry) == asked("read timeout")
        airtel, _ = an_airtel(away, **DISBURSING)
        assert await airtel.refund(refund) == NotSent("refused")
        airtel, _ = an_airtel(said("payout", "under_way"), tokens=[wrong], **DISBURSING)
        refusal = await airtel.refund(refund)
        assert refusal == no(REFUSED.NOT_ALLOWED, "invalid_client")
        assert isinstance(refusal, NotRefunded)
        assert refusal.trouble is Trouble.CREDENTIALS_REFUSED
        assert await airtel.check_refund(inquiry) == asked("invalid_client")


async def test_what_it_cannot_send_is_said_without_asking() -> None:
    airtel, wire = an_airtel(said("refund", "sent_back"), **DISBURSING)
    for impossible, reason in (
        (replace(REVERSAL, amount=shillings(100_000)), REFUSED.AMOUNT),
        (replace(REVERSAL, receipt_code=None), REFUSED.NOT_FOUND),
        (replace(PAYOUT, phone=None), REFUSED.PAYEE_CANNOT_RECEIVE),
        (replace(PAYOUT, amount=shillings(453_501)), REFUSED.AMOUNT),
    ):
        answer = await airtel.refund(impossible)
        assert isinstance(answer, NotRefunded)
        assert answer.reason is reason
    assert await airtel.check_refund(a_refund_inquiry()) == Pending("no query")
    assert wire.sent == []


async def test_without_the_pin_of_disbursements_nothing_is_paid_out() -> None:
    airtel, wire = an_airtel(said("refund", "sent_back"))
    assert [way.route for way in airtel.capabilities.sends_back] == [RefundRoute.REVERSAL]
    assert await airtel.refund(PAYOUT) == NotOffered(RefundRoute.PAYOUT)
    assert wire.sent == []
    await airtel.close()


@pytest.mark.parametrize(
    "changes, wrong",
    [
        (DISBURSING, set()),
        ({"disbursement_pin": "2580"}, {"disbursement_public_key"}),
        ({"disbursement_public_key": PUBLIC_KEY}, {"disbursement_pin"}),
        ({**DISBURSING, "disbursement_pin": "25801"}, {"disbursement_pin"}),
        ({**DISBURSING, "disbursement_public_key": "no key"}, {"disbursement_public_key"}),
    ],
)
def test_a_pin_and_its_key_are_set_both_or_neither(changes: dict[str, str], wrong: set[str]) -> None:
    config = airtel_config(**changes)
    assert config.faults().keys() == wrong
    assert "2580" not in repr(config)


def test_the_settings_of_the_simulated_provider_have_no_fault() -> None:
    account = AirtelAccount()
    config = airtel_config(
        disbursement_pin=account.disbursement_pin, disbursement_public_key=account.disbursement_public_key
    )
    assert config.faults() == {}


@pytest.mark.covers("D14")
@given(code=st.from_regex(r"(DP0080000|DP0090000|ESB|ROUTER)[0-9]{3,4}", fullmatch=True))
async def test_no_invented_code_decides_about_money_that_goes_back(code: str) -> None:
    told = {"code": "400", "message": "…", "response_code": code, "success": False}
    for refund, refusals, known in (
        (REVERSAL, REFUND_REFUSALS, REFUND_OPEN),
        (PAYOUT, PAYOUT_REFUSALS, PAYOUT_OPEN),
    ):
        airtel, _ = an_airtel(Answer(400, {"status": told}), **DISBURSING)
        said_so = await airtel.refund(refund)
        assert isinstance(said_so, NotRefunded) is (code in refusals)
        assert not isinstance(said_so, Unknown) or said_so.mapped is (code in known)
