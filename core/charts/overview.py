"""A dataset's description → pictures: photos and duplicates per class, sizes, a class's colours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from core.charts.bars import Bar, draw_bars, fit_names
from core.charts.stack import draw_stacked
from core.charts.style import (
    BLUE,
    DARK_BLUE,
    FAINT_INK,
    GAP,
    GREEN,
    INK,
    MARGIN,
    RED,
    RULE,
    TEXT_SIZE,
    TITLE_SIZE,
    VERMILION,
    WIDTH,
    Canvas,
    annotate,
)
from core.charts.text import shorten, text_width
from core.entities import ClassColors, Description, Spread

# More rows than this would be too small to read once Telegram has scaled the photo down.
MAX_ROWS = 60
OVERVIEW_ROWS = 24
"""Of classes in the overview, and half as many of duplicates: Telegram scales a taller picture further."""


def draw_overview(description: Description, texts: Mapping[str, str], out: Path) -> None:
    """Photos per class, duplicates and sizes below each other."""
    draws = (
        partial(draw_class_counts, description, texts, max_rows=OVERVIEW_ROWS),
        partial(draw_duplicates, description, texts, max_rows=OVERVIEW_ROWS // 2),
        partial(draw_sizes, description, texts),
    )
    draw_stacked(draws, out)


def draw_class_counts(
    description: Description, texts: Mapping[str, str], out: Path, *, max_rows: int = MAX_ROWS
) -> None:
    """Photos per class, the largest class first; of more than `max_rows` classes, the two ends."""
    bars = [Bar((name,), count) for name, count in description.classes.items()]
    draw_bars(texts["photos_per_class"], bars, out, max_rows)


def draw_duplicates(
    description: Description, texts: Mapping[str, str], out: Path, *, max_rows: int = MAX_ROWS
) -> None:
    """Duplicates within each class, and between two classes in another colour, the most first."""
    duplicates = description.duplicates
    within = [Bar((name,), count) for name, count in duplicates.by_class.items()]
    across = [Bar((a, b), count, VERMILION) for a, b, count in duplicates.across_classes]
    if within or across:
        draw_bars(texts["duplicates_per_class"], within + across, out, max_rows)
    else:
        _draw_notice(texts["duplicates_per_class"], texts["no_duplicates"], out)


def draw_sizes(description: Description, texts: Mapping[str, str], out: Path) -> None:
    """The ranges of width and height in pixels, smallest to largest, each with its mean."""
    spreads = (description.sizes.width, description.sizes.height)
    largest = max(spread.max for spread in spreads)
    names, names_width = fit_names([(texts["width"],), (texts["height"],)])
    number_width = text_width(f"{largest}", TEXT_SIZE) + 2 * GAP
    left = MARGIN + names_width + number_width
    canvas = Canvas(texts["sizes"], WIDTH, 300 + MARGIN)
    axes = canvas.axes(left, 0, WIDTH - left - number_width - MARGIN, 300)
    axes.set_xlim(0, largest)
    axes.set_ylim(1.5, -0.5)
    axes.set_yticks(range(2), names, parse_math=False)
    axes.tick_params(axis="y", pad=number_width)
    for row, spread in enumerate(spreads):
        _draw_spread(axes, row, spread, texts["mean"])
    canvas.save(out)


def draw_colors(description: Description, label: str, texts: Mapping[str, str], out: Path) -> None:
    """A class's mean of each channel as a bar, its standard deviation as a whisker, 0–255.

    Under the title, a strip in the mean colour. Raises KeyError if there is no class `label`.
    """
    colors = description.colors[label]
    values = [f"{mean:.0f} ± {std:.0f}" for mean, std in zip(colors.mean, colors.std, strict=True)]
    names, names_width = fit_names([(texts["red"],), (texts["green"],), (texts["blue"],)])
    left = MARGIN + names_width + GAP
    right = MARGIN + max(text_width(value, TEXT_SIZE) for value in values) + GAP
    title = texts["colors_of"].format(label=shorten(label, 0.8 * WIDTH, TITLE_SIZE, bold=True))
    canvas = Canvas(title, WIDTH, 570)
    strip = canvas.axes(MARGIN, GAP, WIDTH - 2 * MARGIN, 64)
    red, green, blue = (channel / 255 for channel in colors.mean)
    strip.set_facecolor((red, green, blue))
    axes = canvas.axes(left, 96, WIDTH - left - right, 270)
    axes.set_yticks(range(3), names, parse_math=False)
    _draw_channels(axes, colors)
    for row, value in enumerate(values):
        annotate(axes, value, 255, row, right=GAP)
    canvas.legend(
        [
            (Patch(color=FAINT_INK), texts["mean"]),
            (Line2D([], [], color=INK, linewidth=4), f"± {texts['std']}"),
        ]
    )
    canvas.save(out)


def _draw_notice(title: str, notice: str, out: Path) -> None:
    canvas = Canvas(title, WIDTH, 200)
    canvas.write(shorten(notice, WIDTH - 2 * MARGIN, TEXT_SIZE), MARGIN, 100, color=FAINT_INK)
    canvas.save(out)


def _draw_channels(axes: Axes, colors: ClassColors) -> None:
    axes.set_xlim(0, 255)
    axes.set_ylim(2.5, -0.5)
    axes.set_xticks((0, 64, 128, 192, 255))
    axes.grid(axis="x", color=RULE)
    axes.set_axisbelow(True)
    axes.barh(range(3), colors.mean, 0.6, color=(RED, GREEN, BLUE))
    axes.errorbar(
        colors.mean,
        range(3),
        xerr=colors.std,
        fmt="none",
        ecolor=INK,
        elinewidth=4,
        capsize=12,
        capthick=4,
    )


def _draw_spread(axes: Axes, row: int, spread: Spread, mean: str) -> None:
    ends = (spread.min, spread.max)
    axes.plot(
        ends, (row, row), color=DARK_BLUE, linewidth=20, solid_capstyle="round", clip_on=False
    )
    axes.plot(spread.mean, row, "o", color=BLUE, markersize=20, clip_on=False)
    annotate(axes, f"{spread.max}", spread.max, row, right=GAP)
    if spread.min < spread.max:
        annotate(axes, f"{spread.min}", spread.min, row, right=-GAP, ha="right")
        mean = f"{mean} {spread.mean:.0f}"
        annotate(axes, mean, spread.mean, row, up=GAP, ha=_side(axes, spread.mean), va="bottom")


def _side(axes: Axes, x: float) -> str:
    """The alignment of a text above a point, so that it stays over the axes."""
    share = x / axes.get_xlim()[1]
    return "left" if share < 0.2 else "right" if share > 0.8 else "center"
