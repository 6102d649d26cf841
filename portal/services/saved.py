"""Saved ways to pay, as the pages and the worker are given them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.providers.registry import Registry
from portal.services.appointments import Appointments
from portal.services.messages import Messages
from portal.services.payments import Payments
from portal.services.saved_cards import SavedCards
from portal.services.saved_methods import SavedMethods
from portal.services.saved_phones import SavedPhones
from portal.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The list, how phones and cards come into it, and the phone that is asked each month."""

    methods: SavedMethods
    phones: SavedPhones
    cards: SavedCards
    appointments: Appointments


def saved_of(
    tools: Tools, registry: Registry, payments: Payments, messages: Messages, *, demo: bool
) -> Saved:
    return Saved(
        methods=SavedMethods(tools),
        phones=SavedPhones(tools, registry, demo=demo),
        cards=SavedCards(tools, registry),
        appointments=Appointments(tools, payments, messages),
    )
