"""Pages rendered as the portal renders them, with assets under their own names."""

from __future__ import annotations

import pytest
from lxml import html

from portal.templating.environment import Environment, create_environment, render
from portal.templating.language import Language
from tests.templating.rendering import ASSETS, EVERY_PAGE, Drawn, Rendered


@pytest.fixture(scope="session")
def environment() -> Environment:
    return create_environment(ASSETS)


@pytest.fixture(scope="session")
def rendered(environment: Environment) -> Rendered:
    def page(name: str, language: Language = Language.EN, **context: object) -> str:
        return render(environment, name, language, {**EVERY_PAGE, **context})

    return page


@pytest.fixture(scope="session")
def drawn(environment: Environment) -> Drawn:
    """A scrap of template, with components imported, as an element to look into."""

    def element(source: str, language: Language = Language.EN, **context: object) -> html.HtmlElement:
        text = environment.by_language[language].from_string(source).render(context)
        return html.fragment_fromstring(text, create_parent="div")

    return element
