"""The bot's texts in the reader's language.

Catalogues are gettext's, read from their `.po` files at the start. A message's identifier is a dotted
name; its words are in the catalogues alone, the English ones too. Messages are Telegram HTML.
"""

from __future__ import annotations

import gettext
import math
import re
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

_LOCALES = Path(__file__).parent / "locales"
DEFAULT_LANGUAGE = "en"
# Those that have a catalogue, the default first.
LANGUAGES = tuple(
    sorted(
        (catalogue.parts[-3] for catalogue in _LOCALES.glob("*/LC_MESSAGES/bot.po")),
        key=lambda language: (language != DEFAULT_LANGUAGE, language),
    )
)
_CHARTS = "chart."
# Shown as ">99%".
_MOST_CERTAIN = 0.999
_QUOTED = re.compile(r"[«“]\{(\w+)\}[»”]")
_INNER_QUOTES = str.maketrans("«»“”", "„“‘’")


class Html(str):
    """A string that is Telegram HTML already; any other string is escaped when it is filled in."""

    __slots__ = ()


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        catalogue = _read_catalogue(language)
        self._catalogue = _compiled(catalogue)
        self._messages = {str(message.id): str(message.string) for message in catalogue}
        self._charts = self.family(_CHARTS)

    def __call__(self, key: str, /, **values: object) -> Html:
        """The message as Telegram HTML. Raises KeyError if the catalogue does not have it."""
        filled = {name: _html(value) for name, value in self._quoted(key, values).items()}
        return Html(self.template(key).format(**filled))

    def plain(self, key: str, /, **values: object) -> str:
        """The message without markup: buttons, callback answers, file names."""
        return self.template(key).format(**self._quoted(key, values))

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

    def _quoted(self, key: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """The values; quotation marks in what the message quotes become those for the inside."""
        quoted = _QUOTED.findall(self.template(key))
        return {
            name: value.translate(_INNER_QUOTES) if name in quoted and type(value) is str else value
            for name, value in values.items()
        }

    def has(self, key: str) -> bool:
        """True if the catalogue has the message."""
        return self._catalogue.gettext(key) != key

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the language's separators and at most `digits` decimal places."""
        return format_decimal(round(value, digits), locale=self.language)

    def score(self, value: float) -> str:
        """A score of 0–1 with two decimal places, so that those side by side have as many."""
        return format_decimal(value, "0.00", locale=self.language)

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

    def chance(self, probability: float) -> str:
        """A probability as whole per cent: a model is never certain, whatever its arithmetic says."""
        return self.percent(min(probability, _MOST_CERTAIN))

    def moment(self, moment: datetime) -> str:
        """Day and time, with the zone."""
        return format_datetime(moment, "d MMM, HH:mm 'UTC'", locale=self.language)

    def family(self, prefix: str) -> Mapping[str, str]:
        """All messages whose keys begin so, by the rest of the key, their braces not filled in."""
        return {
            key.removeprefix(prefix): words
            for key, words in self._messages.items()
            if key.startswith(prefix)
        }

    @property
    def charts(self) -> Mapping[str, str]:
        """The words on charts: every message under `chart.`, its braces not filled in."""
        return self._charts


@lru_cache
def texts_in(language: str) -> Texts:
    """The texts of one of LANGUAGES; each catalogue is read once per process."""
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
