"""The simulated banks: a person sends a transfer, takes it back, and downloads a statement that our readers read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bank_reference import references_in
from portal.domain.money import shillings
from portal.domain.zone import EAST_AFRICA
from portal.providers.statement import StatementLine, read_statement
from portal.sandbox.bank.account import ACCOUNTS
from portal.sandbox.bank.bank import Entry
from portal.sandbox.bank.statement import FORMATS
from tests.makers import FakeClock, a_reference
from tests.sandbox.running import RunningSandbox, running_sandbox

CRDB, NMB = ACCOUNTS
TODAY = date(2026, 3, 4)
REFERENCE = a_reference(7)


def words(answer: httpx.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


async def opened(sandbox: RunningSandbox, path: str = "/bank") -> httpx.Response:
    return await sandbox.client.get(sandbox.base_url + path)


async def send(sandbox: RunningSandbox, **fields: str) -> httpx.Response:
    form = {"account": "crdb", "amount": "452,500", "text": REFERENCE, "payer": "Asha Mushi"} | fields
    return await sandbox.client.post(f"{sandbox.base_url}/bank", data=form)


async def lines_of(sandbox: RunningSandbox, account: str, format_: str = "csv") -> list[StatementLine]:
    answer = await opened(sandbox, f"/bank/{account}/{format_}")
    today = sandbox.world.clock().astimezone(EAST_AFRICA).date()
    lines = list(read_statement(BytesIO(answer.content), today=today))
    assert all(isinstance(line, StatementLine) for line in lines)
    return [line for line in lines if isinstance(line, StatementLine)]


@pytest.mark.covers("A32")
async def test_the_page_says_that_no_money_moves_and_needs_no_script(sandbox: RunningSandbox) -> None:
    answer = await opened(sandbox)
    assert "Simulated banks. No money moves." in words(answer)
    assert words(answer).count("Nothing has come yet.") == len(ACCOUNTS)
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert 'href="/bank"' in (await opened(sandbox, "/")).text


async def test_what_is_sent_stands_in_the_statement_of_that_account_alone(sandbox: RunningSandbox) -> None:
    answer = await send(sandbox)
    assert (answer.status_code, answer.headers["location"]) == (303, "/bank#crdb")
    (line,) = await lines_of(sandbox, "crdb")
    assert (line.account, line.amount, line.is_credit) == (CRDB.number, shillings(452_500), True)
    assert (references_in(line.text), line.payer) == ([REFERENCE], "Asha Mushi")
    assert await lines_of(sandbox, "nmb") == []
    assert "TZS 452,500" in words(await opened(sandbox))
    (moved,) = await sandbox.book()
    assert (moved["provider"], moved["amount"], moved["receipt"]) == ("bank", 452_500, line.bank_reference)


async def test_what_is_taken_back_is_a_reversal_with_the_same_reference_once(sandbox: RunningSandbox) -> None:
    await send(sandbox)
    (line,) = await lines_of(sandbox, "crdb")
    assert "Take it back" in words(await opened(sandbox))
    for _ in range(2):
        back = f"{sandbox.base_url}/bank/crdb/{line.bank_reference}/back"
        assert (await sandbox.client.post(back)).status_code == 303
    for format_ in FORMATS:
        came, gone = await lines_of(sandbox, "crdb", format_)
        assert (came.is_credit, came.is_reversal, gone.is_credit, gone.is_reversal) == (
            True,
            False,
            False,
            True,
        )
        assert gone.bank_reference == came.bank_reference
    assert "Take it back" not in words(await opened(sandbox))
    assert sum(moved["amount"] for moved in await sandbox.book()) == 0


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"amount": ""}, "Type whole shillings"),
        ({"amount": "0"}, "Type whole shillings"),
        ({"amount": "12.50"}, "Type whole shillings"),
        ({"amount": "1" * 13}, "Type whole shillings"),
        ({"account": "nobody"}, "Choose an account."),
        ({"text": "x" * 141}, "At most 140 signs."),
        ({"payer": "x" * 71}, "At most 70 signs."),
    ],
)
async def test_what_cannot_be_sent_is_said_and_what_was_typed_is_kept(
    sandbox: RunningSandbox, fields: dict[str, str], said: str
) -> None:
    answer = await send(sandbox, **fields)
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'value="{({"text": REFERENCE} | fields)["text"]}"' in answer.text
    assert await sandbox.book() == []


@pytest.mark.parametrize("amount", ["452500", "452,500", "452 500", "452,500.00", " 452'500 "])
async def test_an_amount_is_taken_as_people_write_it(sandbox: RunningSandbox, amount: str) -> None:
    await send(sandbox, amount=amount)
    assert [line.amount for line in await lines_of(sandbox, "crdb")] == [shillings(452_500)]


@pytest.mark.parametrize("path", ["/bank/nobody/csv", "/bank/crdb/pdf"])
async def test_an_account_or_format_that_is_not_there_is_not_found(
    sandbox: RunningSandbox, path: str
) -> None:
    assert (await opened(sandbox, path)).status_code == 404


async def test_no_transfer_of_another_account_is_taken_back(sandbox: RunningSandbox) -> None:
    await send(sandbox)
    (line,) = await lines_of(sandbox, "crdb")
    for account, reference, status in (("nmb", line.bank_reference, 303), ("none", line.bank_reference, 404)):
        answer = await sandbox.client.post(f"{sandbox.base_url}/bank/{account}/{reference}/back")
        assert answer.status_code == status
    assert len(await sandbox.book()) == 1


async def test_a_reset_forgets_what_was_booked(sandbox: RunningSandbox) -> None:
    await send(sandbox)
    await sandbox.reset()
    assert await lines_of(sandbox, "crdb") == []


async def test_two_transfers_never_share_a_reference() -> None:
    given_out = iter(["aaaaaa", "aaaaaa", "bbbbbb"])
    clock = FakeClock(datetime(2026, 3, 4, 9, tzinfo=UTC))
    async with running_sandbox(clock=clock, token_source=lambda _: next(given_out)) as sandbox:
        references = [sandbox.bank.receive(CRDB, 1_000, "", "").reference for _ in range(2)]
    assert references == ["FT26063AAAAA", "FT26063BBBBB"]


texts = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=140).map(
    lambda text: " ".join("".join(sign for sign in text if sign.isprintable()).split())
)


@given(sent=st.lists(st.tuples(st.integers(1, 10**9), texts, texts), max_size=6))
def test_the_three_formats_tell_the_same_of_whatever_was_sent(sent: list[tuple[int, str, str]]) -> None:
    entries = [
        Entry(TODAY, amount, f"FT26063{number:05}", text, payer)
        for number, (amount, text, payer) in enumerate(sent)
    ]
    for format_ in FORMATS.values():
        file = BytesIO(format_.write(NMB, entries, TODAY).encode())
        lines = [line for line in read_statement(file, today=TODAY) if isinstance(line, StatementLine)]
        assert [(line.key, line.booked_on) for line in lines] == [
            ((NMB.number, entry.reference, entry.amount, True), TODAY) for entry in entries
        ]
