"""How Mixx by Yas says no: a push gets one of its codes, a token one of OAuth's."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    """`reference_id` is the one that the request named, as far as it could be read."""

    code: str
    reference_id: str = ""


@dataclass
class OAuthError(Exception):
    status: int
    error: str
