"""Tanzanian numbers: the table of prefixes, the ways to type one, and what is refused."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.method import PaymentMethod, first_guess
from portal.domain.phone import Network, Phone, PhoneUnreadable, parse_phone
from tests.corpus import BAD_PHONES

PREFIXES = {
    Network.VODACOM: "72 74 75 76 79",
    Network.YAS: "65 67 70 71 77",
    Network.AIRTEL: "60 66 68 69 78",
    Network.HALOTEL: "61 62 63",
    Network.TTCL: "73",
}
BY_PREFIX = [(prefix, network) for network, prefixes in PREFIXES.items() for prefix in prefixes.split()]
nationals = st.builds(
    "{}{:07d}".format, st.sampled_from([prefix for prefix, _ in BY_PREFIX]), st.integers(0, 9_999_999)
)


@pytest.mark.parametrize("prefix,network", BY_PREFIX)
def test_a_prefix_belongs_to_the_network_it_started_on(prefix: str, network: Network) -> None:
    assert parse_phone(f"0{prefix}4123456").first_network is network


def test_every_valid_prefix_is_in_the_table() -> None:
    valid = {
        f"{n}" for n in range(60, 80) if phonenumbers.is_valid_number(phonenumbers.parse(f"+255{n}4123456"))
    }
    assert valid == {prefix for prefix, _ in BY_PREFIX}
    assert Phone("255644123456").first_network is None


@pytest.mark.covers("A25")
@given(nationals)
def test_a_number_is_read_however_it_is_typed(national: str) -> None:
    local = f"0{national[:3]} {national[3:6]} {national[6:]}"
    for typed in (
        f"0{national}",
        national,
        f"255{national}",
        f"+255{national}",
        f"+255 0{national}",
        f"+255 (0) {national}",
        f"(+255) {national}",
        f"00255{national}",
        local,
        local.replace(" ", "-"),
        local.replace(" ", "\u00a0"),
        f" {local} ",
    ):
        assert parse_phone(typed).digits == f"255{national}"


DASHES = "\u2010\u2011\u2012\u2013\u2212"
SPACES = "\u00a0\u2007\u2009\u202f"
UNSEEN = "\u200b\u2060\ufeff\u200e\u202a\u202b\u202c\u2066\u2067\u2068\u2069"


@pytest.mark.covers("A25")
@given(
    nationals,
    st.sampled_from("- " + DASHES + SPACES),
    st.sampled_from(["", *UNSEEN]),
    st.sampled_from(UNSEEN),
)
def test_a_number_is_read_however_it_was_pasted(national: str, between: str, before: str, after: str) -> None:
    for whole in (f"0{national}", f"+255{national}", f"255{national}"):
        groups = between.join((whole[:4], whole[4:7], whole[7:]))
        assert parse_phone(f"{before}{groups}{after}").digits == f"255{national}"


@given(nationals, st.lists(st.tuples(st.integers(0, 12), st.sampled_from(UNSEEN)), max_size=8))
def test_marks_of_direction_say_nothing_wherever_they_stand(
    national: str, marks: list[tuple[int, str]]
) -> None:
    typed = f"+255{national}"
    for place, mark in marks:
        typed = typed[:place] + mark + typed[place:]
    assert parse_phone(typed).digits == f"255{national}"


@pytest.mark.parametrize("typed", ["\u200e", "\u2066\u2069", " \u202a \u202c"])
def test_marks_alone_are_no_number(typed: str) -> None:
    with pytest.raises(PhoneUnreadable) as refusal:
        parse_phone(typed)
    assert refusal.value.problem == "empty"


@given(nationals)
def test_a_number_is_shown_as_people_write_it_or_masked(national: str) -> None:
    phone = parse_phone(national)
    assert parse_phone(phone.national) == phone
    assert phone.masked == f"0{national[:3]}•••{national[6:]}"


def test_a_number_in_a_log_line_is_masked() -> None:
    assert repr(Phone("255754123456")) == "Phone(0754•••456)"
    assert "123" not in f"{[Phone('255754123456')]}"


@pytest.mark.parametrize(
    "typed,problem",
    [(typed, problem) for problem, all_ in BAD_PHONES.items() for typed in all_],
    ids=lambda x: ascii(x)[:40],
)
def test_what_is_no_tanzanian_mobile_number_is_refused(typed: str, problem: str) -> None:
    with pytest.raises(PhoneUnreadable) as refusal:
        parse_phone(typed)
    assert refusal.value.problem == problem


@given(st.text(max_size=50) | st.text("+0123456789 ()-." + DASHES + SPACES + UNSEEN, max_size=45))
def test_any_text_is_a_number_or_is_refused(typed: str) -> None:
    try:
        phone = parse_phone(typed)
    except PhoneUnreadable:
        return
    assert len(phone.digits) == 12
    assert phone.digits.isascii()
    assert phone.first_network is not None


@pytest.mark.parametrize(
    "network,method",
    [
        (Network.VODACOM, PaymentMethod.MPESA),
        (Network.YAS, PaymentMethod.TIGO_PESA),
        (Network.AIRTEL, PaymentMethod.AIRTEL_MONEY),
        (Network.HALOTEL, PaymentMethod.HALOPESA),
        (Network.TTCL, None),
        (None, None),
    ],
)
def test_a_network_preselects_its_own_wallet(network: Network | None, method: PaymentMethod | None) -> None:
    assert first_guess(network) is method
