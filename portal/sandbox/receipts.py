"""The receipt codes of the networks, out of a time and hexadecimal digits of chance."""

from datetime import datetime

from portal.sandbox.settings import EAT

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def mpesa(at: datetime, chance: str) -> str:
    """Such as NLJ7RT61SV: year, month, day, seven signs."""
    day, number = at.astimezone(EAT), int(chance, 16)
    signs = "".join(SIGNS[number // len(SIGNS) ** place % len(SIGNS)] for place in range(7))
    return LETTERS[(day.year - 2006) % 26] + LETTERS[day.month - 1] + SIGNS[day.day] + signs


def mixx(at: datetime, chance: str) -> str:
    """Such as CO140924.1414.A00113."""
    return _dotted("CO", "A", at, chance)


def mixx_menu(at: datetime, chance: str) -> str:
    """Such as BP140218.1240.B01530: of what begins in the menu."""
    return _dotted("BP", "B", at, chance)


def airtel(at: datetime, chance: str) -> str:
    """Such as MP210603.1234.L06941."""
    return _dotted("MP", "L", at, chance)


def halopesa(at: datetime, chance: str) -> str:
    """Such as HP210603.1234.H06941; what the real one looks like stands in no document."""
    return _dotted("HP", "H", at, chance)


def azampesa(at: datetime, chance: str) -> str:
    """Such as AZ210603.1234.Z06941; what the real one looks like stands in no document."""
    return _dotted("AZ", "Z", at, chance)


def stripe(at: datetime, chance: str) -> str:  # noqa: ARG001  (no date is in it)
    """Such as pi_3f9c2e07aa51d4b8: the id of the PaymentIntent, which is what a merchant looks for."""
    return f"pi_3{chance}"


def _dotted(kind: str, letter: str, at: datetime, chance: str) -> str:
    return f"{kind}{at.astimezone(EAT):%y%m%d.%H%M}.{letter}{int(chance, 16) % 10**5:05}"
