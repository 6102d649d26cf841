"""A provider whose settings are gone while its payments are in flight: nothing can be asked, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotSent, Reason, Unknown
from portal.domain.trouble import Trouble
from portal.providers.provider import NO_HEADERS, Capabilities, Heard, Inquiry, Instruction
from portal.providers.refund import RefundInstruction

_OFF = "provider switched off"


class ProviderOff(Exception):
    """A callback that nobody can read just now: it waits until the provider is back."""


class SwitchedOff:
    """Says so by the values that every provider has for trouble."""

    webhook = ""
    callback_key: str | None = None
    methods: tuple[PaymentMethod, ...] = ()
    capabilities = Capabilities()

    def __init__(self, name: str) -> None:
        self.name = name

    async def start(self, instruction: Instruction) -> NotSent:  # noqa: ARG002
        return NotSent(_OFF, Trouble.SETTINGS_MISSING)

    async def check(self, inquiry: Inquiry) -> Unknown:  # noqa: ARG002
        return Unknown(Reason.AMBIGUOUS, _OFF, trouble=Trouble.SETTINGS_MISSING)

    async def refund(self, instruction: RefundInstruction) -> NotSent:  # noqa: ARG002
        return NotSent(_OFF, Trouble.SETTINGS_MISSING)

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:  # noqa: ARG002
        raise ProviderOff(self.name)

    def translate(self, body: str) -> Sequence[Heard]:  # noqa: ARG002
        raise ProviderOff(self.name)

    async def close(self) -> None:
        return None
