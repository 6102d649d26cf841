"""Stripe as the world knows it: the sessions it holds, what a payer does on their pages, and the events of that."""

from collections.abc import Sequence
from typing import Any

from litestar import Response

from portal.sandbox.book import Movement
from portal.sandbox.fates import PERSON, Fate, Query
from portal.sandbox.prompt import RECEIPT, Push, Transaction
from portal.sandbox.results import CANCELLED, NO_ANSWER, PAID
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.cards import KnownCard
from portal.sandbox.stripe.codes import CODES
from portal.sandbox.stripe.events import Told, letters, told_of_attempt, told_of_end
from portal.sandbox.stripe.idempotency import Keys
from portal.sandbox.stripe.objects import PER_UNIT
from portal.sandbox.stripe.session import ANY_SESSION, CARDS, Asked, Challenge, Session, Shown
from portal.sandbox.twin import Letter
from portal.sandbox.world import World


class Stripe:
    name = "stripe"
    operator = CARDS

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.stripe
        self.keys = Keys()
        world.at_reset.append(self.keys.clear)

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letters(self, transaction: Transaction, result: str, movement: Movement | None) -> Sequence[Letter]:
        return self._written(told_of_end(_session(transaction), result, movement))

    def letter(self, transaction: Transaction, result: str, movement: Movement | None) -> Letter:
        """The one that says most."""
        return self.letters(transaction, result, movement)[-1]

    def unheard_of(self, path: str, status: int) -> Response[Any]:
        error = refusals.invalid(f"Unrecognized request URL ({path[:100]}).", status=status)
        return Response(error.body(), status_code=status)

    def fate_of(self, reference: str) -> Fate:
        fate = self.world.network.fate_of(reference)
        return self.world.network.fates.get(ANY_SESSION, PERSON) if fate is PERSON else fate

    async def open(self, asked: Asked) -> Session:
        """A session whose payer, where fate has one, acts by itself."""
        network, world, fate = self.world.network, self.world, self.fate_of(asked.reference)
        units = asked.hundredths // PER_UNIT[asked.currency]
        url = world.callback_urls.get(self.name, "")
        session_id = f"cs_test_{world.token_source(29)}"
        session = Session(
            twin=self,
            request_id=session_id,
            push=Push(CARDS, world.settings.business_name, asked.reference, units, asked.reference, url),
            ids={RECEIPT: world.network.book.receipt(world.clock(), CARDS)},
            twists=fate.twists,
            fate=fate,
            asked_at=world.clock(),
            expires_at=asked.expires_at,
            lag=world.settings.query_lag if fate.query is Query.LAGS else 0,
            page=f"/{self.name}/c/{session_id}",
            asked=asked,
            charge_id=f"ch_3{world.token_source(8)}",
        )
        network.prompts[session_id] = session
        if fate.result is not None:
            await network.begin(session)
        return session

    def find(self, session_id: str) -> Session | None:
        """One whose time is over has ended by the time that anybody looks."""
        session = self.world.network.prompts.get(session_id)
        if not isinstance(session, Session):
            return None
        if session.waits_for_a_person and self.world.clock() >= session.expires_at:
            self.world.network.act(session, NO_ANSWER)
        return session

    def close(self, session: Session) -> None:
        """The merchant takes it back."""
        if not session.in_flight:
            raise refusals.not_open()
        self.world.network.act(session, CANCELLED)

    def try_card(self, session: Session, card: KnownCard, shown: Shown) -> None:
        """The payer pressed Pay: the bank decides, or asks them first."""
        session.shown, session.challenge = shown, None
        if card.guarded:
            session.challenge = Challenge(card, shown)
        elif card.declined:
            self._decline(session, card.declined)
        else:
            self.world.network.act(session, PAID)

    def answer_bank(self, session: Session, *, yes: bool) -> None:
        """What the payer said when the bank asked."""
        asked, session.challenge = session.challenge, None
        if asked is None:
            return
        declined = asked.card.declined if yes else "authentication_required"
        if declined:
            self._decline(session, declined)
        else:
            self.world.network.act(session, PAID)

    def _decline(self, session: Session, word: str) -> None:
        session.tried = word
        network = self.world.network
        twists = frozenset(network.next_twists.pop(session.push.msisdn, set()))
        told = self._written(told_of_attempt(session))
        url, request_id = session.push.callback_url, session.request_id
        if url:
            network.errands.start(network.courier.carry(told, url, request_id, twists))

    def _written(self, told: Sequence[Told]) -> list[Letter]:
        return letters(told, self.account, self.world.clock, self.world.token_source)


def _session(transaction: Transaction) -> Session:
    if not isinstance(transaction, Session):
        raise TypeError(transaction)
    return transaction
