"""What the office does about a refund that goes no way by itself. They stand in the payment's stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTaken:
    """Somebody of the office is about to send it by hand: nobody else does."""

    refund: str
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLaidBack:
    """It was not sent by whoever had taken it: another may take it."""

    refund: str
    laid_back_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFindingProposed:
    """One person of the office says what became of the money. Nothing changes until a second one confirms it.

    `finding` is its own name; the words of whoever found it stand beside the stream. `code` is the provider's, or the
    bank's, for money that `went`.
    """

    refund: str
    finding: str
    went: bool
    code: str | None
    found_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFindingDropped:
    """Nobody is to confirm it any more: the rule drops it where the provider said otherwise since."""

    refund: str
    finding: str
    dropped_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundClosed:
    """The office has dealt with one that is over: another goes `instead` of it, or it is left as it is.

    Why it is left stands beside the stream, under the name of the `note`.
    """

    refund: str
    closed_by: str
    instead: str | None = None
    note: str | None = None


RefundDeskEvent = RefundTaken | RefundLaidBack | RefundFindingProposed | RefundFindingDropped | RefundClosed
