"""Saving a card without paying: it is entered on a page of the provider's, which keeps it; we keep what may be shown.

The provider is asked by a schedule what came of the page, so that a card is saved though its owner never comes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain.card import CardFace, CardOnFile
from portal.domain.errors import NotFound, Refused
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Pending, Unknown
from portal.domain.person import Person
from portal.domain.saved_method import MOST_SAVED
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import CardPage, CardRequest, NoCard, SavesCards
from portal.providers.registry import Registry
from portal.services.saving import Agreed, consent, how_many, read_nickname, save
from portal.services.tools import Tools
from portal.store import card_setups, idempotency, jobs, limits, saved_cards, saved_methods
from portal.store.card_setups import CardSetup
from portal.store.limits import Limit
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.telemetry.log import get_log
from portal.templating.consents import Matter

CARD_PAGES = Limit("card page", 6, timedelta(hours=1))
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300, 900, 1_800))
"""After these it is asked every hour, for a day."""
PAGE_LIVES = timedelta(days=1)
BEFORE_THE_END = timedelta(days=40)
"""So long before a card ends, banks have mostly sent the next one."""
AFTER_THE_END = timedelta(days=90)
WEEK = timedelta(days=7)
Answer = CardOnFile | NoCard | Pending | Unknown
log = get_log("saved_cards")


class StillKept(Exception):
    """The provider did not say that it has forgotten the card; the job tries again."""


class SavedCards:
    """Raises NotFound for what is not this person's."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    @property
    def offered(self) -> bool:
        """Somebody keeps cards."""
        return self._keeper() is not None

    async def begin(self, person: Person, nickname: str, agreed: Agreed, key: str) -> str:
        """The id under which the card will be saved; its page says where to enter it.

        The same one for the same `key`, by which a form is known: pressed twice, it opens one page. Raises Refused
        (nickname, consent, or card: unavailable, too_many), TooMany.
        """
        keeper = self._keeper()
        if keeper is None:
            raise Refused("card", "unavailable")
        setup = CardSetup(
            id=self._tools.reference(),
            person=person.id,
            nickname=read_nickname(nickname),
            consent=consent(agreed, Matter.CARD, self._tools.clock()),
            provider=keeper[0],
        )
        begun = await self._tools.store.write(lambda tx: self._begin(tx, setup, _scoped(key)))
        if begun == setup.id:
            await self._open_page(keeper[1], setup, agreed.language, _scoped(key))
        return begun

    async def setup(self, person: Person, setup_id: str) -> CardSetup | None:
        """A card that is about to be saved; None where it has been."""
        return await self._tools.store.read(lambda tx: self._setup(tx, person, setup_id))

    async def look(self, person: Person, setup_id: str) -> None:
        """Its owner presses "Check now"."""
        setup = await self.setup(person, setup_id)
        if setup:
            await self._ask(setup)

    async def look_by_schedule(self, job: jobs.Job) -> None:
        """What came of the page; asked again until it is over."""
        setup_id, vault = job.payload["setup"], self._tools.vault
        setup = await self._tools.store.read(lambda tx: card_setups.load(tx, vault, setup_id))
        answer = await self._ask(setup) if setup else None
        await self._tools.store.write(lambda tx: self._looked(tx, job, setup, answer))

    async def forget(self, job: jobs.Job) -> None:
        """A card that was deleted here, or saved a second time, goes at its provider too. Raises StillKept."""
        kept = await self._token_of(job)
        if kept is not None:
            keeper = self._named(kept.provider)
            if keeper is None or not await keeper.forget_card(kept.token):
                raise StillKept(kept.provider)
        await self._tools.store.write(lambda tx: self._forgotten(tx, job))

    async def refresh(self, job: jobs.Job) -> None:
        """Before a card ends, and for some time after, its bank may have sent the next one under the same number."""
        method_id, vault = job.payload["method"], self._tools.vault
        kept = await self._tools.store.read(lambda tx: saved_cards.token(tx, vault, method_id))
        keeper = self._named(kept.provider) if kept else None
        face = await keeper.card_face(kept.token) if kept and keeper else None
        await self._tools.store.write(lambda tx: self._refreshed(tx, job, face))

    def _keeper(self) -> tuple[str, SavesCards] | None:
        provider = self._registry.for_method(PaymentMethod.CREDIT_CARD)
        return (provider.name, provider) if provider and isinstance(provider, SavesCards) else None

    def _named(self, name: str) -> SavesCards | None:
        """None while it is switched off."""
        provider: object = self._registry.named(name)
        return provider if isinstance(provider, SavesCards) else None

    def _begin(self, tx: Tx, setup: CardSetup, key: str) -> str:
        """Of the same form only the name may be another one by now."""
        now, begun = self._tools.clock(), idempotency.answer_to(tx, setup.person, key)
        if begun is not None:
            card_setups.rename(tx, self._tools.vault, begun, setup.nickname)
            return begun
        if how_many(tx, self._tools, setup.person) >= MOST_SAVED:
            raise Refused("card", "too_many", most=MOST_SAVED)
        limits.hit(tx, CARD_PAGES, setup.person, now)
        card_setups.begin(tx, self._tools.vault, setup)
        jobs.enqueue(tx, "card", setup.id, now + LOOKS[-1], setup=setup.id)
        idempotency.remember(tx, setup.person, key, {}, setup.id, now)
        return setup.id

    async def _open_page(self, keeper: SavesCards, setup: CardSetup, language: str, key: str) -> None:
        request = CardRequest(
            reference=setup.id,
            return_url=f"{self._tools.public_url}/methods/{setup.id}/card?back=1",
            language=language,
        )
        answer = await keeper.begin_saving(request)
        if not isinstance(answer, CardPage):
            log.error("card_page_not_opened", provider=setup.provider, code=answer.code)
            await self._tools.store.write(lambda tx: _given_up(tx, setup, key))
            raise Refused("card", "unavailable")
        await self._tools.store.write(lambda tx: self._opened(tx, setup, answer))

    def _opened(self, tx: Tx, setup: CardSetup, page: CardPage) -> None:
        card_setups.open_page(tx, setup.id, page.id, page.url)
        jobs.put(tx, "card", setup.id, self._tools.clock() + LOOKS[0], setup=setup.id)

    def _setup(self, tx: Tx, person: Person, setup_id: str) -> CardSetup | None:
        found = card_setups.load(tx, self._tools.vault, setup_id)
        if found is not None and found.person == person.id:
            return found
        if saved_methods.load(tx, self._tools.vault, person.id, setup_id) is None:
            raise NotFound
        return None

    async def _ask(self, setup: CardSetup) -> Answer:
        """Ask what came of the page, and save the card if one was entered."""
        if setup.page_id is None:
            return NoCard("no page")
        keeper = self._named(setup.provider)
        if keeper is None:
            return Pending("nobody can be asked")
        answer = await keeper.saved_card(setup.page_id)
        await self._tools.store.write(lambda tx: self._answered(tx, setup, answer))
        return answer

    def _answered(self, tx: Tx, setup: CardSetup, answer: Answer) -> None:
        """Whoever asked first has done it: the page may be looked at by its owner and by the worker at once."""
        if card_setups.load(tx, self._tools.vault, setup.id, lock=True) is None:
            return
        if isinstance(answer, NoCard):
            card_setups.close_page(tx, setup.id)
        if isinstance(answer, CardOnFile):
            card_setups.end(tx, setup.id)
            self._keep(tx, setup, answer)

    def _keep(self, tx: Tx, setup: CardSetup, card: CardOnFile) -> None:
        """One that is saved already is not saved twice, here or there."""
        now = self._tools.clock()
        known = saved_methods.find(tx, self._tools.vault, setup.person, card)
        if known is not None:
            saved_cards.change_face(tx, known, card.face)
        elif self._saved(tx, setup, card):
            jobs.put(tx, "card_face", setup.id, _next_look(card.face, now) or now, method=setup.id)
            return
        again = {"page": setup.page_id, "provider": setup.provider}
        jobs.enqueue(tx, "forget_card", f"page:{setup.id}", now, **again)

    def _saved(self, tx: Tx, setup: CardSetup, card: CardOnFile) -> bool:
        new = NewMethod(
            id=setup.id,
            person=setup.person,
            method=PaymentMethod.CREDIT_CARD,
            what=card,
            nickname=setup.nickname,
            consent=setup.consent,
            verified_at=self._tools.clock(),
        )
        try:
            save(tx, self._tools, new, field="card")
        except Refused as refusal:
            log.info("card_not_saved", problem=refusal.problem)
            return False
        return True

    def _looked(self, tx: Tx, job: jobs.Job, setup: CardSetup | None, answer: Answer | None) -> None:
        again = _look_again_at(setup, job, self._tools.clock()) if setup else None
        if again is None and setup and isinstance(answer, Pending | Unknown):
            card_setups.close_page(tx, setup.id)
        if again is None or not isinstance(answer, Pending | Unknown):
            jobs.done(tx, job)
            return
        jobs.again(tx, job, again, **job.payload | {"looks": _looks(job) + 1})

    async def _token_of(self, job: jobs.Job) -> saved_cards.Token | None:
        """Of a saved one we hold it; that of one that was not saved again only its page tells."""
        if "method" in job.payload:
            vault, method_id = self._tools.vault, job.payload["method"]
            return await self._tools.store.read(lambda tx: saved_cards.token(tx, vault, method_id))
        keeper = self._named(job.payload["provider"])
        answer = await keeper.saved_card(job.payload["page"]) if keeper else None
        if not isinstance(answer, CardOnFile):
            raise StillKept(job.payload["provider"])
        return saved_cards.Token(answer.provider, answer.token)

    def _forgotten(self, tx: Tx, job: jobs.Job) -> None:
        if "method" in job.payload:
            saved_cards.forgotten(tx, job.payload["method"])
        jobs.done(tx, job)

    def _refreshed(self, tx: Tx, job: jobs.Job, face: CardFace | None) -> None:
        """A card that is deleted, or long over, is looked at no more."""
        method_id, now = job.payload["method"], self._tools.clock()
        before = saved_cards.face(tx, method_id)
        if face and before and face != before:
            saved_cards.change_face(tx, method_id, face)
        again = _next_look(face or before, now) if before else None
        if again is None:
            jobs.done(tx, job)
        else:
            jobs.again(tx, job, again)


def _scoped(key: str) -> str:
    """Apart from the keys of payments."""
    return f"card:{key}"


def _given_up(tx: Tx, setup: CardSetup, key: str) -> None:
    """No page was opened, so the same form may try once more."""
    card_setups.end(tx, setup.id)
    idempotency.forget(tx, setup.person, key)


def _looks(job: jobs.Job) -> int:
    return int(job.payload.get("looks", 0))


def _look_again_at(setup: CardSetup, job: jobs.Job, now: datetime) -> datetime | None:
    """None once nobody can enter a card there any more."""
    looks = _looks(job)
    wait = LOOKS[looks] if looks < len(LOOKS) else timedelta(hours=1)
    return now + wait if now < setup.consent.at + PAGE_LIVES else None


def _next_look(face: CardFace, now: datetime) -> datetime | None:
    """Some weeks before it ends, then every week, until it is long over."""
    last = datetime(face.last_day.year, face.last_day.month, face.last_day.day, 12, tzinfo=EAST_AFRICA)
    if now > last + AFTER_THE_END:
        return None
    return max(last - BEFORE_THE_END, now + WEEK)
