"""Saved ways to pay, as the pages and the worker are given them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.appointments import Appointments
from portal.services.saved_methods import SavedMethods
from portal.services.saved_phones import SavedPhones


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The list, how a phone comes into it, and the phone that is asked each month."""

    methods: SavedMethods
    phones: SavedPhones
    appointments: Appointments
