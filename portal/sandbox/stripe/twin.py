"""Stripe as the world knows it: the sessions it holds, what a payer does on their pages, and the events of that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Response

from portal.sandbox.book import Movement
from portal.sandbox.fates import PERSON, Fate, Query, Twist, When
from portal.sandbox.prompt import RECEIPT, Push, Transaction
from portal.sandbox.results import CANCELLED, NO_ANSWER, PAID
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.attempt import Attempt, Challenge, Shown, Sum
from portal.sandbox.stripe.cards import REFUSED_AT_THE_BANK, KnownCard
from portal.sandbox.stripe.charge import Charge
from portal.sandbox.stripe.codes import CODES
from portal.sandbox.stripe.events import Told, letters, told_of_attempt, told_of_end, told_of_refund
from portal.sandbox.stripe.idempotency import Keys
from portal.sandbox.stripe.objects import PER_UNIT, Json
from portal.sandbox.stripe.refund import CardRefund, RefundAsked
from portal.sandbox.stripe.session import ANY_SESSION, CARDS, Asked, Session
from portal.sandbox.stripe.setups import Setups
from portal.sandbox.stripe.vault import Kept, Vault
from portal.sandbox.twin import Letter
from portal.sandbox.world import World


class Stripe:
    name = "stripe"
    operator = CARDS

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.settings.stripe
        self.keys = Keys()
        self.vault = Vault(world.token_source)
        self.setups = Setups(world, self.vault, f"/{self.name}/s", self.tell)
        self.disputes: dict[str, Json] = {}
        world.at_reset.extend((self.keys.clear, self.vault.clear, self.setups.clear, self.disputes.clear))

    def code(self, result: str) -> str:
        return CODES.get(result, result)

    def letters(self, transaction: Transaction, result: str, movement: Movement | None) -> Sequence[Letter]:
        if isinstance(transaction, CardRefund):
            told = replace(transaction, result=result)
            return self._written(told_of_refund(told, self.sent_back(transaction.payment)))
        return self._written(told_of_end(_attempt(transaction), result, movement))

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
        session_id = f"cs_test_{self.world.token_source(29)}"
        session = Session(
            **self._facts(asked),
            request_id=session_id,
            ids={RECEIPT: self._intent()},
            expires_at=asked.expires_at,
            page=f"/{self.name}/c/{session_id}",
            asked=asked,
        )
        self.world.network.prompts[session_id] = session
        if session.fate.result is not None:
            await self.world.network.begin(session)
        return session

    async def charge(self, asked: Sum, kept: Kept) -> Charge:
        """A saved card's bank answers at once, unless fate lets it take its time."""
        intent = self._intent()
        charge = Charge(
            **self._facts(asked),
            request_id=intent,
            ids={RECEIPT: intent},
            expires_at=self.world.clock(),
            asked=asked,
            shown=kept.shown,
            customer=kept.customer,
            method=kept.method,
        )
        network = self.world.network
        network.prompts[intent] = charge
        if charge.fate.when is When.AT_ONCE:
            network.act(charge, charge.fate.result or kept.card.says_when_charged or PAID)
        else:
            await network.begin(charge)
        return charge

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

    def take_back(self, charge: Charge) -> None:
        if not charge.in_flight:
            raise refusals.not_to_be_canceled()
        self.world.network.act(charge, charge.close())

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
        declined = asked.card.declined if yes else REFUSED_AT_THE_BANK
        if declined:
            self._decline(session, declined)
        else:
            self.world.network.act(session, PAID)

    def refund(self, asked: RefundAsked) -> CardRefund:
        """All that is left of a payment, or a part of it, at once."""
        paid, payment = self.paid_by(asked.intent)
        left, per_unit = self.world.network.left_of(payment), PER_UNIT[paid.asked.currency]
        if asked.intent in self.disputes:
            raise refusals.disputed_already()
        if not left:
            raise refusals.refunded_already()
        units = left if asked.hundredths is None else asked.hundredths // per_unit
        if units > left:
            raise refusals.more_than_is_left()
        refund = CardRefund(
            twin=self,
            request_id=f"re_3{self.world.token_source(12)}",
            push=replace(paid.push, amount=units, callback_url=self.world.callback_urls.get(self.name, "")),
            of=payment.receipt,
            paid=paid,
            payment=payment,
            asked=asked,
            made_at=self.world.clock(),
        )
        refund.ids[RECEIPT] = refund.request_id
        self.world.network.send_back_at_once(refund)
        return refund

    def refunds(self) -> list[CardRefund]:
        return [one for one in self.world.network.refunds.values() if isinstance(one, CardRefund)]

    def sent_back(self, payment: Movement) -> int:
        return payment.amount - self.world.network.book.left_of(payment)

    def paid_by(self, intent: str) -> tuple[Attempt, Movement]:
        """What was asked for, and the money that came of it. Raises RefusedError."""
        payment = self.world.network.book.payment(intent)
        attempt = self.world.network.prompts.get(payment.request_id) if payment else None
        if payment is None or not isinstance(attempt, Attempt):
            raise refusals.no_such("payment_intent", intent, param="payment_intent")
        return attempt, payment

    def _facts(self, asked: Sum) -> dict[str, Any]:
        """What every request for money has."""
        world, fate = self.world, self.fate_of(asked.reference)
        units = asked.hundredths // PER_UNIT[asked.currency]
        url = world.callback_urls.get(self.name, "")
        return {
            "twin": self,
            "push": Push(CARDS, world.settings.business_name, asked.reference, units, asked.reference, url),
            "twists": fate.twists,
            "fate": fate,
            "asked_at": world.clock(),
            "lag": world.settings.query_lag if fate.query is Query.LAGS else 0,
            "charge_id": f"ch_3{world.token_source(8)}",
        }

    def _intent(self) -> str:
        return self.world.network.book.receipt(self.world.clock(), CARDS)

    def _decline(self, session: Session, word: str) -> None:
        session.tried = word
        told, twists = (
            told_of_attempt(session),
            self.world.network.next_twists.pop(session.push.msisdn, set()),
        )
        self.tell(session.request_id, told, frozenset(twists))

    def tell(self, request_id: str, told: Sequence[Told], twists: frozenset[Twist] = frozenset()) -> None:
        url, network = self.world.callback_urls.get(self.name, ""), self.world.network
        if url:
            network.errands.start(network.courier.carry(self._written(told), url, request_id, twists))

    def _written(self, told: Sequence[Told]) -> list[Letter]:
        return letters(told, self.account, self.world.clock, self.world.token_source)


def _attempt(transaction: Transaction) -> Attempt:
    if not isinstance(transaction, Attempt):
        raise TypeError(transaction)
    return transaction
