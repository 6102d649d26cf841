"""Saved ways to pay, as the pages and the worker are given them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.appointments import Appointments
from portal.services.saved_cards import SavedCards
from portal.services.saved_methods import SavedMethods
from portal.services.saved_phones import SavedPhones


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The list, how phones and cards come into it, and the phone that is asked each month."""

    methods: SavedMethods
    phones: SavedPhones
    cards: SavedCards
    appointments: Appointments
