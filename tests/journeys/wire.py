"""What travels between browser and portal, weighed where the browser receives it: headers, body, everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, Page

from tests.sandbox.running import until


@dataclass
class Scales:
    """`received` is one weight for each answer that came over the wire; what the cache gave is not among them."""

    received: list[tuple[str, float]] = field(default_factory=list)
    _addresses: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(weight for _, weight in self.received)

    def of(self, part: str) -> list[float]:
        """The weights of those whose address has that part."""
        return [weight for address, weight in self.received if part in address]

    def empty(self) -> None:
        self.received.clear()

    async def still(self) -> None:
        """Waits until nothing is under way: the browser tells that an answer ended a moment after it shows it.

        What becomes of an icon that it has already, it does not always tell.
        """
        try:
            await until(lambda: not self._under_way())
        except TimeoutError:
            raise AssertionError(f"still under way: {self._under_way()}") from None

    def _under_way(self) -> list[str]:
        return [address for address in self._addresses.values() if "/icon." not in address]

    def sent(self, event: dict[str, Any]) -> None:
        """An address is asked for; the redirect that led there has arrived with it."""
        redirect = event.get("redirectResponse")
        if redirect:
            self._weigh(redirect["url"], redirect["encodedDataLength"])
        self._addresses[event["requestId"]] = event["request"]["url"]

    def gone(self, event: dict[str, Any]) -> None:
        """The cache gave it, or the browser left before it came."""
        self._addresses.pop(event["requestId"], None)

    def finished(self, event: dict[str, Any]) -> None:
        address = self._addresses.pop(event["requestId"], "")
        if address.startswith("http"):
            self._weigh(address, event["encodedDataLength"])

    def _weigh(self, address: str, weight: float) -> None:
        if weight:  # what the disk's cache gave is said to have arrived, too
            self.received.append((address, weight))


async def scales(page: Page) -> Scales:
    """Weighs all that this tab receives from now on."""
    weighed = Scales()
    devtools: CDPSession = await page.context.new_cdp_session(page)
    devtools.on("Network.requestWillBeSent", weighed.sent)
    devtools.on("Network.requestServedFromCache", weighed.gone)
    devtools.on("Network.loadingFailed", weighed.gone)
    devtools.on("Network.loadingFinished", weighed.finished)
    await devtools.send("Network.enable")
    return weighed
