"""Who looks at the money of a payment, and what of it is theirs to read."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.account_kind import AccountKind
from portal.domain.figures import Figure
from portal.domain.ledger import deposit_of, payable_to
from portal.domain.payment import Payment
from portal.domain.person import Person, Role


@dataclass(frozen=True, slots=True)
class Reader:
    """`lets` is who lets the home of the lease now: a deposit that is held concerns them, whoever let it when it came.

    None on pages that no landlord opens.
    """

    person: Person
    payment: Payment
    lets: str | None = None

    @property
    def is_landlord(self) -> bool:
        return self.person.role is Role.LANDLORD

    @property
    def kinds(self) -> frozenset[AccountKind]:
        """On which the payment's own bills are owed to a landlord."""
        earned = {AccountKind.PAYABLE} if self.payment.payee == self.person.id else set()
        held = {AccountKind.DEPOSIT} if self.lets == self.person.id else set()
        return frozenset(earned | held)

    def may_read(self, figure: Figure) -> bool:
        """A landlord reads what is owed to them; whoever paid, and the office, all."""
        return not self.is_landlord or (bool(figure.accounts) and figure.accounts <= self.kinds)

    def may_read_of(self, account: str) -> bool:
        """A landlord reads of their own account, and of the deposits that they hold now; not of another landlord's."""
        if not self.is_landlord:
            return True
        held = self.lets == self.person.id and account == deposit_of(self.payment.lease)
        return held or account == payable_to(self.person.id)
