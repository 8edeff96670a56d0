"""A name with markup is text in every message, in both languages."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from bot.playground.formatting import Entity, parse
from bot.texts import LANGUAGES, texts_in

NAME = '<b>x</b>& <a href="tg://user?id=1">"\'{n}%s'
# Of what Telegram reads as markup in names that have none.
_QUOTES = re.compile(r"[\"'„“‘’«»”]")


def fields(template: str) -> dict[str, str]:
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(template) if name}


def markup(entities: list[Entity]) -> list[str]:
    """The kinds of what is marked up; the rest Telegram finds in any text."""
    found = ("bot_command", "mention", "hashtag", "url", "email")
    return [entity["type"] for entity in entities if entity["type"] not in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_with_markup_is_text_everywhere(language: str) -> None:
    texts = texts_in(language)
    checked = 0
    for key in texts.family(""):
        if key.startswith("chart.") or not texts.has(key):
            continue
        wanted = fields(texts.template(key))
        values: dict[str, object] = {name: 1 if spec else NAME for name, spec in wanted.items()}
        with_names = {name: value for name, value in values.items() if value == NAME}
        if not with_names:
            continue
        said, entities = parse(texts(key, **values), "HTML")
        _, own = parse(texts(key, **values | dict.fromkeys(with_names, "x")), "HTML")
        assert markup(entities) == markup(own), key
        bare = _QUOTES.sub("", said)
        assert bare.count(_QUOTES.sub("", NAME)) >= 1, key
        checked += 1
    assert checked > 100
