"""A Checkout Session that takes no money: its page keeps a card for its owner."""

from dataclasses import dataclass
from datetime import datetime

from portal.sandbox.stripe.attempt import Challenge
from portal.sandbox.stripe.session import COMPLETE, OPEN
from portal.sandbox.stripe.vault import Kept


@dataclass(frozen=True, kw_only=True)
class SetupAsked:
    """What a merchant asked for."""

    reference: str
    success_url: str
    cancel_url: str
    locale: str
    expires_at: datetime
    metadata: dict[str, str]
    setup_metadata: dict[str, str]


@dataclass(kw_only=True)
class Setup:
    """`tried`: the word of the bank that did not approve the last card."""

    id: str
    setup_id: str
    asked: SetupAsked
    created_at: datetime
    page: str
    status: str = OPEN
    tried: str | None = None
    challenge: Challenge | None = None
    kept: Kept | None = None

    @property
    def is_open(self) -> bool:
        return self.status == OPEN

    def keep(self, kept: Kept) -> None:
        self.kept, self.status, self.tried = kept, COMPLETE, None
