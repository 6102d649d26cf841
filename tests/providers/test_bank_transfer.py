"""Bank transfer: nothing is sent and nobody is asked; the accounts are what the setting says, or the start stops."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.method import PaymentMethod
from portal.domain.outcome import Accepted, Awaits, Pending
from portal.providers.bank_transfer import (
    AccountsUnreadable,
    BankTransfer,
    BankTransferConfig,
    read_accounts,
)
from portal.providers.provider import (
    Account,
    CallbackUnreadable,
    CallsOff,
    Means,
    NotOffered,
    Provider,
    TakesTransfers,
)
from portal.providers.registry import Registry, open_providers
from portal.settings import BadSettings
from tests.makers import FakeClock, seeded
from tests.providers.account import REFERENCE, an_inquiry, an_instruction
from tests.providers.refunds import a_refund
from tests.settings.test_production import read as read_production
from tests.settings.test_settings import faults, read

CRDB = {"bank": "CRDB Bank", "name": "Nest Pay Limited", "number": "0150123456700", "swift": "CORUTZTZ"}
NMB = {"bank": "NMB Bank", "name": "Nest Pay Limited", "number": "20110012345", "swift": "NMIBTZTZXXX"}


def setting(*accounts: Any) -> str:
    return json.dumps(list(accounts))


@pytest.fixture
def provider() -> BankTransfer:
    return BankTransfer(read_accounts(setting(CRDB, NMB)))


async def test_a_request_is_taken_at_once_and_waits_for_a_transfer(provider: BankTransfer) -> None:
    answer = await provider.start(an_instruction(phone=None))
    assert answer == Accepted(request_id=REFERENCE, awaits=Awaits.TRANSFER)


async def test_no_bank_can_be_asked_and_money_does_not_go_back_by_itself(provider: BankTransfer) -> None:
    assert await provider.check(an_inquiry(REFERENCE)) == Pending("no query")
    assert await provider.refund(a_refund()) == NotOffered("refund")
    await provider.close()


def test_whatever_calls_is_no_bank(provider: BankTransfer) -> None:
    with pytest.raises(CallbackUnreadable):
        provider.verify("{}")
    assert provider.translate("{}") == ()


def test_what_nobody_pays_lapses_and_a_request_may_be_sent_twice(provider: BankTransfer) -> None:
    typed: Provider = provider
    able = typed.capabilities
    assert (able.lapses, able.answers_questions, able.repeats_safely) == (True, False, True)
    assert able.banking_days == 5
    assert isinstance(provider, TakesTransfers)
    assert not isinstance(provider, CallsOff)


def test_an_account_is_known_by_the_first_word_of_its_bank() -> None:
    assert read_accounts(setting(CRDB, NMB)) == (
        Account("CRDB", "CRDB Bank", "Nest Pay Limited", "0150123456700", "CORUTZTZ"),
        Account("NMB", "NMB Bank", "Nest Pay Limited", "20110012345", "NMIBTZTZXXX"),
    )


def test_two_accounts_at_one_bank_are_told_apart_by_ids_of_their_own() -> None:
    other = CRDB | {"number": "0150123456701", "id": "CRDB2"}
    assert [account.id for account in read_accounts(setting(CRDB, other))] == ["CRDB", "CRDB2"]


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "not JSON"),
        ("CRDB 0150123456700", "not JSON"),
        ("[]", "at least one account"),
        (json.dumps(CRDB), "a JSON list"),
        (setting("CRDB"), "account 1 has bank, name, number and swift"),
        (setting(CRDB, {"bank": "NMB"}), "account 2 has bank, name, number and swift"),
        (setting(CRDB | {"branch": "Mlimani"}), "account 1 has bank, name, number and swift"),
        (setting(CRDB | {"number": 150123456700}), "account 1, number: 6 to 20 digits, as text"),
        (setting(CRDB | {"number": "0150-1234"}), "account 1, number: "),
        (setting(CRDB | {"number": "12345"}), "account 1, number: "),
        (setting(CRDB, NMB | {"swift": "nmibtztz"}), "account 2, swift: "),
        (setting(CRDB | {"swift": "CORUTZT"}), "account 1, swift: "),
        (setting(CRDB | {"bank": " "}), "account 1, bank: "),
        (setting(CRDB | {"bank": " CRDB"}), "account 1, bank: "),
        (setting(CRDB | {"name": ""}), "account 1, name: "),
        (setting(CRDB | {"bank": "C"}), "account 1, id: "),
        (setting(CRDB | {"bank": "Benki ya Posta\n"}), "account 1, bank: "),
        (setting(CRDB | {"id": "crdb"}), "account 1, id: "),
        (setting(CRDB | {"id": 7}), "account 1, id: "),
        (setting(CRDB, CRDB | {"number": "0150123456701"}), "two accounts have the id CRDB"),
        (setting(CRDB, NMB | {"number": CRDB["number"]}), "two accounts have the number 0150123456700"),
    ],
)
def test_what_is_wrong_with_the_accounts_is_told(text: str, why: str) -> None:
    with pytest.raises(AccountsUnreadable, match=why):
        read_accounts(text)
    (fault,) = BankTransferConfig(accounts=text).faults().items()
    assert fault[0] == "accounts"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(CRDB)), inner),
    max_leaves=8,
)


@given(st.text(max_size=40) | json_values.map(json.dumps))
def test_no_setting_breaks_the_reading(text: str) -> None:
    fault = BankTransferConfig(accounts=text).faults()
    assert fault.get("accounts") or read_accounts(text)


async def test_with_its_setting_bank_transfer_is_on() -> None:
    means = Means(clock=FakeClock(), monotonic=lambda: 0.0, random=seeded())
    providers = open_providers(read(BANK_TRANSFER_ACCOUNTS=setting(CRDB, NMB)).providers, means)
    taken = Registry(providers).for_method(PaymentMethod.BANK_TRANSFER)
    assert isinstance(taken, BankTransfer)
    assert [account.id for account in taken.accounts] == ["CRDB", "NMB"]


def test_a_wrong_account_stops_the_start() -> None:
    (fault,) = faults(BANK_TRANSFER_ACCOUNTS=setting(CRDB | {"swift": "?"}))
    assert fault.startswith("BANK_TRANSFER_ACCOUNTS: account 1, swift: ")


def test_production_does_not_send_money_to_the_demo_s_accounts() -> None:
    assert read_production(BANK_TRANSFER_ACCOUNTS=setting(CRDB)).providers
    with pytest.raises(BadSettings, match="BANK_TRANSFER_ACCOUNTS: nobody holds the demo's accounts"):
        read_production(BANK_TRANSFER_ACCOUNTS=setting(CRDB | {"name": "Nest Pay Demo"}))
