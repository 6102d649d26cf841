"""SQL that is compiled once for all tests of a process: each opens a store of its own, and none has other statements.

Compiling was a third of what a test with a database cost.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event


class Compiled(dict[Any, Any]):
    """As SQLAlchemy asks it. Its keys begin with the engine's own dialect, of which all with one driver are alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def compile_once() -> None:
    """From now on, whatever engine is opened."""
    compiled = Compiled()

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        if "compiled_cache" not in connection.get_execution_options():
            connection.engine.update_execution_options(compiled_cache=compiled)
            connection.execution_options(compiled_cache=compiled)


def _of_any_engine(key: Any) -> Any:
    dialect, *rest = key
    return dialect.driver, *rest
