"""What the simulated banks have booked: transfers that came, and those that were taken back."""

from dataclasses import dataclass, field, replace
from datetime import date

from portal.sandbox.bank.account import BankAccount
from portal.sandbox.book import PAYMENT, REVERSAL, Movement
from portal.sandbox.settings import EAT
from portal.sandbox.world import World


@dataclass(frozen=True)
class Entry:
    """`amount` is in whole shillings, below zero where a transfer was taken back."""

    booked_on: date
    amount: int
    reference: str
    text: str
    payer: str

    @property
    def is_reversal(self) -> bool:
        return self.amount < 0


@dataclass
class Bank:
    """The entries of each account lie by its number, the oldest first."""

    world: World
    _entries: dict[str, list[Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world.at_reset.append(self._entries.clear)

    @property
    def accounts(self) -> dict[str, BankAccount]:
        return {account.path: account for account in self.world.settings.banks}

    def entries(self, account: BankAccount) -> tuple[Entry, ...]:
        return tuple(self._entries.get(account.number, ()))

    def receive(self, account: BankAccount, amount: int, text: str, payer: str) -> Entry:
        return self._booked(account, Entry(self._today, amount, self._new_reference(), text, payer))

    def take_back(self, account: BankAccount, reference: str) -> Entry | None:
        """None where there is nothing to take back, or no longer."""
        of_it = [entry for entry in self.entries(account) if entry.reference == reference]
        if len(of_it) != 1:
            return None
        (came,) = of_it
        reversal = replace(
            came, booked_on=self._today, amount=-came.amount, text=f"REVERSAL {came.text}".rstrip()
        )
        return self._booked(account, reversal)

    @property
    def _today(self) -> date:
        return self.world.clock().astimezone(EAT).date()

    def _new_reference(self) -> str:
        """Such as FT26182A1B2C: the year, its day, and what tells one from another."""
        given = {entry.reference for entries in self._entries.values() for entry in entries}
        while True:
            reference = f"FT{self._today:%y%j}{self.world.token_source(3).upper()[:5]}"
            if reference not in given:
                return reference

    def _booked(self, account: BankAccount, entry: Entry) -> Entry:
        self._entries.setdefault(account.number, []).append(entry)
        self.world.network.book.move(
            Movement(
                request_id=entry.reference,
                msisdn="",
                amount=entry.amount,
                receipt=entry.reference,
                account_reference=entry.text,
                at=self.world.clock(),
                provider="bank",
                kind=REVERSAL if entry.is_reversal else PAYMENT,
                of=entry.reference if entry.is_reversal else "",
            )
        )
        return entry
