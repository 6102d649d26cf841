"""The twin of Mixx by Yas: token, push and callback, as strict as what is documented (providers.md §3.A)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from portal.sandbox.fates import number_of
from portal.sandbox.mixx.account import MixxAccount
from portal.sandbox.operators import MIXX
from tests.sandbox.merchant import Ear
from tests.sandbox.mixx import ACCEPTED, PHONE, REFERENCE_ID, Biller, biller_at, heard, said
from tests.sandbox.running import RunningSandbox, until

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def biller(ear: Ear) -> AsyncIterator[Biller]:
    async with biller_at(ear.url) as biller:
        yield biller


async def test_a_token_is_given_for_the_password(sandbox: RunningSandbox) -> None:
    response = await Biller(sandbox).sign_in()
    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "token_type", "expires_in"}
    assert (response.json()["token_type"], response.json()["expires_in"]) == ("bearer", 3600)


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "somebody"}, "invalid_grant"),
        ({"scope": "all"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
    ids=str,
)
async def test_a_token_is_refused_in_the_words_of_oauth(
    sandbox: RunningSandbox, changes: dict[str, str], error: str
) -> None:
    assert said(await Biller(sandbox).sign_in(**changes)) == (400, error)


async def test_a_token_is_asked_for_by_a_form_alone(sandbox: RunningSandbox) -> None:
    address = f"{sandbox.mixx_url}-GetToken"
    for request in ({"json": {"grant_type": "password"}}, {"data": {"grant_type": ["password"] * 2}}):
        response = await sandbox.client.post(address, **request)
        assert said(response) == (400, "invalid_request")


@pytest.mark.parametrize("authorization", [None, "bearer", "bearer unknown", "Basic TmVzdFBheTp4"])
async def test_a_push_without_a_live_token_is_not_let_in(biller: Biller, authorization: str | None) -> None:
    response = await biller.send(json=biller.fields(), headers={"Authorization": authorization})
    assert said(response) == (401, "invalid_token")


async def test_a_token_ends_after_its_lifetime() -> None:
    now = [NOON]
    async with biller_at(clock=lambda: now[0], mixx=MixxAccount(token_lifetime=60)) as biller:
        now[0] = NOON + timedelta(seconds=59)
        assert said(await biller.push()) == (200, ACCEPTED)
        now[0] = NOON + timedelta(seconds=60)
        assert said(await biller.push(ReferenceID="NEST2")) == (401, "invalid_token")


@pytest.mark.parametrize(
    "headers, code",
    [
        ({"Username": None}, "DebitMandate-10-2001-E"),
        ({"Password": None}, "DebitMandate-10-2003-E"),
        ({"Username": "somebody"}, "DebitMandate-10-3000-E"),
        ({"Password": "wrong"}, "DebitMandate-10-3000-E"),
        ({"Content-Type": "text/plain"}, "DebitMandate-10-1000-E"),
    ],
    ids=str,
)
async def test_both_credentials_travel_with_every_push(
    biller: Biller, headers: dict[str, str | None], code: str
) -> None:
    assert said(await biller.send(json=biller.fields(), headers=headers)) == (200, code)
    assert await biller.sandbox.book() == []


async def test_a_push_is_accepted_long_before_it_is_paid(biller: Biller) -> None:
    response = await biller.push()
    assert response.json() == {
        "ResponseCode": ACCEPTED,
        "ResponseStatus": True,
        "ResponseDescription": "Successful",
        "ReferenceID": REFERENCE_ID,
        "Message": "Successful",
    }
    assert await biller.sandbox.book() == []
    (entry,) = [one for one in (await biller.sandbox.requests())["requests"] if one["kind"] == "push"]
    assert (entry["provider"], entry["msisdn"], entry["amount"]) == ("mixx", PHONE, 453500)
    assert entry["reference"] == "7K29QXM4AB1C"


@pytest.mark.parametrize("scheme", ["bearer", "Bearer"])
async def test_the_scheme_is_taken_in_both_cases(biller: Biller, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {biller.token}"}
    assert said(await biller.send(json=biller.fields(), headers=headers)) == (200, ACCEPTED)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"CustomerMSISDN": ""}, "DebitMandate-10-2002-E"),
        ({"CustomerMSISDN": "0652111222"}, "DebitMandate-10-2004-V"),
        ({"CustomerMSISDN": "+255652111222"}, "DebitMandate-10-2004-V"),
        ({"CustomerMSISDN": "255152111222"}, "DebitMandate-10-2005-E"),
        ({"CustomerMSISDN": 255652111222}, "DebitMandate-10-1000-E"),
        ({"BillerMSISDN": ""}, "DebitMandate-10-2038-V"),
        ({"BillerMSISDN": "25565000112"}, "BILLER-18-3040-E"),
        ({"Amount": 0}, "BILLER-18-3019-E"),
        ({"Amount": -1}, "BILLER-18-3019-E"),
        ({"Amount": "453500"}, "BILLER-18-3019-E"),
        ({"Amount": 453500.5}, "BILLER-18-3019-E"),
        ({"Amount": True}, "BILLER-18-3019-E"),
        ({"Amount": 3_000_001}, "BILLER-18-3019-E"),
        ({"ReferenceID": ""}, "DebitMandate-10-2020-V"),
        ({"ReferenceID": "NEST"}, "DebitMandate-10-2020-V"),
        ({"ReferenceID": "7K29QXM4AB1C"}, "DebitMandate-10-2020-V"),
        ({"ReferenceID": "NEST-7K29"}, "DebitMandate-10-2020-V"),
        ({"ReferenceID": "NEST" + "7" * 17}, "DebitMandate-10-2020-V"),
        ({"Remarks": 7}, "DebitMandate-10-1000-E"),
        ({"CallBackURL": "http://127.0.0.1"}, "DebitMandate-10-1000-E"),
    ],
    ids=str,
)
async def test_a_broken_field_is_refused_by_its_code(
    biller: Biller, changes: dict[str, object], code: str
) -> None:
    assert said(await biller.push(**changes)) == (200, code)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"Amount": 1, "Amount": 2}', b"[" * 100_000])
async def test_what_is_no_json_object_is_an_internal_error(biller: Biller, content: bytes) -> None:
    response = await biller.send(content=content, headers={"Content-Type": "application/json"})
    assert said(response) == (200, "DebitMandate-10-1000-E")


async def test_a_push_may_come_without_remarks(biller: Biller) -> None:
    fields = biller.fields()
    del fields["Remarks"]
    assert said(await biller.send(json=fields)) == (200, ACCEPTED)


async def test_a_reference_is_good_for_one_push(biller: Biller) -> None:
    assert await biller.push_to("approves") == ACCEPTED
    assert said(await biller.push()) == (200, "DebitMandate-10-2020-V")


async def test_a_phone_shows_one_prompt_at_a_time(biller: Biller) -> None:
    assert said(await biller.push()) == (200, ACCEPTED)
    assert said(await biller.push(ReferenceID="NEST2")) == (200, "BILLER-18-3020-E")


async def test_a_payment_is_called_back_with_amount_and_transaction(biller: Biller, ear: Ear) -> None:
    await biller.push_to("approves")
    (callback,) = await heard(ear)
    assert set(callback) == {"Status", "Description", "MFSTransactionID", "ReferenceID", "Amount"}
    assert (callback["Status"], callback["ReferenceID"], callback["Amount"]) == (True, REFERENCE_ID, "453500")
    assert re.fullmatch(r"CO\d{6}\.\d{4}\.A\d{5}", callback["MFSTransactionID"])
    (movement,) = await biller.sandbox.book()
    assert (movement["receipt"], movement["amount"]) == (callback["MFSTransactionID"], 453500)


@pytest.mark.parametrize("fate", ["cancels", "wrong-pin", "no-balance", "unreachable", "expired", "limit"])
async def test_a_no_is_called_back_without_a_code_and_without_a_transaction(
    biller: Biller, ear: Ear, fate: str
) -> None:
    await biller.push_to(fate)
    (callback,) = await heard(ear)
    assert (callback["Status"], callback["ReferenceID"]) == (False, REFERENCE_ID)
    assert "MFSTransactionID" not in callback
    assert await biller.sandbox.book() == []


async def test_a_smaller_amount_is_told_as_it_moved(biller: Biller, ear: Ear) -> None:
    await biller.push_to("smaller-amount")
    (callback,) = await heard(ear)
    assert callback["Amount"] == "226750"


async def test_where_no_address_is_registered_nobody_is_called(ear: Ear) -> None:
    async with biller_at() as biller:
        await biller.push_to("approves")
        await until(lambda: not biller.sandbox.world.network.errands.under_way)
        assert (len(await biller.sandbox.book()), ear.bodies) == (1, [])


async def test_there_is_no_query(biller: Biller) -> None:
    for path in ("-QueryBillpay", "-GetToken", ""):
        response = await biller.sandbox.client.get(biller.sandbox.mixx_url + path)
        assert (response.status_code, response.json()) == (response.status_code, {"error": "not_found"})
        assert response.status_code in (404, 405)


async def test_the_phone_asks_and_confirms_in_the_operators_words(biller: Biller, ear: Ear) -> None:
    await biller.push()
    client, address = biller.sandbox.client, f"{biller.sandbox.base_url}/phone/{PHONE}"
    shown = (await client.get(address)).text.replace("\u00a0", " ")
    assert "Mixx by Yas" in shown
    assert "Pay bill: TZS 453,500 to Nest Pay, reference 7K29QXM4AB1C." in shown
    await biller.sandbox.press(PHONE, "approve")
    (callback,) = await heard(ear)
    assert f"TxnID {callback['MFSTransactionID']}" in (await client.get(address)).text


async def test_its_numbers_with_a_fate_are_numbers_of_yas(biller: Biller) -> None:
    assert number_of("approves", MIXX) == "255713000001"
    assert (await biller.sandbox.client.get(f"{biller.sandbox.base_url}/sandbox/fates")).json()[
        "255713000001"
    ] == "approves"
