"""A stand-in for a provider that keeps cards: what is entered on its pages is what a test told it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from portal.domain.card import CardFace, CardOnFile
from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotSent, Pending, Rejected, Unknown
from portal.providers.provider import Capabilities, CardPage, CardRequest, NoCard
from tests.fakes import FakeProvider

Entered = CardOnFile | NoCard | Pending | Unknown


class FakeCards(FakeProvider):
    """Opens every page, on which nothing is entered until a test says so; forgets each card, unless it `keeps` them."""

    def __init__(self, *methods: PaymentMethod) -> None:
        super().__init__("stripe", (PaymentMethod.CREDIT_CARD, *methods), Capabilities(lapses=True))
        self.requests: list[CardRequest] = []
        self.asked: list[str] = []
        self.forgotten: list[str] = []
        self.keeps = False
        self.faces: dict[str, CardFace] = {}
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """Done once, while somebody waits for what came of a page."""
        self._entered: dict[str, Entered] = {}
        self._opens: list[NotSent | Rejected | Unknown] = []

    def will_not_open(self, *answers: NotSent | Rejected | Unknown) -> None:
        """To the next requests for a page."""
        self._opens = list(answers)

    def enter(self, card: Entered, page: int = 1) -> None:
        """What came of the page with that number, the first of which is 1."""
        self._entered[f"page-{page}"] = card

    async def begin_saving(self, request: CardRequest) -> CardPage | NotSent | Rejected | Unknown:
        self.requests.append(request)
        if self._opens:
            return self._opens.pop(0)
        number = len(self.requests)
        return CardPage(f"page-{number}", f"https://cards.example/{number}")

    async def saved_card(self, page_id: str) -> Entered:
        self.asked.append(page_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        return self._entered.get(page_id, Pending("open"))

    async def card_face(self, token: str) -> CardFace | None:
        return self.faces.get(token)

    async def forget_card(self, token: str) -> bool:
        if not self.keeps:
            self.forgotten.append(token)
        return not self.keeps
