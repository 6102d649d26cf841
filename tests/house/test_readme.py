"""The README draws the states and the route as the code has them."""

import re

import pytest

from portal.domain.diagram import diagram, refund_diagram, return_diagram
from portal.web.routes import PAGES
from tests.house.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
FILE = re.compile(r"\b(?:web|api|services|providers|templates|domain|worker|store)/[\w/]+\.(?:py|html)\b")
PAGE = re.compile(r"^(?:browser|page) +(?:GET|POST|303) (/\S+)", re.MULTILINE)


def section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.covers("P5")
def test_the_readme_draws_the_states_that_rule() -> None:
    drawn = section("The states of a payment").split("```mermaid\n", 1)[1].split("```", 1)[0]
    assert drawn.strip() == diagram()


@pytest.mark.covers("P5", "D55")
def test_the_readme_draws_the_states_of_a_refund() -> None:
    drawn = section("The states of a refund").split("```mermaid\n", 1)[1].split("```", 1)[0]
    assert drawn.strip() == refund_diagram()


@pytest.mark.covers("P5", "F13")
def test_the_readme_draws_the_states_of_a_deposit_that_goes_back() -> None:
    drawn = section("The states of a deposit that goes back").split("```mermaid\n", 1)[1].split("```", 1)[0]
    assert drawn.strip() == return_diagram()


@pytest.mark.parametrize("name", sorted(set(FILE.findall(section("The route of a payment")))))
def test_every_file_on_the_route_of_a_payment_stands(name: str) -> None:
    assert (ROOT / name).is_file() or (ROOT / "portal" / name).is_file()


def test_every_page_on_the_route_of_a_payment_is_served() -> None:
    served = {re.sub(r":\w+}", "}", path) for page in PAGES for path in page.paths}
    told = PAGE.findall(section("The route of a payment"))
    assert told
    assert set(told) <= served
