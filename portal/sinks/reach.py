"""A person hears from us by every way we have to them; one that works is enough."""

from __future__ import annotations

from collections.abc import Sequence

from portal.sinks.sink import Letter, NotDelivered, Sink


class Reach:
    """Phone first, then e-mail; raises NotDelivered when no sink took the letter."""

    def __init__(self, phone: Sink | None, email: Sink | None) -> None:
        self._phone, self._email = phone, email

    async def deliver(self, letter: Letter) -> None:
        problems: list[str] = []
        for sink in self._ways(letter):
            try:
                await sink.deliver(letter)
            except NotDelivered as problem:
                problems.append(str(problem))
            else:
                return
        raise NotDelivered("; ".join(problems) or "no way to reach them")

    async def close(self) -> None:
        for sink in filter(None, (self._phone, self._email)):
            await sink.close()

    def _ways(self, letter: Letter) -> Sequence[Sink]:
        ways = ((self._phone, letter.phone), (self._email, letter.email))
        return [sink for sink, address in ways if sink and address]
