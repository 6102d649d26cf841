"""What providers call: stored as it came and answered at once, or turned away and stored nowhere."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import func, select

from portal.domain.payment_state import State
from portal.providers.provider import Capabilities
from portal.services.tokens import callback_token
from portal.store.tables import inbox
from portal.store.writer import Store
from tests.fakes import SIGNED, FakeProvider
from tests.makers import PAYMENT, FakeClock, a_reference, put_payment
from tests.web.client import Portal
from tests.web.opening import open_portal

PAID = {
    "Body": {
        "stkCallback": {"CheckoutRequestID": "ws_CO_1", "ResultCode": 0, "CallbackMetadata": {"Item": []}}
    }
}


def path(portal: Portal, reference: str = PAYMENT, provider: str = "mpesa") -> str:
    return f"/webhooks/{provider}/{callback_token(portal.parts.tools.signing_keys, provider, reference)}"


async def call(portal: Portal, address: str, body: bytes | str = b"{}", **headers: str) -> httpx.Response:
    return await portal.browser().client.post(
        address, content=body, headers={"content-type": "application/json", **headers}
    )


async def stored(portal: Portal) -> int:
    return int(
        await portal.store.read(lambda tx: tx.execute(select(func.count()).select_from(inbox)).scalar() or 0)
    )


@pytest.mark.covers("D27", "S61")
async def test_a_callback_is_stored_and_answered_before_anybody_reads_it(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    answer = await call(portal, path(portal), json.dumps(PAID))
    assert (answer.status_code, answer.json()) == (200, {"ResultCode": 0, "ResultDesc": "Accepted"})
    assert await stored(portal) == 1
    assert portal.provider.checks == []


@pytest.mark.covers("D26")
async def test_the_same_callback_five_times_is_stored_once_and_answered_alike(portal: Portal) -> None:
    await put_payment(portal.store, State.COMPLETED)
    answers = [(await call(portal, path(portal), json.dumps(PAID))).status_code for _ in range(5)]
    assert answers == [200] * 5
    assert await stored(portal) == 1


@pytest.mark.covers("D25", "S61")
@pytest.mark.parametrize("provider", ["paypal", "MPESA", "mpesa%20", "%2e%2e", "%00", "tigo"])
async def test_an_unknown_provider_gets_404_and_leaves_nothing(portal: Portal, provider: str) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    of_mpesa = path(portal).replace("mpesa", provider)
    for address in (f"/webhooks/{provider}", f"/webhooks/{provider}/token", of_mpesa):
        answer = await call(portal, address, json.dumps(PAID))
        assert answer.status_code == 404
    assert await stored(portal) == 0


@pytest.mark.covers("D25")
@pytest.mark.parametrize("provider", ["paypal", "MPESA", "mpesa ", "", "clickpesa"])
async def test_a_provider_that_nobody_knows_gets_404_even_with_a_token_that_we_signed(
    portal: Portal, provider: str
) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    token = callback_token(portal.parts.tools.signing_keys, provider, PAYMENT)
    answer = await call(portal, f"/webhooks/{quote(provider)}/{token}", json.dumps(PAID))
    assert answer.status_code == 404
    assert await stored(portal) == 0


@pytest.mark.covers("D25", "S71")
async def test_a_token_that_is_not_ours_gets_404_and_leaves_nothing(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    good = path(portal)
    wrong = [
        good[:-1] + ("0" if good[-1] != "0" else "1"), good[:-1], good + "0", good.replace(PAYMENT, a_reference(77)),
        path(portal, a_reference(77)), path(portal, provider="tigo").replace("tigo", "mpesa"), "/webhooks/mpesa",
        "/webhooks/mpesa/" + "a" * 5_000, "/webhooks/mpesa/%F0%9F%98%80", f"/webhooks/mpesa/{PAYMENT}", good + "/x",
    ]  # fmt: skip
    answers = {address: (await call(portal, address, json.dumps(PAID))).status_code for address in wrong}
    assert set(answers.values()) == {404}, answers
    assert await stored(portal) == 0


async def test_a_refusal_says_no_more_than_its_name(portal: Portal) -> None:
    answer = await call(portal, "/webhooks/mpesa/nonsense")
    assert answer.json() == {"error": "not found"}
    assert "set-cookie" not in answer.headers


async def test_a_callback_of_more_than_64_kilobytes_gets_413(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    assert (await call(portal, path(portal), b" " * (64 * 1024))).status_code == 200
    answer = await call(portal, path(portal), b" " * (64 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, {"error": "request entity too large"})
    assert await stored(portal) == 1


async def test_a_callback_that_grows_while_it_comes_gets_413(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)

    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 1024

    answer = await portal.browser().client.post(path(portal), content=endless())  # type: ignore[arg-type]
    assert answer.status_code == 413


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
async def test_a_compressed_callback_is_refused_unread(portal: Portal, coding: str) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    assert (await call(portal, path(portal), b"\x1f\x8b", **{"content-encoding": coding})).status_code == 415
    assert await stored(portal) == 0


@pytest.mark.parametrize("body", [b"\xff\xfe", '{"a":1}'.encode("utf-16"), b"\xed\xa0\x80", b"\xc3("])
async def test_a_callback_that_is_no_text_gets_400(portal: Portal, body: bytes) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    assert (await call(portal, path(portal), body)).status_code == 400
    assert await stored(portal) == 0


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{", "[" * 30_000, '{"a":' * 10_000, '"\\ud800"', "\u0000", "NaN", "1" * 60_000, "<xml/>",
     '{"Body":{"stkCallback":null}}', '{"Body":{"stkCallback":[]}}', '{"Body":{"stkCallback":{"ResultCode":false}}}'],
)  # fmt: skip
async def test_a_callback_that_nobody_understands_is_stored_and_makes_us_ask(
    portal: Portal, body: str
) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    assert (await call(portal, path(portal), body)).status_code == 200
    while await portal.parts.worker.run_due():
        pass
    assert portal.provider.checks
    assert (await portal.parts.payments.load(PAYMENT)).state is State.AWAITING_PAYER


async def test_no_form_token_and_no_origin_is_asked_of_a_provider(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    headers = {
        "origin": "https://provider.example",
        "sec-fetch-site": "cross-site",
        "content-type": "text/plain",
    }
    assert (await call(portal, path(portal), b"{}", **headers)).status_code == 200


async def test_a_callback_that_could_not_be_stored_is_not_called_accepted(portal: Portal) -> None:
    await put_payment(portal.store, State.AWAITING_PAYER)
    await portal.store.write(lambda tx: tx.exec_driver_sql("DROP TABLE inbox"))
    answer = await call(portal, path(portal))
    assert (answer.status_code, answer.json()) == (503, {"error": "service unavailable"})


@pytest.mark.covers("D25")
@pytest.mark.parametrize(
    "headers, status", [({}, 401), ({"signature": "none of theirs"}, 401), (SIGNED, 422)]
)
async def test_what_is_signed_badly_gets_401_and_what_nobody_can_read_422(
    sqlite_store: Store, clock: FakeClock, headers: dict[str, str], status: int
) -> None:
    signs = FakeProvider(callback_key="an-end", capabilities=Capabilities(signs=True))
    portal = await open_portal(sqlite_store, clock, providers=[signs])
    assert (await call(portal, "/webhooks/mpesa/an-end", "{}", **headers)).status_code == status
    assert await stored(portal) == 0
    await portal.close()
