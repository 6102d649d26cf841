"""Mixx by Yas over a played wire, and the settings that its twin expects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.domain.phone import Phone
from portal.providers.provider import Instruction
from portal.providers.tigo_pesa import TigoPesa, TigoPesaConfig
from portal.providers.wire import Answer
from portal.sandbox.mixx.account import MixxAccount
from tests.makers import FakeClock
from tests.providers.account import an_instruction
from tests.providers.recorded import PlayedWire, answer

BASE_URL = "http://127.0.0.1:1/Nest2DM"
REFERENCE_ID = "MIXX7K29QXM4AB1C"
CALLBACK_KEY = "a-key-that-nobody-guesses-in-tests"
TOKEN = answer("tigo_pesa", "token", "issued")


def a_config(**changes: str) -> TigoPesaConfig:
    settings = {
        "base_url": BASE_URL,
        "username": "NestPay",
        "password": "sandbox-password",
        "biller_msisdn": "25565000111",
        "biller_code": "MIXX",
        "callback_key": CALLBACK_KEY,
    }
    return TigoPesaConfig(**settings | changes)


def config_of(account: MixxAccount, base_url: str, callback_key: str = CALLBACK_KEY) -> TigoPesaConfig:
    """What the twin at that address expects of its merchant."""
    return TigoPesaConfig(
        base_url=base_url,
        username=account.username,
        password=account.password,
        biller_msisdn=account.biller_msisdn,
        biller_code=account.biller_code,
        callback_key=callback_key,
        payout_path="-A2W",
        payout_msisdn=account.payout_msisdn,
        payout_pin=account.payout_pin,
    )


def a_push(**changes: Any) -> Instruction:
    return an_instruction(**{"phone": Phone("255652111222")} | changes)


def a_mixx(
    clock: FakeClock, *answers: Answer | Exception, tokens: Sequence[Answer | Exception] = (TOKEN,)
) -> tuple[TigoPesa, PlayedWire]:
    """The wire gives these answers after the token."""
    wire = PlayedWire(tokens, answers, token_path="-GetToken")
    return TigoPesa(a_config(), wire, clock), wire
