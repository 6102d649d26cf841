"""What Yas asks from its menu, and how it is answered (providers.md §3.B): read strictly, answered in form, always."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portal.domain.ids import shown
from portal.domain.menu import Refusal
from portal.domain.money import shillings
from portal.domain.phone import Phone
from portal.providers.menu import MenuAnswer, menu_of
from portal.providers.tigo_pesa_menu import CODES, LONGEST_TEXT, TigoPesaMenu
from portal.sandbox.mixx.menu import Typed, read_answer
from tests.fakes import FakeProvider
from tests.makers import FakeClock, a_reference
from tests.providers.mixx import a_mixx
from tests.services.menu import COMPANY, a_call, fields_of

MENU = TigoPesaMenu("12345")
SAMPLE = (Path(__file__).parent / "recordings" / "tigo_pesa" / "menu" / "sync_billpay.xml").read_text()
PRINTED = st.characters(codec="utf-8", exclude_categories=["C"])


@pytest.mark.covers("A11")
def test_the_documented_call_is_read_as_it_is_meant() -> None:
    call = MENU.read(SAMPLE)
    assert call is not None
    assert (call.id, call.sender, call.phone) == ("BP140218.1240.B01530", "0721777777", Phone("255721777777"))
    assert (call.company, call.reference, call.amount) == ("12345", "T1234ABC", shillings(1_000))


@pytest.mark.covers("A11")
@pytest.mark.parametrize("refusal", [None, *Refusal])
def test_every_answer_has_the_documented_fields_in_their_order(refusal: Refusal | None) -> None:
    told = MENU.answer(MENU.read(SAMPLE), MenuAnswer(reference="7K29QXM4AB1C", text="a < b", refusal=refusal))
    assert list(fields_of(told)) == [
        "TYPE", "TXNID", "REFID", "RESULT", "ERRORCODE", "ERRORDESC", "MSISDN", "FLAG", "CONTENT",
    ]  # fmt: skip
    assert fields_of(told)["RESULT"] == ("TF" if refusal else "TS")
    assert fields_of(told)["ERRORCODE"] == CODES[refusal]
    assert etree.fromstring(told).findtext("CONTENT") == "a < b"


def test_every_refusal_has_a_code_and_no_code_but_one_says_yes() -> None:
    assert set(CODES) == {None, *Refusal}
    assert [refusal for refusal, code in CODES.items() if code == "error000"] == [None]


def test_a_text_is_cut_where_the_screen_ends_and_has_no_bar() -> None:
    told = fields_of(MENU.answer(None, MenuAnswer(reference="7K29QXM4AB1C", text="a|" * 100)))
    assert told["CONTENT"] == "a/" * (LONGEST_TEXT // 2)
    assert fields_of(MENU.answer(None, MenuAnswer(reference="7K29QXM4AB1C", text="")))["FLAG"] == "N"


def test_the_repeated_call_asks_the_same_however_it_is_laid_out() -> None:
    spread_out = SAMPLE.replace("><", ">\n  <").replace("1000<", "1000.00<")
    first, second = MENU.read(SAMPLE), MENU.read(f'<?xml version="1.0" encoding="ISO-8859-1"?>\n{spread_out}')
    assert first
    assert second
    assert first.asked == second.asked
    other = MENU.read(SAMPLE.replace("1000<", "1001<"))
    assert other
    assert other.asked != first.asked


def test_the_repeated_call_asks_the_same_however_number_and_reference_are_written() -> None:
    reference = a_reference(77)
    first = MENU.read(a_call(TXNID="T0100", MSISDN="0652111222", CUSTOMERREFERENCEID=shown(reference)))
    again = MENU.read(a_call(TXNID="T0100", MSISDN="255652111222", CUSTOMERREFERENCEID=reference.lower()))
    assert first
    assert again
    assert first.asked == again.asked


def test_fields_that_we_do_not_know_do_no_harm() -> None:
    assert MENU.read(SAMPLE.replace("</COMMAND>", "<BRAND>x</BRAND><!-- y --></COMMAND>")) == MENU.read(
        SAMPLE
    )


@pytest.mark.parametrize(
    "typed, amount",
    [
        ("1000.00", 1_000),
        ("0", 0),
        ("1000.50", None),
        ("1e3", None),
        ("-1", None),
        ("", None),
        ("\u0661\u0660\u0660\u0660", None),
        ("9" * 14, None),
    ],
)
def test_only_whole_shillings_are_an_amount(typed: str, amount: int | None) -> None:
    call = MENU.read(a_call(AMOUNT=typed))
    assert call
    assert call.amount == (None if amount is None else shillings(amount))


BOMB = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>' + SAMPLE.replace("T1234ABC", "&b;")
FILE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SAMPLE.replace("T1234ABC", "&a;")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "<COMMAND>",
        SAMPLE[:-5],
        SAMPLE + SAMPLE,
        SAMPLE.replace("COMMAND", "ORDER"),
        SAMPLE.replace("SYNC_BILLPAY_REQUEST", "SYNC_LOOKUP_REQUEST"),
        SAMPLE.replace("<AMOUNT>1000</AMOUNT>", ""),
        SAMPLE.replace("<AMOUNT>1000</AMOUNT>", "<AMOUNT>1000</AMOUNT><AMOUNT>1</AMOUNT>"),
        SAMPLE.replace("1000", "<B>1000</B>"),
        SAMPLE.replace("<AMOUNT>", '<AMOUNT unit="USD">'),
        SAMPLE.replace("BP140218.1240.B01530", "B" * 21),
        SAMPLE.replace("BP140218.1240.B01530", "two words"),
        SAMPLE.replace("0721777777", "nobody"),
        SAMPLE.replace("T1234ABC", "x" * 51),
        SAMPLE.replace("T1234ABC", "&unheard;"),
        SAMPLE.replace("<COMMAND>", '<COMMAND xmlns="urn:x">'),
        "<COMMAND>" * 5_000 + "</COMMAND>" * 5_000,
        BOMB,
        FILE,
        "\ud800",
        SAMPLE.replace("T1234ABC", "\x00"),
    ],
)
def test_what_is_no_call_is_none_and_nothing_else_happens(body: str) -> None:
    assert MENU.read(body) is None


@given(st.text() | st.text(alphabet="<>/&;COMMANDTXYPEI ![]\"'="))
def test_no_text_does_anything_else(body: str) -> None:
    assert MENU.read(body) is None


@given(
    txnid=st.from_regex(r"[A-Za-z0-9.-]{4,20}", fullmatch=True),
    reference=st.text(PRINTED, max_size=50),
    amount=st.integers(0, 10**13 - 1),
    text=st.text(PRINTED, max_size=200),
)
def test_every_call_and_every_answer_comes_through_as_it_was_meant(
    txnid: str, reference: str, amount: int, text: str
) -> None:
    """Against the other side, which writes and reads by the same page of the documents."""
    typed = Typed("255721777777", COMPANY, reference, amount, txnid)
    call = MENU.read(typed.letter.body.decode())
    assert call
    assert (call.id, call.reference, call.amount) == (txnid, reference.strip(), shillings(amount))
    answer = read_answer(MENU.answer(call, MenuAnswer(reference="7K29QXM4AB1C", text=text)), typed)
    assert answer
    assert answer["CONTENT"] == text.replace("|", "/")[:LONGEST_TEXT]


async def test_a_provider_without_a_number_there_has_no_menu() -> None:
    assert menu_of(a_mixx(FakeClock())[0]) is None
    assert menu_of(FakeProvider()) is None
    assert menu_of(None) is None
