"""What a callback of Mixx by Yas says: read strictly, and whatever it is, with no other error than ours."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.providers.provider import CallbackUnreadable, Heard
from portal.providers.wallet import stated_shillings

_WORD = re.compile(r"[!-~]+")
_REFERENCE_ID = re.compile(r"[!-~]{1,80}")
_REFERENCE = re.compile(r"[0-9A-Z]{12}")
_RECEIPT_CODE = re.compile(r"[A-Za-z0-9.-]{4,40}")


@dataclass(frozen=True, slots=True)
class PushCallback:
    """`reference_id` is the one that our push gave it; of the rest nothing is believed before `outcome` has looked."""

    status: bool
    reference_id: str
    amount: object
    transaction_id: object

    @property
    def code(self) -> str:
        """All there is for one: why nobody paid stands in the prose of `Description` alone, which decides nothing."""
        return "true" if self.status else "false"

    def heard(self, biller_code: str) -> Heard:
        """A yes without an id that we can use is a yes all the same: a no before or after it contradicts it."""
        return Heard(
            self.reference_id,
            self.outcome(),
            self.code,
            self.reference_behind(biller_code),
            says_paid=self.status,
        )

    def reference_behind(self, biller_code: str) -> str | None:
        """Our own reference, None where the whole was not made by us."""
        own = self.reference_id.removeprefix(biller_code)
        is_ours = self.reference_id.startswith(biller_code) and _REFERENCE.fullmatch(own)
        return own if is_ours else None

    def outcome(self) -> Outcome:
        if not self.status:
            return NotPaid(Reason.NOT_COMPLETED, self.code)
        transaction_id = self.transaction_id
        if not isinstance(transaction_id, str) or not _RECEIPT_CODE.fullmatch(transaction_id):
            # Nobody can be asked about it, and no statement could be searched for it.
            return Unknown(Reason.UNKNOWN_ERROR, "no MFSTransactionID", mapped=False)
        return Paid(amount=stated_shillings(self.amount), receipt_code=transaction_id)


def read_callback(body: str) -> PushCallback:
    """Raises CallbackUnreadable, whatever the body is."""
    said = _object(body)
    status, reference_id = said.get("Status"), said.get("ReferenceID")
    if not isinstance(status, bool):
        raise CallbackUnreadable("no Status")
    if not isinstance(reference_id, str) or not _REFERENCE_ID.fullmatch(reference_id):
        raise CallbackUnreadable("no ReferenceID")
    return PushCallback(status, reference_id, said.get("Amount"), said.get("MFSTransactionID"))


def acknowledged(body: str) -> dict[str, object]:
    """The documented yes, for a ReferenceID that is none of ours too."""
    try:
        reference_id = read_callback(body).reference_id
    except CallbackUnreadable:
        reference_id = ""
    return {
        "ResponseCode": "BILLER-30-0000-S",
        "ResponseStatus": True,
        "ResponseDescription": "Callback successful",
        "ReferenceID": reference_id,
    }


def word(value: object, longest: int = 40) -> str:
    """One word of visible ASCII, empty for all else."""
    return value if isinstance(value, str) and len(value) <= longest and _WORD.fullmatch(value) else ""


def _object(body: str) -> dict[str, Any]:
    try:
        # Numbers stay as they are written: the amount is a string by the documents, and is read in one way.
        said = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise CallbackUnreadable("no JSON") from error
    if not isinstance(said, dict):
        raise CallbackUnreadable("no JSON object")
    return said
