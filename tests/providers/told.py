"""What a reader made of a statement, in a line of words for each."""

from __future__ import annotations

from portal.providers.statement import BadLine, StatementLine


def told(line: StatementLine | BadLine) -> str:
    """`17 +450000 TZS FT1 on 2026-07-01: RENT, by ASHA` or `18 cents_of_a_shilling`; `~` for a digest of ours."""
    if isinstance(line, BadLine):
        return f"{line.line} {line.reason}"
    sign = "+" if line.is_credit else "-"
    taken_back = " taken back" if line.is_reversal else ""
    reference = line.bank_reference if not line.bank_reference.startswith("~") else "~"
    payer = f", by {line.payer}" if line.payer else ""
    return (
        f"{line.line} {sign}{line.amount.minor} {line.amount.currency} {reference} on {line.booked_on}{taken_back}: "
        f"{line.text}{payer}"
    )
