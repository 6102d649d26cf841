"""What every way to pay needs to be saved: room, a name, and what its owner agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.errors import Refused
from portal.domain.saved_method import MOST_SAVED, Consent, NicknameUnfit, parse_nickname
from portal.services.tools import Tools
from portal.store import saved_methods, unverified_phones
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.templating.consents import TEXTS, Matter, consent_text


@dataclass(frozen=True, slots=True)
class Agreed:
    """The version of the text that stood on the page, and the language in which it was read."""

    version: str
    language: str


def save(tx: Tx, tools: Tools, new: NewMethod, *, field: str) -> None:
    """Raises Refused for the field: too_many, saved (already)."""
    if how_many(tx, tools, new.person) >= MOST_SAVED:
        raise Refused(field, "too_many", most=MOST_SAVED)
    if not saved_methods.add(tx, tools.vault, new, tools.clock()):
        raise Refused(field, "saved")


def how_many(tx: Tx, tools: Tools, person: str) -> int:
    """Those that wait for their proof count too."""
    standing = saved_methods.of_person(tx, tools.vault, person)
    return len(standing) + len(unverified_phones.of_person(tx, tools.vault, person))


def consent(agreed: Agreed, matter: Matter, at: datetime) -> Consent:
    """What was agreed to, word for word. Raises Refused (consent) where it was no text about this matter."""
    check_consent(agreed.version, matter)
    return Consent(version=agreed.version, text=consent_text(agreed.version, agreed.language), at=at)


def check_consent(version: str, matter: Matter, *, field: str = "consent") -> None:
    """An older text than today's will do, for it was read. Raises Refused for the field."""
    if version not in TEXTS[matter]:
        raise Refused(field, "unknown")


def read_nickname(typed: str) -> str | None:
    """Raises Refused (nickname)."""
    try:
        return parse_nickname(typed)
    except NicknameUnfit as unfit:
        raise Refused("nickname", unfit.problem) from None
