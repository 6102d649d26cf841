"""AzamPay over wires that play recordings, and callbacks that carry its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.providers.azampay import AzamPay
from portal.providers.azampay_config import AzamPayConfig, Hosts
from portal.providers.provider import Instruction
from portal.providers.wire import Answer
from portal.sandbox.azampay.account import AzamPayAccount
from portal.sandbox.azampay.signing import first_key, new_key, public_pem, sign
from tests.makers import FakeClock
from tests.providers.account import an_instruction
from tests.providers.recorded import PlayedWire, answer, text

ACCOUNT = AzamPayAccount()
TOKEN = answer("azampay", "token", "issued")
Told = Answer | Exception


def azampay_config(account: AzamPayAccount, url: str, **changes: Any) -> AzamPayConfig:
    settings = {
        "base_url": f"{url}/checkout",
        "auth_url": f"{url}/authenticator",
        "disbursement_url": f"{url}/disbursement",
        "app_name": account.app_name,
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "api_key": account.api_key,
    }
    return AzamPayConfig(**settings | changes)


class Wires:
    """What each host was sent; all answer in order what they were given, the last of it for ever."""

    def __init__(self, answers: Sequence[Told], tokens: Sequence[Told], keys: Sequence[Told]) -> None:
        self.checkout = PlayedWire(keys, answers)
        self.auth = PlayedWire((), tokens)
        self.disbursement = PlayedWire((), answers, "no token here")
        self.hosts = Hosts(self.checkout, self.auth, self.disbursement)


def an_azampay(
    *answers: Told,
    tokens: Sequence[Told] = (TOKEN,),
    keys: Sequence[Told] = (),
    clock: FakeClock | None = None,
    **config: Any,
) -> tuple[AzamPay, Wires]:
    wires = Wires(answers, tokens, keys)
    settings = azampay_config(ACCOUNT, "http://127.0.0.1:1", **config)
    return AzamPay(settings, wires.hosts, clock or FakeClock()), wires


def azampay_instruction(**changes: Any) -> Instruction:
    wallet = {"phone": Phone("255621987654"), "method": PaymentMethod.HALOPESA}
    return an_instruction(**wallet | changes)


@cache
def another_key() -> RSAPrivateKey:
    return new_key()


def key_answer(key: RSAPrivateKey | None = None) -> Answer:
    return Answer(200, {"success": True, "format": "Pem", "publicKey": public_pem(key or first_key())})


def signed(name: str = "paid", key: RSAPrivateKey | None = None, **changes: Any) -> str:
    """A recorded callback of the newer kind with these `changes`, signed after them."""
    told = (
        json.loads(text("azampay", "callback", name))
        | {"externalreference": "HP260303.1200.H06941"}
        | changes
    )
    return json.dumps(told | {"signature": sign(told, key or first_key())})
