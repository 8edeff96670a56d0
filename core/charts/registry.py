"""The charts there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.charts import overview, scores
from core.charts.numbers import number_names
from core.charts.reliability import draw_reliability
from core.entities import ChartRequest

Draw = Callable[[ChartRequest, Path], None]


def _of_subject(draw: Callable[[Any, Mapping[str, str], Path], None]) -> Draw:
    def draw_subject(request: ChartRequest, out: Path) -> None:
        draw(request.subject, request.texts, out)

    return draw_subject


def _colors(request: ChartRequest, out: Path) -> None:
    subject: Any = request.subject
    overview.draw_colors(subject, request.label, request.texts, out)


CHARTS: Mapping[str, Draw] = {
    "overview": _of_subject(overview.draw_overview),
    "classes": _of_subject(overview.draw_class_counts),
    "duplicates": _of_subject(overview.draw_duplicates),
    "sizes": _of_subject(overview.draw_sizes),
    "colors": _colors,
    "confusion": _of_subject(scores.draw_confusion),
    "mistakes": _of_subject(scores.draw_mistakes),
    "reliability": _of_subject(draw_reliability),
    "curves": _of_subject(scores.draw_curves),
    "compared": _of_subject(scores.draw_compared_curves),
}


def draw_chart(request: ChartRequest, out: Path) -> Mapping[str, str]:
    """Draws the chart that the request names into a PNG file.

    Returns the names that no font can draw, by the numbers that stand on the chart in their place. Raises
    KeyError for an unknown chart.
    """
    drawable, numbered = number_names(request)
    CHARTS[request.name](drawable, out)
    return numbered
