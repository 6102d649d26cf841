"""Receipt numbers without gaps, and files that are kept as they were rendered."""

import asyncio
import hashlib
from functools import partial

import pytest

from portal.domain.receipt import ReceiptNumber
from portal.store import receipts
from portal.store.receipts import ReceiptFile
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import NOW, PAYMENT, a_bill, a_reference, put_in_store, put_payment


@pytest.mark.covers("C1")
async def test_numbers_have_no_gap_however_many_write_and_break(store: Store) -> None:
    async def writer(first: int) -> list[int | None]:
        return [await _taken(store, breaks=(first + step) % 3 == 0) for step in range(6)]

    taken = [serial for serials in await asyncio.gather(*map(writer, range(8))) for serial in serials]
    assert sorted(filter(None, taken)) == list(range(1, 33))
    assert len(taken) == 48


async def _taken(store: Store, *, breaks: bool) -> int | None:
    """The serial of a number that was taken, or None where its transaction broke afterwards."""

    def work(tx: Tx) -> int:
        serial = receipts.next_number(tx, "MOL", 2026).serial
        if breaks:
            raise KeyError("broken after the number was taken")
        return serial

    try:
        return await store.write(work)
    except KeyError:
        return None


@pytest.mark.covers("C1")
async def test_each_landlord_and_each_year_counts_by_itself(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        asked = [("MOL", 2026), ("MOL", 2026), ("MOL", 2027), ("KIM", 2026), ("MOL", 2026)]
        return [receipts.next_number(tx, code, year).address for code, year in asked]

    assert await store.write(work) == [
        "MOL-26-000001",
        "MOL-26-000002",
        "MOL-27-000001",
        "KIM-26-000001",
        "MOL-26-000003",
    ]


async def test_a_receipt_is_found_by_its_number_and_by_its_code(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault, bills=[a_bill(), a_bill(reference=a_reference(50))])
    first = await put_payment(store)
    second = await put_payment(store, reference=a_reference(9), bill=a_reference(50))
    for payment in (first, second):
        assert payment.receipt is not None
        assert payment.receipt_check is not None
        assert await store.read(partial(receipts.by_number, number=payment.receipt)) == payment
        assert await store.read(partial(receipts.by_code, code=payment.receipt_check)) == payment
    assert await store.read(lambda tx: receipts.by_number(tx, ReceiptNumber("MOL", 2026, 3))) is None
    assert await store.read(lambda tx: receipts.by_code(tx, PAYMENT)) is None


def a_file(version: int, pdf: bytes) -> ReceiptFile:
    return ReceiptFile(version, hashlib.sha256(pdf).hexdigest(), pdf, NOW)


@pytest.mark.covers("C8")
async def test_a_rendered_file_is_kept_and_never_replaced(store: Store) -> None:
    first, again, second = (
        a_file(1, b"%PDF first, the longer"),
        a_file(1, b"%PDF again"),
        a_file(2, b"%PDF 2"),
    )
    assert await store.read(lambda tx: receipts.newest_file(tx, PAYMENT)) is None
    assert await store.read(lambda tx: receipts.file_size(tx, PAYMENT)) is None
    assert await store.write(lambda tx: receipts.keep_file(tx, PAYMENT, first))
    assert not await store.write(lambda tx: receipts.keep_file(tx, PAYMENT, again))
    assert await store.read(lambda tx: receipts.newest_file(tx, PAYMENT)) == first
    assert await store.write(lambda tx: receipts.keep_file(tx, PAYMENT, second))
    assert await store.read(lambda tx: receipts.newest_file(tx, PAYMENT)) == second
    assert await store.read(lambda tx: receipts.file_size(tx, PAYMENT)) == len(second.pdf)
