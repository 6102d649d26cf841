"""The merchant's accounts at the simulated banks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BankAccount:
    """As a payer copies it. The first word of the bank's name is its path."""

    bank: str
    name: str
    number: str
    swift: str

    @property
    def path(self) -> str:
        return self.bank.split()[0].lower()


ACCOUNTS = (
    BankAccount("CRDB Bank", "Nest Pay Demo", "0150123456700", "CORUTZTZ"),
    BankAccount("NMB Bank", "Nest Pay Demo", "20110012345", "NMIBTZTZ"),
)
