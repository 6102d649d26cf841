"""Components one by one: what a screen reader, a keyboard and the poll find in them."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.money import shillings
from portal.templating.language import Language
from tests.templating.rendering import Drawn

FORM = '{% from "components/form.html" import field, radio_group, error_summary, form %}'
STATUS = '{% from "components/status.html" import status_card, slow_line %}'


@pytest.mark.covers("M9")
def test_a_field_describes_itself_by_its_hint_and_its_error(drawn: Drawn) -> None:
    box = drawn(
        FORM + '{{ field("phone", "Mobile number", value="12", hint="Yours", error="Enter a number") }}'
    )
    (entry,) = box.xpath("//input")
    assert entry.get("aria-describedby") == "hint-phone error-phone"
    assert entry.get("aria-invalid") == "true"
    assert box.xpath("string(//label)") == "Mobile number"
    assert box.xpath("string(//*[@id='error-phone'])") == "Error: Enter a number"
    assert entry.get("value") == "12"


def test_a_sound_field_says_nothing_of_errors(drawn: Drawn) -> None:
    (entry,) = drawn(FORM + '{{ field("phone", "Mobile number") }}').xpath("//input")
    assert "aria-describedby" not in entry.attrib
    assert "aria-invalid" not in entry.attrib


def test_a_field_with_rows_is_a_box_for_sentences(drawn: Drawn) -> None:
    box = drawn(FORM + '{{ field("notes", "Notes", value="<x>", rows=3) }}')
    assert box.xpath("string(//textarea)") == "<x>"


@pytest.mark.covers("M10")
def test_each_line_of_the_error_summary_leads_to_its_field(drawn: Drawn) -> None:
    box = drawn(FORM + '{{ error_summary({"phone": "Enter a mobile number"}) }}', Language.SW)
    (summary,) = box.xpath("//*[@role='alert']")
    assert (summary.get("tabindex"), summary.get("autofocus")) == ("-1", "")
    assert summary.xpath(".//a/@href") == ["#field-phone"]
    assert summary.xpath("string(.//h2)") == "Kuna tatizo"


def test_without_errors_there_is_no_summary(drawn: Drawn) -> None:
    assert drawn(FORM + "{{ error_summary({}) }}").xpath("//*[@role]") == []


@pytest.mark.covers("A20", "M9")
def test_boxes_to_tick_keep_what_was_ticked_and_lead_an_error_to_the_first(drawn: Drawn) -> None:
    options = [
        {
            "value": "a",
            "label": "Deposit",
            "aside": "TSh 1",
            "data": {"data-amount": 1, "data-parts": None},
        },
        {"value": "b", "label": "Rent", "hint": "due today"},
        {"value": "c", "label": "Fee"},
    ]
    box = drawn(
        '{% from "components/form.html" import checkbox_group %}'
        '{{ checkbox_group("bill", "What?", options, ["b", "c"], error="Choose") }}',
        options=options,
    )
    first, second, third = box.xpath("//input[@type='checkbox'][@name='bill']")
    assert ["checked" in control.attrib for control in (first, second, third)] == [False, True, True]
    assert (first.get("id"), first.get("data-amount"), first.get("data-parts")) == (
        "field-bill",
        "1",
        None,
    )
    assert (
        box.xpath("string(//*[@id=$more])", more=str(second.get("aria-describedby"))).strip() == "due today"
    )
    assert box.xpath("//fieldset/@aria-describedby") == ["error-bill"]


def test_a_way_to_pay_that_is_closed_stays_readable_with_its_reason(drawn: Drawn) -> None:
    options = [{"value": "m", "label": "M-Pesa"}, {"value": "c", "label": "Card", "disabled": "Not open yet"}]
    box = drawn(FORM + '{{ radio_group("method", "How?", options, value="c") }}', options=options)
    first, closed = box.xpath("//input")
    assert (first.get("id"), first.get("disabled")) == ("field-method", None)
    assert "disabled" in closed.attrib
    assert "checked" not in closed.attrib
    assert "Not open yet" in box.xpath(f"string(//*[@id='{closed.get('aria-describedby')}'])")


def test_what_was_chosen_stays_chosen(drawn: Drawn) -> None:
    options = [{"value": value, "label": value} for value in "abc"]
    box = drawn(FORM + '{{ radio_group("bill", "What?", options, value="c") }}', options=options)
    assert box.xpath("//input[@checked]/@value") == ["c"]


def test_a_form_carries_its_token(drawn: Drawn) -> None:
    box = drawn(FORM + '{% call form("/pay", "a-token") %}{% endcall %}')
    assert box.xpath("//form[@method='post']/input[@name='csrf']/@value") == ["a-token"]


def test_a_waiting_card_polls_and_a_final_one_does_not(drawn: Drawn) -> None:
    waiting = drawn(
        STATUS + '{{ status_card("Check your phone", "…", poll="/pay/7K/_status?v=7", every=5) }}'
    )
    (card,) = waiting.xpath("//section")
    assert (card.get("hx-get"), card.get("hx-trigger")) == ("/pay/7K/_status?v=7", "every 5s")
    final = drawn(STATUS + '{{ status_card("Paid", "…", kind="good") }}')
    assert not [name for name in final.xpath("//section")[0].attrib if name.startswith("hx-")]


def test_a_card_gives_the_three_answers(drawn: Drawn) -> None:
    box = drawn(STATUS + '{{ status_card("Paid", "…", answers=("Yes", "Nothing", "Here")) }}', Language.SW)
    assert box.xpath("//dt/text()") == [
        "Je, pesa imetoka kwenye simu yangu?", "Nifanye nini sasa?", "Uthibitisho wangu uko wapi?",
    ]  # fmt: skip
    assert box.xpath("//dd/text()") == ["Yes", "Nothing", "Here"]


def test_what_a_fragment_says_goes_to_the_live_region(drawn: Drawn) -> None:
    source = '{% from "components/status.html" import say %}{{ say("Paid. Receipt 26-000123.") }}'
    assert drawn(source).xpath("//p[@hx-swap-oob='innerHTML:#live']/text()") == ["Paid. Receipt 26-000123."]


def test_the_slow_line_is_hidden_until_it_is_true(drawn: Drawn) -> None:
    assert drawn(STATUS + "{{ slow_line() }}").xpath("//p[@data-slow][@hidden]")


@pytest.mark.parametrize(
    "due, language, sentence",
    [
        (date(2026, 3, 1), Language.EN, "3 days late"),
        (date(2026, 3, 3), Language.EN, "1 day late"),
        (date(2026, 3, 4), Language.EN, "due today"),
        (date(2026, 3, 5), Language.EN, "due in 1 day"),
        (date(2026, 3, 9), Language.EN, "due in 5 days"),
        (date(2026, 3, 1), Language.SW, "siku 3 zimepita"),
        (date(2026, 3, 3), Language.SW, "siku 1 imepita"),
        (date(2026, 3, 4), Language.SW, "mwisho ni leo"),
        (date(2026, 3, 9), Language.SW, "zimebaki siku 5"),
    ],
)
def test_days_late_are_counted_in_words(drawn: Drawn, due: date, language: Language, sentence: str) -> None:
    source = '{% from "components/amount.html" import days_late %}{{ days_late(due, today) }}'
    assert drawn(source, language, due=due, today=date(2026, 3, 4)).text_content().strip() == sentence


def test_a_table_says_its_columns_again_in_each_cell(drawn: Drawn) -> None:
    box = drawn(
        '{% from "components/lists.html" import table, cell %}'
        '{% call table("Payments", ["Date", "Amount"], right=["Amount"]) %}'
        '<tr>{{ cell("Date", "1 March") }}{{ cell("Amount", total | money, right=true) }}</tr>{% endcall %}',
        total=shillings(5),
    )
    assert box.xpath("string(//caption)") == "Payments"
    assert box.xpath("//td/@data-label") == box.xpath("//th[@scope='col']/text()")


@pytest.mark.parametrize(
    "method, name",
    [
        ("MPESA", "M-Pesa"),
        ("TIGO_PESA", "Mixx by Yas (Tigo Pesa)"),
        ("AIRTEL_MONEY", "Airtel Money"),
        ("CREDIT_CARD", "Kadi ya benki"),
        ("DEBIT_CARD", "Kadi ya benki"),
    ],
)
def test_ways_to_pay_have_the_names_people_use(drawn: Drawn, method: str, name: str) -> None:
    source = '{% from "components/network.html" import method_name %}{{ method_name(method) }}'
    assert " ".join(drawn(source, Language.SW, method=method).text_content().split()) == name


@pytest.mark.covers("M8")
@pytest.mark.parametrize("kind", ["wait", "good", "bad", "info"])
def test_a_state_is_a_word_and_a_picture_before_it_is_a_colour(drawn: Drawn, kind: str) -> None:
    tag = drawn(
        '{% from "components/status.html" import status_tag %}{{ status_tag("Paid", kind) }}', kind=kind
    )
    assert tag.text_content().strip() == "Paid"
    assert len(tag.xpath(".//path")) == 1
