"""The pages on which cards are kept, and what their owners do there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portal.sandbox.fates import Twist
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.attempt import Challenge, Shown
from portal.sandbox.stripe.cards import REFUSED_AT_THE_BANK, KnownCard
from portal.sandbox.stripe.codes import EXPIRED
from portal.sandbox.stripe.events import Told, told_of_setup
from portal.sandbox.stripe.setup import Setup, SetupAsked
from portal.sandbox.stripe.vault import Vault
from portal.sandbox.world import World

Tell = Callable[[str, Sequence[Told], frozenset[Twist]], None]


@dataclass
class Setups:
    """`tell` sends the events of a page."""

    world: World
    vault: Vault
    path: str
    tell: Tell
    _setups: dict[str, Setup] = field(default_factory=dict)

    def open(self, asked: SetupAsked) -> Setup:
        token, now = self.world.token_source, self.world.clock()
        setup_id = f"cs_test_{token(29)}"
        page = f"{self.path}/{setup_id}"
        intent = f"seti_1{token(11)}"
        setup = Setup(id=setup_id, setup_id=intent, asked=asked, created_at=now, page=page)
        self._setups[setup_id] = setup
        return setup

    def find(self, setup_id: str) -> Setup | None:
        """One whose time is over has ended by the time that anybody looks."""
        setup = self._setups.get(setup_id)
        if setup and setup.is_open and self.world.clock() >= setup.asked.expires_at:
            self._end(setup)
        return setup

    def close(self, setup: Setup) -> None:
        """The merchant takes it back."""
        if not setup.is_open:
            raise refusals.not_open()
        self._end(setup)

    def try_card(self, setup: Setup, card: KnownCard, shown: Shown) -> None:
        """Its owner pressed Save: the bank decides, or asks them first."""
        setup.challenge = Challenge(card, shown) if card.guarded else None
        if not card.guarded:
            self._decide(setup, card, shown)

    def answer_bank(self, setup: Setup, *, yes: bool) -> None:
        """What the owner said when the bank asked."""
        asked, setup.challenge = setup.challenge, None
        if asked and yes:
            self._decide(setup, asked.card, asked.shown)
        elif asked:
            setup.tried = REFUSED_AT_THE_BANK

    def clear(self) -> None:
        self._setups.clear()

    def _decide(self, setup: Setup, card: KnownCard, shown: Shown) -> None:
        if not card.can_be_saved:
            setup.tried = card.declined
            return
        setup.keep(self.vault.keep(card, shown))
        self._tell(setup)

    def _end(self, setup: Setup) -> None:
        setup.status = EXPIRED
        self._tell(setup)

    def _tell(self, setup: Setup) -> None:
        self.tell(setup.id, told_of_setup(setup), frozenset())
