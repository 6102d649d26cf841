"""Mixx by Yas over a played wire, with the account that its twin knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portal.domain.phone import Phone
from portal.providers.provider import Instruction
from portal.providers.tigo_pesa import TigoPesa, TigoPesaConfig
from portal.providers.wire import Answer
from tests.makers import FakeClock
from tests.providers.account import an_instruction
from tests.providers.recorded import PlayedWire, answer

BASE_URL = "http://127.0.0.1:1/Nest2DM"
REFERENCE_ID = "MIXX7K29QXM4AB1C"
CALLBACK_KEY = "a-key-that-nobody-guesses-in-tests"
TOKEN = answer("tigo_pesa", "token", "issued")
Mixx = Callable[..., tuple[TigoPesa, PlayedWire]]


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


def a_push(**changes: Any) -> Instruction:
    return an_instruction(**{"phone": Phone("255652111222")} | changes)


def a_mixx(
    clock: FakeClock, *answers: Answer | Exception, tokens: Sequence[Answer | Exception] = (TOKEN,)
) -> tuple[TigoPesa, PlayedWire]:
    """The wire gives these answers after the token."""
    wire = PlayedWire(tokens, answers, token_path="-GetToken")
    return TigoPesa(a_config(), wire, clock), wire
