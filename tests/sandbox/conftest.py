"""A running sandbox, a signed-in merchant, and the ear that hears the merchant's callbacks."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.merchant import Ear, Merchant, listening
from tests.sandbox.running import RunningSandbox, running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    async with listening() as ear:
        yield ear


@pytest.fixture
async def merchant(sandbox: RunningSandbox, ear: Ear) -> Merchant:
    merchant = Merchant(sandbox, ear.url)
    await merchant.sign_in()
    return merchant
