"""A fit's report → pictures: the confusion matrix, and learning curves alone or together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from math import ceil, floor
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from core.charts.bars import Bar, draw_bars
from core.charts.style import (
    BACKGROUND,
    BLUE,
    GAP,
    LEGEND_LINE,
    MARGIN,
    PALETTE,
    RULE,
    TEXT_SIZE,
    VERMILION,
    WIDTH,
    Canvas,
    black_or_white,
)
from core.charts.text import shorten, text_width, wrap
from core.entities import FitReport, LearningCurve

MAX_MISTAKES = 20
"""Of a chart of mistakes."""

_TEXT_LINE = 54
EMPTY = "#2e3b49"

# A cell of the matrix and the whole matrix, pixels. A name reads well in a cell of 44 pixels. Telegram
# scales photos down to 2560 pixels, so beyond 75 classes cells shrink: a larger picture would only take
# longer to draw.
_CELL = 44
_MAX_MATRIX = 3000
_NAMES_WIDTH = 320
_WRAPPED_WIDTH = 210
_NAME_LINE = 40
_MIN_COUNT_SIZE = 15
_MAX_COUNT_SIZE = 44

_PLOT_HEIGHT = 600
_MARKERS = "osD^vPX*"


@dataclass(frozen=True, slots=True)
class _Line:
    """Scores against numbers of photos: mean and standard deviation over the folds, one per size."""

    label: str
    sizes: tuple[int, ...]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def draw_confusion(report: FitReport, texts: Mapping[str, str], out: Path) -> None:
    """A row a true class, each cell coloured by its share of the row: hits blue, errors red.

    Counts are written into the cells if there is room. The picture grows with the classes up to 75;
    beyond that cells and names shrink.
    """
    n = len(report.classes)
    names = _fit_names(report.classes)
    lines = [line for name in names for line in name.splitlines()]
    names_width = ceil(max((text_width(line, TEXT_SIZE) for line in lines), default=0))
    left = MARGIN + _TEXT_LINE + names_width + GAP
    cell = max((WIDTH - left - MARGIN) // n, min(_CELL, _MAX_MATRIX // n), 1)
    side = n * cell
    upright = names_width > cell - GAP
    tallest = max(len(name.splitlines()) for name in names) * _NAME_LINE
    foot = GAP + (names_width if upright else tallest)
    canvas = Canvas(texts["confusion"], left + side + MARGIN, side + foot + _TEXT_LINE + MARGIN)
    axes = canvas.axes(left, 0, side, side)
    _draw_matrix(axes, np.asarray(report.confusion), cell)
    _name_classes(axes, names, cell, upright)
    true_class, predicted_class = (
        shorten(title, side, TEXT_SIZE) for title in (texts["true_class"], texts["predicted_class"])
    )
    middle = left + side / 2
    canvas.write(true_class, MARGIN, side / 2, rotation=90, va="center")
    canvas.write(predicted_class, middle, side + foot + GAP, ha="center", va="top")
    canvas.save(out)


def draw_mistakes(report: FitReport, texts: Mapping[str, str], out: Path) -> None:
    """The classes that were most often taken for others, as bars: readable on a phone with any number of
    classes. Of a report with a mistake at least."""
    mistakes = [
        Bar((truth, named), count, VERMILION, f"{count} / {sum(row)}")
        for truth, row in zip(report.classes, report.confusion, strict=True)
        for named, count in zip(report.classes, row, strict=True)
        if count and named != truth
    ]
    worst = sorted(mistakes, key=lambda bar: -(bar.count or 0))[:MAX_MISTAKES]
    draw_bars(texts["mistakes"], worst, out, MAX_MISTAKES, between=" → ")


def draw_curves(curves: Mapping[str, LearningCurve], texts: Mapping[str, str], out: Path) -> None:
    """Macro F1 against training photos: means over the folds in bands of ± one deviation.

    A single curve is drawn with two lines, on training and on unseen photos. Several curves are drawn as
    `draw_compared_curves` does. Each curve has at least one size.
    """
    if len(curves) > 1:
        draw_compared_curves(curves, texts, out)
        return
    (curve,) = curves.values()
    lines = [
        _line(texts["on_unseen"], curve.train_sizes, curve.test_scores),
        _line(texts["on_training"], curve.train_sizes, curve.train_scores),
    ]
    _draw_lines(texts["curve"], texts["macro_f1"], lines, texts, out)


def draw_compared_curves(
    curves: Mapping[str, LearningCurve], texts: Mapping[str, str], out: Path
) -> None:
    """Macro F1 on unseen photos against training photos, one line per model, by its name and in this
    order; up to eight can be told apart."""
    lines = [_line(name, curve.train_sizes, curve.test_scores) for name, curve in curves.items()]
    score = f"{texts['macro_f1']}, {texts['on_unseen']}"
    _draw_lines(texts["comparison"], score, lines, texts, out)


def _fit_names(classes: Sequence[str]) -> list[str]:
    """The classes' names: wrapped to several lines for up to three classes, else shortened to one."""
    if len(classes) <= 3:
        return ["\n".join(wrap(name, _WRAPPED_WIDTH, TEXT_SIZE, max_lines=4)) for name in classes]
    return [shorten(name, _NAMES_WIDTH, TEXT_SIZE) for name in classes]


