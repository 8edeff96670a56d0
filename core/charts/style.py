"""The look that all charts share, and the canvas they are drawn on.

Telegram shows a photo some 390 pixels wide on a phone: 32 pixels of text on a chart 1080 wide are
11.5 there, about the smallest that reads well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from core.charts.text import shorten, wrap

Color = str | tuple[float, float, float]
"""A colour's "#rrggbb", or red, green and blue, 0–1 each."""

WIDTH = 1080
MARGIN = 40
GAP = 16
TITLE_SIZE = 42
TEXT_SIZE = 32
LEGEND_LINE = 50

# Telegram does not tell a bot whether a chat is light or dark. White would glare in a dark one; a dark card
# reads well in both.
BACKGROUND = "#232e3a"
INK = "#e9eef3"
FAINT_INK = "#a9b6c3"
RULE = "#4a5a6a"

# Okabe and Ito, "Color Universal Design" (2008), without the dark blue, which is lost on dark grey.
BLUE = "#56b4e9"
VERMILION = "#e8702a"
GREEN = "#1fb58a"
PALETTE = (BLUE, VERMILION, GREEN, "#dd8fba", "#f0e442", "#e9eef3", "#b79268", "#8f9cf5")
DARK_BLUE = "#35617d"
# Of a picture's channel, which vermilion is not.
RED = "#ff5a52"

# The compression level of PNG files. The default of 6 takes two to three times as long (0.41 s instead of
# 0.12 s for the matrix of 43 classes, 0.72 s instead of 0.44 s for their sheet) for files that are 5 to
# 20 % smaller.
COMPRESS_LEVEL = 3

# At 72 dots per inch a typographic point is a pixel, so every size here is in pixels.
_DPI = 72
_TITLE_LINE = 54
# A messenger writes the time over the foot of a photo without a caption.
_FOOT = 36


class Canvas:
    """A figure with a title above a body, laid out in pixels from the body's top left.

    width, height : of the body, pixels; the title's lines and an empty foot add to the height.
    """

    def __init__(self, title: str, width: float, height: float) -> None:
        lines = wrap(title, width - 2 * MARGIN, TITLE_SIZE, bold=True)
        self._head = MARGIN + len(lines) * _TITLE_LINE
        self.width, self.height = round(width), round(self._head + height + _FOOT)
        self.figure = Figure((self.width / _DPI, self.height / _DPI), _DPI, facecolor=BACKGROUND)
        FigureCanvasAgg(self.figure)
        for row, line in enumerate(lines, start=-len(lines)):
            y = row * _TITLE_LINE
            self.write(line, MARGIN, y, size=TITLE_SIZE, weight="bold", va="top")

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes without a frame and ticks; left, top : from the body's corner. All in pixels."""
        bottom = self.height - self._head - top - height
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height)
        )
        axes.set_facecolor("none")
        axes.spines[:].set_visible(False)
        axes.set(xticks=[], yticks=[])
        axes.tick_params(length=0, labelsize=TEXT_SIZE, labelcolor=INK, pad=GAP / 2)
        return axes

    def write(self, text: str, x: float, y: float, **properties: Any) -> None:
        """Writes a text at x, y pixels from the body's top left; properties : matplotlib's for a
        Text."""
        x, y = x / self.width, 1 - (self._head + y) / self.height
        self.figure.text(x, y, text, **_text_properties(properties))

    def legend(self, entries: Sequence[tuple[Artist, str]]) -> None:
        """Draws a legend at the foot of the chart, LEGEND_LINE pixels per entry, above the margin."""
        handle_width = 60
        labels_width = self.width - 2 * MARGIN - handle_width - GAP
        legend = self.figure.legend(
            [handle for handle, _ in entries],
            [shorten(label, labels_width, TEXT_SIZE) for _, label in entries],
            loc="lower left",
            bbox_to_anchor=(MARGIN / self.width, (MARGIN + _FOOT) / self.height),
            fontsize=TEXT_SIZE,
            labelcolor=INK,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            handlelength=handle_width / TEXT_SIZE,
            handletextpad=GAP / TEXT_SIZE,
            labelspacing=LEGEND_LINE / TEXT_SIZE - 1,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)

    def save(self, out: Path) -> None:
        """Writes a PNG without the software's version, so that the same chart gives the same
        bytes."""
        compression = {"compress_level": COMPRESS_LEVEL}
        self.figure.savefig(out, format="png", metadata={"Software": None}, pil_kwargs=compression)


def luminance(color: Color) -> float:
    """The relative luminance of a colour, 0–1, as the Web Content Accessibility Guidelines define it."""
    levels = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in to_rgb(color)
    ]
    return 0.2126 * levels[0] + 0.7152 * levels[1] + 0.0722 * levels[2]


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1–21, by the same guidelines."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def black_or_white(ground: Color) -> str:
    """The colour of a text on this ground: its contrast is 4.5 at least on any."""
    return max(("black", "white"), key=lambda color: contrast(color, ground))


def annotate(
    axes: Axes, text: str, x: float, y: float, *, right: float = 0, up: float = 0, **properties: Any
) -> None:
    """Writes a text `right` and `up` pixels away from a point of the data."""
    axes.annotate(
        text,
        (x, y),
        xytext=(right, up),
        textcoords="offset points",
        annotation_clip=False,
        **_text_properties({"va": "center_baseline", **properties}),
    )


def _text_properties(given: dict[str, Any]) -> dict[str, Any]:
    """Properties of all texts. A "$" in a name would begin a formula, so formulas are not parsed."""
    return {"size": TEXT_SIZE, "color": INK, "parse_math": False, **given}
