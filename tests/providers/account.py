"""The account that the simulated Daraja knows, and an instruction to push."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.phone import Phone
from portal.providers.mpesa_daraja_config import DarajaConfig
from portal.providers.provider import Inquiry, Instruction
from portal.providers.wire import Answer
from portal.sandbox.daraja.account import DarajaAccount

ACCOUNT = DarajaAccount()
TOKEN = Answer(200, {"access_token": "c9SQxWWhmdVRlyh0zh8gZDTkubVF", "expires_in": 3599})
REFERENCE = "7K29QXM4AB1C"


def config_at(base_url: str) -> DarajaConfig:
    return DarajaConfig(
        base_url=base_url,
        consumer_key=ACCOUNT.consumer_key,
        consumer_secret=ACCOUNT.consumer_secret,
        short_code=ACCOUNT.short_code,
        passkey=ACCOUNT.passkey,
        initiator_name=ACCOUNT.initiator_name,
        security_credential=ACCOUNT.security_credential,
    )


def an_inquiry(request_id: str | None, reference: str = REFERENCE) -> Inquiry:
    return Inquiry(reference=reference, request_id=request_id)


def an_instruction(**changes: Any) -> Instruction:
    instruction = Instruction(
        reference=REFERENCE,
        amount=shillings(453_500),
        method=PaymentMethod.MPESA,
        phone=Phone("255754123456"),
        label="Deposit A3",
        callback_url="https://pay.nest.co.tz/webhooks/mpesa/unguessable",
        return_url=f"https://pay.nest.co.tz/pay/{REFERENCE}/return",
        language="sw",
        expires_at=datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
    )
    return replace(instruction, **changes)
