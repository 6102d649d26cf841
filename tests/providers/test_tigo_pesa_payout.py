"""Money that goes back by Mixx by Yas: what is asked for, and what each status of an answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Reason, Unknown
from portal.domain.refund_outcome import NotRefunded, RefundAnswer, Refunded, RefundRefusal, RefundRoute
from portal.domain.trouble import Trouble
from portal.providers.provider import NotOffered
from portal.providers.tigo_pesa import TigoPesa
from portal.providers.tigo_pesa_command import read_command
from portal.providers.tigo_pesa_payout import HOLD, OUTCOMES
from portal.providers.wire import Breaker, CallFailed, NeverSent, Unanswered, Wire
from tests.makers import FakeClock
from tests.providers.mixx import BASE_URL, a_config
from tests.providers.refunds import REFUND, a_refund

PAYOUT = a_refund(route=RefundRoute.PAYOUT, amount=shillings(100_000))
PURSE = {"payout_path": "-A2W", "payout_msisdn": "255721777777", "payout_pin": "1456"}
SAMPLE = (
    f"<COMMAND><TYPE>RESMFICI</TYPE><REFERENCEID>{REFUND}</REFERENCEID><TXNID>42326232</TXNID>"
    "<TXNSTATUS>200</TXNSTATUS><MESSAGE>Success</MESSAGE></COMMAND>"
)
REASONS: dict[str, RefundRefusal | None] = {
    "0": None,
    "200": None,
    "00026": RefundRefusal.NOT_ALLOWED,
    "00031": RefundRefusal.AMOUNT,
    "00042": RefundRefusal.AMOUNT,
    "317": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "410": RefundRefusal.LIMIT,
    "2117": RefundRefusal.NOT_ALLOWED,
    "60014": RefundRefusal.LIMIT,
    "60017": RefundRefusal.AMOUNT,
    "60018": RefundRefusal.LIMIT,
    "60019": RefundRefusal.OUR_BALANCE,
    "60021": RefundRefusal.LIMIT,
    "60024": RefundRefusal.LIMIT,
    "60028": RefundRefusal.LIMIT,
    "60030": RefundRefusal.PAYEE_CANNOT_RECEIVE,
    "60074": RefundRefusal.NOT_ALLOWED,
}


class XmlWire(Wire):
    """Plays one answer; `sent` is the log."""

    def __init__(self, answer: str | CallFailed) -> None:
        # No client: nothing leaves this wire.
        self.breaker = Breaker(lambda: 0.0)
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self._answer = answer

    async def exchange(self, verb: str, path: str, read: Callable[[bytes], Any], **request: Any) -> Any:
        self.sent.append((verb, path, request))
        if isinstance(self._answer, CallFailed):
            raise self._answer
        told = read(self._answer.encode())
        if told is None:
            raise Unanswered("HTTP 200, no answer", Trouble.UNREADABLE)
        return told

    async def close(self) -> None:
        return None


def a_purse(answer: str | CallFailed, **changes: Any) -> tuple[TigoPesa, XmlWire]:
    wire = XmlWire(answer)
    return TigoPesa(a_config(**(PURSE | changes)), wire, FakeClock()), wire


async def paid_out(answer: str | CallFailed) -> RefundAnswer | NotOffered:
    return await a_purse(answer)[0].refund(PAYOUT)


def test_every_status_has_its_sentence() -> None:
    assert OUTCOMES == REASONS
    assert not OUTCOMES.keys() & HOLD


async def test_the_documented_command_is_sent_to_the_number_that_paid() -> None:
    mixx, wire = a_purse(SAMPLE)
    assert await mixx.refund(PAYOUT) == Refunded("42326232")
    ((verb, path, request),) = wire.sent
    assert (verb, path) == ("POST", f"{BASE_URL}-A2W")
    assert request["headers"] == {"Content-Type": "text/xml"}
    assert request["content"].decode() == (
        f"<COMMAND><TYPE>REQMFICI</TYPE><REFERENCEID>{REFUND}</REFERENCEID><MSISDN>255721777777</MSISDN>"
        "<PIN>1456</PIN><MSISDN1>255754123456</MSISDN1><AMOUNT>100000</AMOUNT><LANGUAGE1>en</LANGUAGE1></COMMAND>"
    )


@pytest.mark.parametrize("status, reason", REASONS.items())
async def test_every_status_means_one_thing(status: str, reason: RefundRefusal | None) -> None:
    told = await paid_out(SAMPLE.replace(">200<", f">{status}<"))
    assert told == (Refunded("42326232") if reason is None else NotRefunded(reason, status))


@pytest.mark.parametrize(
    "answer, said",
    [
        (SAMPLE.replace(">200<", ">100<"), Unknown(Reason.AMBIGUOUS, "100")),
        (SAMPLE.replace(">200<", ">7777<"), Unknown(Reason.UNKNOWN_ERROR, "7777", mapped=False)),
        (SAMPLE.replace(">200<", ">no status<"),
         Unknown(Reason.UNKNOWN_ERROR, "unreadable TXNSTATUS", mapped=False)),
        (SAMPLE.replace("42326232", ""), Unknown(Reason.AMBIGUOUS, "sent without a TXNID")),
        (SAMPLE.replace(REFUND, "0000000000QC"), Unknown(Reason.AMBIGUOUS, "answer about another request")),
        (SAMPLE.replace("RESMFICI", "OK"), Unknown(Reason.AMBIGUOUS, "HTTP 200, no answer")),
        (SAMPLE[:60], Unknown(Reason.AMBIGUOUS, "HTTP 200, no answer")),
        ("<html>", Unknown(Reason.AMBIGUOUS, "HTTP 200, no answer")),
        (Unanswered("read timeout"), Unknown(Reason.AMBIGUOUS, "read timeout")),
        (NeverSent("refused"), NotSent("refused")),
    ],
    ids=str,
)  # fmt: skip
async def test_whatever_is_unsure_is_unknown_and_never_sent_again(
    answer: str | CallFailed, said: RefundAnswer
) -> None:
    assert await paid_out(answer) == said


@given(status=st.from_regex(r"[0-9]{1,7}", fullmatch=True).filter(lambda text: text not in OUTCOMES))
def test_no_other_status_decides_about_money(status: str) -> None:
    assert read_command(SAMPLE.replace(">200<", f">{status}<"))["TXNSTATUS"] == status
    assert status not in OUTCOMES


async def test_what_it_cannot_send_is_said_without_asking() -> None:
    mixx, wire = a_purse(SAMPLE)
    for impossible, reason in (
        (replace(PAYOUT, phone=None), RefundRefusal.PAYEE_CANNOT_RECEIVE),
        (replace(PAYOUT, amount=shillings(453_501)), RefundRefusal.AMOUNT),
    ):
        told = await mixx.refund(impossible)
        assert isinstance(told, NotRefunded)
        assert told.reason is reason
    assert await mixx.refund(a_refund()) == NotOffered(RefundRoute.REVERSAL)
    without, _ = a_purse(SAMPLE, payout_path=None, payout_msisdn=None, payout_pin=None)
    assert without.capabilities.sends_back == ()
    assert await without.refund(PAYOUT) == NotOffered(RefundRoute.PAYOUT)
    assert wire.sent == []


@pytest.mark.parametrize(
    "changes, wrong",
    [
        ({}, set()),
        ({"payout_pin": None}, {"payout_pin"}),
        ({"payout_path": None, "payout_msisdn": None}, {"payout_path", "payout_msisdn"}),
        ({"payout_path": None, "payout_msisdn": None, "payout_pin": None}, set()),
        ({"payout_path": "A2W"}, {"payout_path"}),
        ({"payout_msisdn": "0721777777"}, {"payout_msisdn"}),
        ({"payout_pin": "abcd"}, {"payout_pin"}),
    ],
)
def test_a_purse_is_set_whole_or_not_at_all(changes: dict[str, Any], wrong: set[str]) -> None:
    config = a_config(**(PURSE | changes))
    assert config.faults().keys() == wrong
    assert "1456" not in repr(config)
    assert "1456" not in repr(config.disbursing)
