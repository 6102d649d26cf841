"""The Jinja environment: one per language, so that no page can speak the language of another request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2

from portal.domain.ids import shown
from portal.places import ASSETS, TEMPLATES
from portal.templating import formats
from portal.templating.assets import Assets, read_assets
from portal.templating.language import Language
from portal.templating.translations import load_translations


@dataclass(frozen=True, slots=True)
class Environment:
    """What renders pages: the same templates once per language."""

    by_language: Mapping[Language, jinja2.Environment]


def render(environment: Environment, name: str, language: Language, context: Mapping[str, object]) -> str:
    """One template as HTML; a variable that is missing raises."""
    return environment.by_language[language].get_template(name).render(context)


@cache
def portal_environment() -> Environment:
    """That of the portal, with the assets as they were built; kept, with all that it has compiled."""
    return create_environment(read_assets(ASSETS))


def create_environment(assets: Assets, templates: Path = TEMPLATES) -> Environment:
    """Every template below a folder, in both languages."""
    return Environment({language: _speaking(language, assets, templates) for language in Language})


def _speaking(language: Language, assets: Assets, templates: Path) -> jinja2.Environment:
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.policies["ext.i18n.trimmed"] = True
    _translate(jinja, language)
    jinja.globals.update(language=language, asset=assets.address)
    jinja.filters.update({name: partial(write, language=language) for name, write in FILTERS.items()})
    jinja.filters.update(reference=shown, unbroken=formats.unbroken)
    return jinja


FILTERS: Mapping[str, Callable[..., str]] = {
    "money": formats.money_markup,
    "money_text": formats.money_text,
    "rate": formats.rate_text,
    "date": formats.date_text,
    "short_date": formats.short_date_text,
    "month": formats.month_text,
    "month_name": formats.month_name_text,
    "instant": formats.instant_text,
    "day": formats.day_text,
    "clock": formats.clock_text,
}
"""What templates may write after a bar; each speaks the language of its page."""


def _translate(jinja: jinja2.Environment, language: Language) -> None:
    translations = load_translations(language)
    extension: Any = jinja
    extension.install_gettext_callables(
        translations.gettext,
        translations.ngettext,
        newstyle=True,
        pgettext=translations.pgettext,
        npgettext=translations.npgettext,
    )
