"""What a callback of Vodacom says (providers.md §2.4): strictly, and whatever it is, with no other error than ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from portal.providers.mpesa_vodacom_codes import NO_ID, read_code, read_id, transaction_id
from portal.providers.provider import CallbackUnreadable


@dataclass(frozen=True, slots=True)
class ResultCallback:
    """`reference` is ours, `request_id` theirs: both must fit the payment. No amount is ever in it."""

    reference: str
    request_id: str
    code: str
    transaction: str | None


def read_callback(body: str) -> ResultCallback:
    """Raises CallbackUnreadable, whatever the body is."""
    told = _object(body)
    reference, request_id = _ids(told)
    code = read_code(told.get("input_ResultCode"))
    if reference is None or request_id is None or code is None:
        raise CallbackUnreadable("no conversation ids" if code else "no input_ResultCode")
    return ResultCallback(reference, request_id, code, transaction_id(told.get("input_TransactionID")))


def acknowledgement_of(body: str) -> dict[str, object]:
    """Their "closes the session": both ids come back, where they can be read."""
    try:
        reference, request_id = _ids(_object(body))
    except CallbackUnreadable:
        reference = request_id = None
    return {
        "output_OriginalConversationID": request_id or NO_ID,
        "output_ResponseCode": "0",
        "output_ResponseDesc": "Successfully Accepted Result",
        "output_ThirdPartyConversationID": reference or NO_ID,
    }


def _object(body: str) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallbackUnreadable("not JSON") from error
    if not isinstance(told, dict):
        raise CallbackUnreadable("no object")
    return told


def _ids(told: dict[str, Any]) -> tuple[str | None, str | None]:
    return (
        read_id(told.get("input_ThirdPartyConversationID")),
        read_id(told.get("input_OriginalConversationID")),
    )
