"""The providers as the office sees them: do they work, what keeps them from it, and a switch for each.

Nothing here touches a payment. What is under way at a provider that is switched off is asked about and settled as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.alert import Alert, is_felt
from portal.domain.errors import NotFound, Refused
from portal.domain.method import PaymentMethod
from portal.domain.person import Person
from portal.providers.registry import Registry
from portal.services.office import of_the_office, read_note
from portal.services.tools import Tools
from portal.store import alerts, people, provider_calls, switches
from portal.store.provider_calls import Calls
from portal.store.switches import Switch
from portal.store.types import Tx

NOTE_LENGTHS = (10, 200)
LANGUAGES = ("en", "sw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One provider. It has no `methods` where its settings are gone. `felt`: payers are told that it has trouble."""

    name: str
    methods: tuple[PaymentMethod, ...]
    calls: Calls
    alerts: list[Alert]
    off: Switch | None
    felt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One provider with what came of earlier alerts and who turned its switch; `names` has those people."""

    watched: Watched
    closed: list[Alert]
    turns: list[Switch]
    names: dict[str, str]


class ProviderDesk:
    """For people of the office; nobody else finds any of it."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    async def providers(self, person: Person) -> list[Watched]:
        """All that are there, and those that are gone with something open. Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(self._watched)

    async def open_alerts(self) -> int:
        return await self._tools.store.read(alerts.open_count)

    async def record(self, person: Person, name: str) -> Record:
        """Raises NotFound."""
        of_the_office(person)
        return await self._tools.store.read(lambda tx: self._record(tx, name))

    async def close(self, person: Person, name: str, chosen: str, done: str) -> None:
        """A person has seen to an alert and says what they did. Raises NotFound, Refused (alert, done)."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._close(tx, person, name, chosen, done))

    async def switch_off(self, person: Person, name: str, english: str, swahili: str) -> None:
        """No payment begins there until it is switched on. Raises NotFound, Refused (note_en, note_sw)."""
        of_the_office(person)
        notes = {
            language: read_note(f"note_{language}", typed, NOTE_LENGTHS)
            for language, typed in zip(LANGUAGES, (english, swahili), strict=True)
        }
        await self._tools.store.write(lambda tx: self._turn(tx, person, name, notes))

    async def switch_on(self, person: Person, name: str) -> None:
        """Raises NotFound."""
        of_the_office(person)
        await self._tools.store.write(lambda tx: self._turn(tx, person, name, {}))

    def _watched(self, tx: Tx) -> list[Watched]:
        now, calls = self._tools.clock(), provider_calls.of_all(tx)
        off, opened = switches.switched_off(tx), alerts.open_alerts(tx)
        methods = {provider.name: self._registry.methods_of(provider) for provider in self._registry}
        # A name that only an alert or a switch knows is of a provider whose settings are gone.
        names = dict.fromkeys([*methods, *(alert.provider for alert in opened), *off])
        return [
            Watched(
                name=name,
                methods=methods.get(name, ()),
                calls=calls.get(name, Calls()),
                alerts=(its := [alert for alert in opened if alert.provider == name]),
                off=off.get(name),
                felt=is_felt(its, now),
            )
            for name in names
        ]

    def _record(self, tx: Tx, name: str) -> Record:
        watched = self._named(tx, name)
        closed = alerts.closed_of(tx, self._tools.vault, name)
        turns = switches.turns_of(tx, name)
        return Record(
            watched=watched,
            closed=closed,
            turns=turns,
            names=_names(tx, [*(one.closed_by for one in closed), *(turn.person for turn in turns)]),
        )

    def _close(self, tx: Tx, person: Person, name: str, chosen: str, done: str) -> None:
        opened = {str(alert.id): alert for alert in self._named(tx, name).alerts}
        if chosen not in opened:
            raise Refused("alert", "gone" if chosen else "empty")
        note = read_note("done", done, NOTE_LENGTHS)
        alerts.close(tx, self._tools.vault, opened[chosen], person.id, note, self._tools.clock())

    def _turn(self, tx: Tx, person: Person, name: str, notes: dict[str, str]) -> None:
        was_off = self._named(tx, name).off is not None
        if notes or was_off:
            now = self._tools.clock()
            switches.turn(tx, Switch(provider=name, notes=notes, person=person.id, at=now))

    def _named(self, tx: Tx, name: str) -> Watched:
        found = next((watched for watched in self._watched(tx) if watched.name == name), None)
        if found is None:
            raise NotFound
        return found


def _names(tx: Tx, ids: Iterable[str | None]) -> dict[str, str]:
    """Of the few people who worked on one provider."""
    return {person.id: person.name for person in people.named(tx, {id_ for id_ in ids if id_})}
