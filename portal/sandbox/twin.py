"""What the world asks of a provider's twin: its network, its codes, and the letters that tell a result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from litestar import Response

from portal.sandbox.operators import Operator

if TYPE_CHECKING:
    from portal.sandbox.book import Movement
    from portal.sandbox.prompt import Transaction


@dataclass(frozen=True)
class Letter:
    """A callback as the provider words it."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


class Twin(Protocol):
    """`name` is the path prefix of its routes, its name in the book and in the request log."""

    name: str
    operator: Operator

    def code(self, result: str) -> str:
        """The provider's code for a word of `results`; a raw code stays as it is."""

    def letter(self, transaction: "Transaction", result: str, movement: "Movement | None") -> Letter:
        """Tells this result; `movement` is the money, real or invented, where the result is PAID."""

    def unheard_of(self, path: str, status: int) -> Response[Any]:
        """The answer to a path or verb that it does not know."""
