"""Whoever knows the customer's document finds each of its services here."""

import re
from functools import reduce
from importlib import import_module

import pytest

from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "the-customers-services.md").read_text(encoding="utf-8")
PLACE = re.compile(r"`portal/([\w/]+)\.py::([\w.]+)`")
SERVICES = (
    "PaymentInitiationService",
    "PaymentProcessingService",
    "PaymentMethodService",
    "RefundService",
    "PaymentProviderService",
    "PaymentValidationService",
    "PaymentNotificationService",
)


@pytest.mark.covers("S51")
def test_each_of_the_seven_services_is_found_and_has_somebody_who_does_its_work() -> None:
    parts = re.split(r"\| \*\*(\w+)\*\*", PAGE)
    assert tuple(parts[1::2]) == SERVICES
    assert all(PLACE.search(part) for part in parts[2::2])


@pytest.mark.covers("S51")
@pytest.mark.parametrize("place", sorted(set(PLACE.findall(PAGE))), ids=".".join)
def test_what_the_page_names_is_there_and_can_be_called(place: tuple[str, str]) -> None:
    file, name = place
    module = import_module(f"portal.{file.replace('/', '.')}")
    assert callable(reduce(getattr, name.split("."), module))
