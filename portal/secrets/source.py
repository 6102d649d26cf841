"""A secret by its name: from the environment, or from a file that `NAME_FILE` points to. Never printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class SecretMissing(LookupError):
    """Neither the variable nor its file is there, or the file cannot be read."""


def secret(environment: Mapping[str, str], name: str) -> str | None:
    """The value, or None where neither `name` nor `name_FILE` is set."""
    if environment.get(name):
        return environment[name]
    file = environment.get(f"{name}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretMissing(f"{name}_FILE: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretMissing(f"{name}_FILE: not a text") from None
