"""The bot's texts in the reader's language.

Catalogues are gettext's, read from their `.po` files at the start. A message's identifier is a dotted
name; its words are in the catalogues alone, the English ones too. Messages are Telegram HTML.
"""

from __future__ import annotations

import gettext
import math
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "ru")
DEFAULT_LANGUAGE = "en"
_CHARTS = "chart."
_LOCALES = Path(__file__).parent / "locales"


class Html(str):
    """A string that is Telegram HTML already; any other string is escaped when it is filled in."""

    __slots__ = ()


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        catalogue = _read_catalogue(language)
        self._catalogue = _compiled(catalogue)
        self._charts = {
            str(message.id).removeprefix(_CHARTS): str(message.string)
            for message in catalogue
            if str(message.id).startswith(_CHARTS)
        }

    def __call__(self, key: str, /, **values: object) -> Html:
        """The message as Telegram HTML. Raises KeyError if the catalogue does not have it."""
        return Html(self.template(key).format(**{n: _html(v) for n, v in values.items()}))

    def plain(self, key: str, /, **values: object) -> str:
        """The message without markup: buttons, callback answers, file names."""
        return self.template(key).format(**values)

    def plural(self, key: str, count: int) -> str:
        """The form for this number, with {n} filled in: "1 photo", "5 фото"."""
        form = self._catalogue.ngettext(key, f"{key}?", count)
        if form in (key, f"{key}?"):
            raise KeyError(key)
        return form.format(n=self.number(count))

    def template(self, key: str) -> str:
        """The message with its braces not filled in. Raises KeyError if the catalogue does not have
        it."""
        message = self._catalogue.gettext(key)
        if message == key:
            raise KeyError(key)
        return message

    def has(self, key: str) -> bool:
        """True if the catalogue has the message."""
        return self._catalogue.gettext(key) != key

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's separators and at most `digits` decimal places."""
        return format_decimal(round(value, digits), locale=self.language)

    def seconds(self, value: float) -> str:
        """Seconds rounded up to the next tenth, so that a short time is not shown as 0."""
        return self.number(math.ceil(value * 10) / 10, 1)

    def percent(self, share: float) -> str:
        """A share of 0–1 as whole per cent; never 0 or 100 unless it is: "<1%", ">99%"."""
        if 0 < share < 0.005:
            return f"<{format_percent(0.01, locale=self.language)}"
        if 0.995 <= share < 1:
            return f">{format_percent(0.99, locale=self.language)}"
        return format_percent(round(share, 2), locale=self.language)

    def moment(self, moment: datetime) -> str:
        """Day and time, UTC."""
        return format_datetime(moment, "d MMM, HH:mm", locale=self.language)

    @property
    def charts(self) -> Mapping[str, str]:
        """The words on charts: every message under `chart.`, its braces not filled in."""
        return self._charts


@lru_cache
def texts_in(language: str) -> Texts:
    """The texts of a language ("en" or "ru"); each catalogue is read once per process."""
    return Texts(language)


def supported(language_code: str | None) -> str:
    """The supported language for Telegram's code ("ru", "en-GB"); the default for others."""
    language = (language_code or "").split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _html(value: object) -> object:
    return escape(value) if isinstance(value, str) and not isinstance(value, Html) else value


def _read_catalogue(language: str) -> Catalog:
    source = _LOCALES / language / "LC_MESSAGES" / "bot.po"
    with source.open("rb") as file:
        return read_po(file, locale=language)


def _compiled(catalogue: Catalog) -> gettext.GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
