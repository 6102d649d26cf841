"""What the world asks of a provider's twin: its network, its codes, and the letters that tell a result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from litestar import Response

from portal.sandbox.operators import Operator

if TYPE_CHECKING:
    from portal.sandbox.book import Movement
    from portal.sandbox.prompt import Transaction


def unsigned(body: bytes) -> Mapping[str, str]:  # noqa: ARG001  (whatever it is)
    return {}


@dataclass(frozen=True)
class Letter:
    """A callback as the provider words it. `signs` makes the headers that prove the body when it is sent."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    signs: Callable[[bytes], Mapping[str, str]] = unsigned


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


@runtime_checkable
class TellsInParts(Protocol):
    """A twin of a provider that tells one result by several callbacks."""

    def letters(
        self, transaction: "Transaction", result: str, movement: "Movement | None"
    ) -> Sequence[Letter]: ...