def _draw_matrix(axes: Axes, counts: NDArray[np.int64], cell: int) -> None:
    n = len(counts)
    strength = _strength(counts)
    hues = np.where(np.eye(n, dtype=bool)[..., None], to_rgb(BLUE), to_rgb(VERMILION))
    colors = to_rgb(EMPTY) + strength[..., None] * (hues - to_rgb(EMPTY))
    edges = np.arange(n + 1) - 0.5
    axes.pcolormesh(edges, edges, colors, edgecolors=BACKGROUND, linewidth=min(2, cell / 12))
    axes.invert_yaxis()
    size = _count_size(counts, cell)
    if size < _MIN_COUNT_SIZE:
        return
    for row, column in np.argwhere(counts):
        axes.text(
            column,
            row,
            f"{counts[row, column]}",
            size=size,
            color=black_or_white(tuple(colors[row, column])),
            ha="center",
            va="center_baseline",
        )


def _strength(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The strength of each cell's colour, 0–1: its share of the row, raised so that one error is
    visible."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.where(counts > 0, 0.25 + 0.75 * shares, 0.0)


def _count_size(counts: NDArray[np.int64], cell: int) -> float:
    """The size in which the largest count fits into a cell."""
    fitting = 0.85 * cell * TEXT_SIZE / text_width(f"{counts.max()}", TEXT_SIZE)
    return min(fitting, 0.72 * cell, _MAX_COUNT_SIZE)


def _name_classes(axes: Axes, names: Sequence[str], cell: int, upright: bool) -> None:
    size = min(TEXT_SIZE, 0.72 * cell)
    rotation = 90 if upright else 0
    axes.set_xticks(range(len(names)), names, size=size, rotation=rotation, parse_math=False)
    axes.set_yticks(range(len(names)), names, size=size, parse_math=False)


def _line(label: str, sizes: tuple[int, ...], scores: tuple[tuple[float, ...], ...]) -> _Line:
    folds = np.asarray(scores)
    return _Line(label, sizes, folds.mean(axis=1), folds.std(axis=1))


def _draw_lines(
    title: str, score: str, lines: Sequence[_Line], texts: Mapping[str, str], out: Path
) -> None:
    left, right = MARGIN + 80, 2 * MARGIN
    foot = 2 * _TEXT_LINE + 2 * GAP + len(lines) * LEGEND_LINE + MARGIN
    canvas = Canvas(title, WIDTH, _TEXT_LINE + _PLOT_HEIGHT + foot)
    number = partial(_number, texts)
    axes = canvas.axes(left, _TEXT_LINE, WIDTH - left - right, _PLOT_HEIGHT)
    _scale(axes, lines)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda score, _: number(score)))
    handles = [
        _plot(axes, line, color, marker)
        for line, color, marker in zip(lines, cycle(PALETTE), cycle(_MARKERS))
    ]
    width = WIDTH - 2 * MARGIN
    canvas.write(shorten(score, width, TEXT_SIZE), MARGIN, 0, va="top")
    x_title = shorten(texts["training_photos"], width, TEXT_SIZE)
    canvas.write(x_title, WIDTH - right, 2 * _TEXT_LINE + GAP + _PLOT_HEIGHT, ha="right", va="top")
    canvas.legend(
        [
            (handle, f"{number(line.mean[-1])} ± {number(line.std[-1])} · {line.label}")
            for handle, line in zip(handles, lines, strict=True)
        ]
    )
    canvas.save(out)


def _number(texts: Mapping[str, str], score: float) -> str:
    return f"{score:.2f}".replace(".", texts["decimal_point"])


def _scale(axes: Axes, lines: Sequence[_Line]) -> None:
    """Sets the axes' limits: sizes with a margin, scores between the tenths that enclose every
    band."""
    sizes = [size for line in lines for size in line.sizes]
    air = max(0.05 * (max(sizes) - min(sizes)), 1)
    low = min(float((line.mean - line.std).min()) for line in lines)
    high = max(float((line.mean + line.std).max()) for line in lines)
    top = min(ceil(high * 10) / 10, 1)
    axes.set_xlim(min(sizes) - air, max(sizes) + air)
    axes.set_ylim(max(min(floor(low * 10) / 10, top - 0.1), 0), top)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
    axes.tick_params(axis="x", pad=1.5 * GAP)
    axes.grid(color=RULE)
    axes.set_axisbelow(True)


def _plot(axes: Axes, line: _Line, color: str, marker: str) -> Line2D:
    axes.fill_between(
        line.sizes, line.mean - line.std, line.mean + line.std, color=color, alpha=0.15, linewidth=0
    )
    (handle,) = axes.plot(
        line.sizes,
        line.mean,
        marker,
        linestyle="-",
        color=color,
        linewidth=4,
        markersize=14,
        clip_on=False,
    )
    return handle
