"""Bars with names and counts, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.charts.style import BLUE, GAP, MARGIN, TEXT_SIZE, WIDTH, Canvas, annotate
from core.charts.text import printable, shorten, text_width

_NAMES_WIDTH = 520


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: the count of a class, or of what two classes share. A gap row has no count.

    note : what is written beside the bar, the count by default.
    """

    names: tuple[str, ...]
    count: int | None
    color: str = BLUE
    note: str = ""

    @property
    def text(self) -> str:
        return "" if self.count is None else self.note or f"{self.count}"


def draw_bars(
    title: str, bars: Sequence[Bar], out: Path, max_rows: int, between: str = " ↔ "
) -> None:
    """Writes a PNG with a row for each bar, the longest first; of more than `max_rows`, the two ends.

    between : what stands between the names of one bar.
    """
    rows = _fold(sorted(bars, key=lambda bar: -(bar.count or 0)), max_rows)
    counts = [bar.count or 0 for bar in rows]
    names, names_width = fit_names([bar.names for bar in rows], between)
    left = MARGIN + names_width + GAP
    right = MARGIN + max(text_width(bar.text, TEXT_SIZE) for bar in rows) + GAP
    lines = max(name.count("\n") for name in names) + 1
    pitch = min(max(520 // len(rows), 46 * lines), 92)
    canvas = Canvas(title, WIDTH, GAP + len(rows) * pitch + MARGIN)
    axes = canvas.axes(left, GAP, WIDTH - left - right, len(rows) * pitch)
    axes.set_xlim(0, max(counts))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    axes.barh(range(len(rows)), counts, 0.68, color=[bar.color for bar in rows])
    for row, bar in enumerate(rows):
        if bar.count is not None:
            annotate(axes, bar.text, bar.count, row, right=GAP)
    canvas.save(out)


def _fold(bars: list[Bar], max_rows: int) -> list[Bar]:
    """At most `max_rows` bars: the first and the last, and a gap that says how many are not shown."""
    if len(bars) <= max_rows:
        return bars
    top, bottom = max_rows // 2, max_rows - max_rows // 2 - 1
    gap = Bar((f"… {len(bars) - top - bottom} …",), None)
    return [*bars[:top], gap, *bars[-bottom:]]


def fit_names(rows: Sequence[tuple[str, ...]], between: str = "") -> tuple[list[str], float]:
    """The rows' names, shortened to fit the column, and the column's width in pixels.

    Names of a row that do not fit beside each other are put below each other.
    """
    names = [_join(row, between) for row in rows]
    lines = [line for name in names for line in name.splitlines()]
    return names, max((text_width(line, TEXT_SIZE) for line in lines), default=0)


def _join(names: tuple[str, ...], between: str) -> str:
    beside = between.join(map(printable, names))
    if text_width(beside, TEXT_SIZE) <= _NAMES_WIDTH:
        return beside
    mark = between.rstrip()
    room = _NAMES_WIDTH - text_width(mark, TEXT_SIZE)
    return f"{mark}\n".join(shorten(name, room, TEXT_SIZE) for name in names)
