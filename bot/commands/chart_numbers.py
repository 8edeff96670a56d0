"""The names that a chart has numbers for, since no font of the bot's machine can draw them."""

from __future__ import annotations

from bot.texts import Html, Texts
from core.entities import Chart

_MOST = 12
"""Names in a caption, which may have 1 024 characters: twelve of 64 fit."""


def numbers_of(chart: Chart, texts: Texts) -> Html | None:
    """The names by their numbers, for a caption; None where every name was drawn."""
    if not chart.numbered:
        return None
    names = ", ".join(f"{number} {name}" for number, name in list(chart.numbered.items())[:_MOST])
    rest = len(chart.numbered) - _MOST
    more = texts("names.more", n=rest) if rest > 0 else Html("")
    return texts("charts.numbered", names=names, more=more)
