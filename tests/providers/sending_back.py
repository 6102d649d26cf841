"""Each way back of each provider, behind words that fit all of them: one that joins adds a line to WAYS_BACK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from portal.domain.money import Money, shillings
from portal.domain.outcome import Accepted, NotSent
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRoute,
)
from portal.providers.provider import NotOffered
from portal.providers.refund import HeardOfRefund, RefundInquiry, RefundInstruction, SendsBack, TracesRefunds
from tests.makers import a_reference
from tests.providers.refunds import a_refund
from tests.providers.twins import SandboxTwin
from tests.sandbox.running import RunningSandbox, until

WAYS_BACK = [
    ("stripe", RefundRoute.REVERSAL),
    ("airtel_money", RefundRoute.REVERSAL),
    ("airtel_money", RefundRoute.PAYOUT),
    ("mpesa_vodacom", RefundRoute.REVERSAL),
    ("mpesa_vodacom", RefundRoute.PAYOUT),
    ("mpesa_daraja", RefundRoute.REVERSAL),
    ("mpesa_daraja", RefundRoute.PAYOUT),
    ("tigo_pesa", RefundRoute.PAYOUT),
]
_references = map(a_reference, count(8_001))


def _stripe_rolls_its_key(sandbox: RunningSandbox) -> None:
    sandbox.stripe.account = replace(sandbox.stripe.account, secret_key="sk_test_another0one")


def _airtel_gives_a_new_secret(sandbox: RunningSandbox) -> None:
    sandbox.airtel.tokens.account = replace(sandbox.airtel.account, client_secret="another one")
    sandbox.airtel.tokens.issue(
        {
            "client_id": sandbox.airtel.account.client_id,
            "client_secret": "another one",
            "grant_type": "client_credentials",
        }
    )


def _vodacom_closes_our_short_code(sandbox: RunningSandbox) -> None:
    sandbox.vodacom.account = replace(sandbox.vodacom.account, service_provider_code="999999")


def _daraja_gives_a_new_password(sandbox: RunningSandbox) -> None:
    sandbox.daraja.account = replace(sandbox.daraja.account, security_credential="YW5vdGhlcg==")


def _mixx_gives_a_new_pin(sandbox: RunningSandbox) -> None:
    sandbox.mixx.account = replace(sandbox.mixx.account, payout_pin="9999")


NEW_LOCKS: Mapping[str, Callable[[RunningSandbox], None]] = {
    "stripe": _stripe_rolls_its_key,
    "airtel_money": _airtel_gives_a_new_secret,
    "mpesa_vodacom": _vodacom_closes_our_short_code,
    "mpesa_daraja": _daraja_gives_a_new_password,
    "tigo_pesa": _mixx_gives_a_new_pin,
}
"""By provider: what it takes for our credentials is changed on its side."""


@dataclass
class Sender:
    """A provider of ours with one way back, and the hands that move its other side."""

    twin: SandboxTwin
    route: RefundRoute
    _answers: dict[str, RefundAnswer | NotOffered] = field(default_factory=dict)

    @property
    def way(self) -> SendsBack:
        return next(way for way in self.twin.provider.capabilities.sends_back if way.route is self.route)

    @property
    def can_be_asked(self) -> bool:
        return self.way.answers_questions or self.way.answers_by_callback

    async def paid(self) -> RefundInstruction:
        """Somebody has paid; all of that is to go back."""
        instruction = self.twin.instruction("approves")
        accepted = await self.twin.provider.start(instruction)
        if isinstance(accepted, NotSent):
            # The first session of a process has a large key to load, and a busy machine takes its time.
            accepted = await self.twin.provider.start(instruction)
        assert isinstance(accepted, Accepted)
        await self.over()
        return a_refund(
            reference=next(_references),
            payment=instruction.reference,
            route=self.route,
            amount=instruction.amount,
            paid=instruction.amount,
            callback_url=self.twin.ear.url,
            receipt_code=(await self.twin.receipts())[-1],
            request_id=accepted.request_id,
            provider_reference=accepted.provider_reference,
            phone=instruction.phone,
        )

    async def send(self, refund: RefundInstruction) -> RefundAnswer:
        answer = await self.twin.provider.refund(refund)
        assert not isinstance(answer, NotOffered)
        self._answers.setdefault(refund.reference, answer)
        return answer

    async def end(self, refund: RefundInstruction) -> RefundOutcome | None:
        """How it ended, as one can come to know it; None where nobody says."""
        await self.over()
        answer = self._answers[refund.reference]
        if isinstance(answer, Refunded | NotRefunded):
            return answer
        asked = await self.asked(refund)
        if isinstance(asked, Refunded | NotRefunded):
            return asked
        await self.over()
        told = [one.outcome for one in self.told(refund)]
        decided = [outcome for outcome in told if isinstance(outcome, Refunded | NotRefunded)]
        return next(iter(decided or told[::-1]), asked)

    async def asked(self, refund: RefundInstruction) -> RefundOutcome | None:
        """What the provider says when it is asked; None where it cannot be."""
        provider, answer = self.twin.provider, self._answers[refund.reference]
        if not self.can_be_asked or not isinstance(provider, TracesRefunds):
            return None
        inquiry = RefundInquiry(
            reference=refund.reference,
            payment=refund.payment,
            route=refund.route,
            amount=refund.amount,
            callback_url=refund.callback_url,
            receipt_code=refund.receipt_code,
        )
        if isinstance(answer, RefundAccepted):
            inquiry = replace(
                inquiry, request_id=answer.request_id, provider_reference=answer.provider_reference
            )
        return await provider.check_refund(inquiry)

    def told(self, refund: RefundInstruction) -> list[HeardOfRefund]:
        """What its callbacks have said of that refund."""
        answer = self._answers[refund.reference]
        theirs = answer.request_id if isinstance(answer, RefundAccepted) else "?"
        heard = [one for body in self.twin.ear.bodies for one in self.twin.provider.translate(body.decode())]
        told = [one.refund for one in heard if one.refund]
        return [one for one in told if one.reference == refund.reference or one.request_id == theirs]

    async def over(self) -> None:
        """Once nothing more will happen by itself."""
        self.twin.gate.opened.set()
        await until(lambda: not self.twin.sandbox.world.network.errands.under_way)

    async def sent_back(self) -> Money:
        """All that left our account."""
        return shillings(-sum(m["amount"] for m in await self.twin.sandbox.book() if m["amount"] < 0))

    async def times(self) -> int:
        """How often money left our account."""
        return sum(movement["amount"] < 0 for movement in await self.twin.sandbox.book())

    async def answers(self, answer: str) -> None:
        """What a request meets from now on: a word of `fates.Answer`."""
        await self.twin.sandbox.switch(refund_answer=answer)

    async def ends_in(self, result: str) -> None:
        """How those that are accepted end from now on: a word of `results`."""
        await self.twin.sandbox.switch(refund=result)

    def change_locks(self) -> None:
        NEW_LOCKS[self.twin.provider.name](self.twin.sandbox)
