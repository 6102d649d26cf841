"""How Vodacom says no: an INS code with its documented HTTP status, or the gateway's bare 401."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    """`conversation_id` is the request's own, where it could be read."""

    code: str
    conversation_id: str = "N/A"


class UnauthorizedError(Exception):
    """The bearer is no session of ours that is live."""
