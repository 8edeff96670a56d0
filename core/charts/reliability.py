"""A fit's report → the reliability diagram: how often answers were right, by their probability."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from core.charts.style import (
    BLUE,
    DARK_BLUE,
    FAINT_INK,
    GAP,
    LEGEND_LINE,
    MARGIN,
    RULE,
    TEXT_SIZE,
    WIDTH,
    Canvas,
)
from core.charts.text import shorten
from core.entities import FitReport

_TEXT_LINE = 54
_PLOT_SIDE = 820
_TICKS = range(0, 101, 20)
_ENTRIES = 3  # of the legend


def draw_reliability(report: FitReport, texts: Mapping[str, str], out: Path) -> None:
    """Shares of right answers against probabilities, both in per cent, over bars for the share of the
    photos in each bin (Guo et al., "On calibration of modern neural networks", 2017).

    Of a report with bins, at least one.
    """
    left = MARGIN + 80
    foot = 2 * _TEXT_LINE + 2 * GAP + _ENTRIES * LEGEND_LINE + MARGIN
    canvas = Canvas(texts["reliability"], WIDTH, _TEXT_LINE + _PLOT_SIDE + foot)
    axes = canvas.axes(left, _TEXT_LINE, WIDTH - left - 2 * MARGIN, _PLOT_SIDE)
    _scale(axes)
    handles = _plot(axes, report)
    width = WIDTH - 2 * MARGIN
    canvas.write(shorten(texts["right_answers"], width, TEXT_SIZE), MARGIN, 0, va="top")
    below = _TEXT_LINE + _PLOT_SIDE + _TEXT_LINE + GAP
    title = shorten(texts["stated_probability"], width, TEXT_SIZE)
    canvas.write(title, WIDTH - 2 * MARGIN, below, ha="right", va="top")
    labels = (texts["this_model"], texts["as_stated"], texts["share_of_photos"])
    canvas.legend([*zip(handles, labels, strict=True)])
    canvas.save(out)


def _scale(axes: Axes) -> None:
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks(_TICKS)
    axes.set_yticks(_TICKS)
    axes.tick_params(axis="x", pad=1.5 * GAP)
    axes.grid(color=RULE)
    axes.set_axisbelow(True)


def _plot(axes: Axes, report: FitReport) -> tuple[Line2D, Line2D, Patch]:
    bins = report.reliability
    photos = sum(one.n for one in bins)
    stated = [100 * one.confidence for one in bins]
    axes.bar(stated, [100 * one.n / photos for one in bins], 5, color=DARK_BLUE)
    (ideal,) = axes.plot((0, 100), (0, 100), "--", color=FAINT_INK, linewidth=4)
    (model,) = axes.plot(
        stated,
        [100 * one.right for one in bins],
        "o-",
        color=BLUE,
        linewidth=4,
        markersize=14,
        clip_on=False,
    )
    return model, ideal, Patch(color=DARK_BLUE)
