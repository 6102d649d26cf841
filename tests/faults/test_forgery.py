"""Callbacks that no provider sent: without the address they are nowhere, and with it they are still only hints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.services.tokens import callback_token
from portal.store.tables import metadata
from tests.faults.callbacks import address_of, by_each_mpesa, claimed, told, verdicts
from tests.faults.soundness import ending
from tests.makers import PAYMENT, a_phone
from tests.portal import RENT, RunningPortal

ASHA = a_phone().digits
STRANGER = "ws_CO_03032026120000123456789012"
PAID = {"Amount": 453_500, "MpesaReceiptNumber": "UC35FORGED", "TransactionDate": 20260303120000}


async def rows(portal: RunningPortal) -> dict[str, int]:
    """How many rows each table has."""
    tables = metadata.sorted_tables

    def counted(tx: Any) -> dict[str, int]:
        return {t.name: tx.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}

    return await portal.portal.store.read(counted)


@pytest.mark.covers("D22", "D25")
async def test_a_callback_to_an_address_we_never_gave_is_not_found_and_writes_nothing(
    portal: RunningPortal,
) -> None:
    before = await rows(portal)
    for provider in ("mpesa", "tigo", "airtel", "azampay", "stripe", "bank", "MPESA", "paypal", "%00"):
        for token in ("", "0" * 44, "7K29QXM4AB1C", "x" * 3_000, "%F0%9F%98%80", "..%2f..%2fops"):
            address = f"/webhooks/{provider}/{token}"
            answer = await portal.client.post(address, json=told(STRANGER, items=PAID))
            # Stripe signs what it says, so its address needs no end: what is not signed is forged.
            expected = 401 if (provider, token) == ("stripe", "") else 404
            assert answer.status_code == expected, address
    assert await rows(portal) == before


@pytest.mark.covers("D22")
async def test_a_well_made_token_of_no_payment_is_not_found_and_writes_nothing(portal: RunningPortal) -> None:
    token = callback_token(portal.settings.signing_keys, "mpesa", PAYMENT)
    before = await rows(portal)
    answer = await portal.client.post(f"/webhooks/mpesa/{token}", json=told(STRANGER))
    assert answer.status_code == 404
    assert await rows(portal) == before


@pytest.mark.covers("D22")
async def test_a_token_of_one_provider_opens_no_other(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-never"])
    token = address_of(portal, reference).rpartition("/")[2]
    answer = await portal.client.post(f"/webhooks/tigo/{token}", json=told(STRANGER))
    assert answer.status_code == 404


@pytest.mark.covers("D29")
@pytest.mark.parametrize("evil", ["\x00", "\ud800", "A\x00B", "UC35\udfffT8K2"])
async def test_letters_that_no_database_takes_are_kept_escaped_and_change_nothing(
    portal: RunningPortal, evil: str
) -> None:
    """JSON can escape what PostgreSQL's text cannot hold: each text of a callback is tried with it, and its names."""
    reference = await portal.pay(NUMBER_OF["callback-never"])
    before = await portal.payment(reference)
    assert before.request_id
    bodies = spoilt(before.request_id, evil)
    for body in bodies:
        answer = await portal.client.post(address_of(portal, reference), content=json.dumps(body))
        assert answer.status_code == 200
    await portal.work()
    seen = await verdicts(portal)
    assert (len(seen), None in seen) == (len(bodies), False)
    ended = await ending(portal, reference)
    assert (ended.state, ended.receipt_code, ended.reason) == (State.COMPLETED, None, None)
    assert ended.provider_paid_at is None


def spoilt(request_id: str, evil: str) -> list[dict[str, Any]]:
    """Callbacks of a success in each of which one text, or the name of one, is `evil`."""
    bodies = []
    for field in told(request_id)["Body"]["stkCallback"]:
        for name, value in ((field, evil), (evil, field)):
            body = told(request_id, items={})
            body["Body"]["stkCallback"][name] = value
            bodies.append(body)
    for item in ("MpesaReceiptNumber", "TransactionDate", "PhoneNumber", "Balance", evil):
        bodies.append(told(request_id, items={item: evil}))  # noqa: PERF401  (as above)
    return bodies


@by_each_mpesa
@pytest.mark.covers("D12", "D22")
async def test_a_success_of_another_request_is_kept_and_changes_nothing(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    before = await portal.payment(reference)
    answer = await portal.client.post(
        address_of(portal, reference), json=claimed(portal, reference, STRANGER, paid=True)
    )
    assert answer.status_code == 200
    await portal.work()
    assert await verdicts(portal) == ["another request"]
    assert await portal.payment(reference) == before
    await portal.sandbox.press(ASHA, "cancel")
    await portal.hear(callbacks=1)
    assert (await ending(portal, reference)).state is State.FAILED


@by_each_mpesa
@pytest.mark.covers("D12", "D22")
async def test_a_forged_success_is_not_believed_while_the_payer_still_decides(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    request_id = (await portal.payment(reference)).request_id
    assert request_id
    await portal.client.post(
        address_of(portal, reference), json=claimed(portal, reference, request_id, paid=True)
    )
    await portal.work()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.sandbox.press(ASHA, "wrong-pin")
    await portal.hear(callbacks=1)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert await portal.account("cash:mpesa") == 0
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@by_each_mpesa
@pytest.mark.covers("D08", "D22")
async def test_a_forged_failure_is_not_believed_either(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    request_id = (await portal.payment(reference)).request_id
    assert request_id
    await portal.client.post(
        address_of(portal, reference), json=claimed(portal, reference, request_id, paid=False)
    )
    await portal.work()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D12")
async def test_the_request_of_a_neighbour_cannot_be_claimed_by_a_push_without_an_answer(
    portal: RunningPortal,
) -> None:
    """Our own token, but the id of somebody else's paid request."""
    await portal.sandbox.give_fate(ASHA, answer="html", twists=["lost"])
    paid = await portal.pay(NUMBER_OF["approves"])
    await portal.hear()
    request_id = (await portal.payment(paid)).request_id
    assert request_id
    unsure = await portal.pay(ASHA, bill=RENT)
    await portal.client.post(address_of(portal, unsure), json=told(request_id, items=PAID))
    await portal.work()
    assert (await verdicts(portal))[-1] == "another request"
    assert (await ending(portal, unsure)).state is State.UNCERTAIN


HOSTILE: list[Any] = [
    None, True, False, "", "0", "\u0000", "x" * 500, "😀", "\ud800", -1, 0.5, 10**30, 1e300, [], {},
    [[]], "NaN", "' OR 1=1", "2026-13-45",
]  # fmt: skip


@pytest.mark.covers("D28", "D29")
async def test_whatever_stands_in_a_field_is_handled_and_the_query_decides(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-never"])
    request_id = (await portal.payment(reference)).request_id
    assert request_id
    bodies = [
        *(told(value) for value in HOSTILE),
        *(told(request_id, value) for value in HOSTILE),
        *(told(request_id, items=PAID | {name: value}) for name in PAID for value in HOSTILE),
        *(told(request_id, items={str(value): value}) for value in HOSTILE),
        *HOSTILE,
        *({"Body": value} for value in HOSTILE),
        *({"Body": {"stkCallback": value}} for value in HOSTILE),
    ]
    for body in bodies:
        await portal.client.post(address_of(portal, reference), content=json.dumps(body))
        await portal.work()
    ended = await ending(portal, reference)
    assert ended.state in (State.COMPLETED, State.UNCERTAIN)
