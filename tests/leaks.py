"""Looks for what may stand nowhere in clear: in every cell of every table, and in any text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select

from portal.domain.card import holds_card_number
from portal.store import (
    appointments,
    bank_tables,
    contacts,
    corrections,
    day_closes,
    deposit_tables,
    disputes,
    menu_calls,
    payee_accounts,
    payment_methods,
    payout_tables,
    provider_calls,
    refund_notes,
    switches,
    tenant_credits,
    transients,
)
from portal.store.tables import metadata
from portal.store.types import Tx

ALL_TABLES = (
    appointments,
    bank_tables,
    contacts,
    corrections,
    day_closes,
    deposit_tables,
    disputes,
    menu_calls,
    payee_accounts,
    payment_methods,
    payout_tables,
    provider_calls,
    refund_notes,
    switches,
    tenant_credits,
    transients,
)
"""Imported, so that `metadata` knows every table there is."""
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
"""Digits that come together in one by chance are nobody's number."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ \u00a0.()-]+(?=\d)")


def leaks_in_tables(tx: Tx, secrets: Collection[str]) -> list[str]:
    """Table and column of each secret, or card number, that stands there in clear."""
    return [f"{place}: {found}" for place, text in _cells(tx) for found in leaks(text, secrets)]


def leaks(text: str, secrets: Collection[str]) -> list[str]:
    """Which of the secrets a text holds, however their digits are grouped; a card number counts whosever it is."""
    text = _DIGEST.sub("", text)
    plain = _BETWEEN_DIGITS.sub("", text)
    found = [secret for secret in secrets if secret in text or secret in plain]
    return [*found, "a card number"] if holds_card_number(text) else found


def _cells(tx: Tx) -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        for row in tx.execute(select(table)).mappings():
            for name, value in row.items():
                if value is not None and not isinstance(value, bool | datetime):
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    yield f"{table.name}.{name}", text
