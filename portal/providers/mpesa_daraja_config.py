"""The settings of M-Pesa by Daraja."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portal.providers.mpesa_daraja_refund import Initiator


@dataclass(frozen=True, slots=True, kw_only=True)
class DarajaConfig:
    """`MPESA_DARAJA_…` of the settings; the short code is the paybill that receives.

    With an initiator, whose password is the credential as their certificate encrypts it, money can go back.
    """

    base_url: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    short_code: str
    passkey: str = field(repr=False)
    initiator_name: str | None = None
    security_credential: str | None = field(default=None, repr=False)

    def faults(self) -> dict[str, str]:
        name, credential = self.initiator_name, self.security_credential
        missing = "missing, though its other half is there"
        found = {
            "short_code": "" if re.fullmatch("[0-9]{5,7}", self.short_code) else "five to seven digits",
            "initiator_name": missing if credential and not name else "",
            "security_credential": missing if name and not credential else "",
        }
        return {name: fault for name, fault in found.items() if fault}

    @property
    def initiator(self) -> Initiator | None:
        if self.initiator_name is None or self.security_credential is None:
            return None
        return Initiator(self.initiator_name, self.security_credential)
