"""Names on charts: reduced to what the font can draw, measured, shortened and wrapped to fit."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import get_font
from PIL import ImageFont

ELLIPSIS = "…"
MISSING_GLYPH = "□"


@cache
def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans as it comes with matplotlib, `size` in pixels: Latin, Greek, Cyrillic and more."""
    return ImageFont.truetype(_font_path(bold), size)


def printable(name: str) -> str:
    """The name in one line, without control characters; a box for each character without a glyph."""
    drawn = (_drawn(character) for character in unicodedata.normalize("NFC", name))
    return " ".join("".join(drawn).split())


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in pixels; size : of the font, pixels."""
    return font(size, bold).getlength(text)


def shorten(name: str, width: float, size: float, bold: bool = False) -> str:
    """The printable name, its middle cut out as far as it must be to fit `width` pixels.

    The middle goes because names of one kind often differ at their end ("… cherry", "… plum").
    """
    text = printable(name)
    if text_width(text, size, bold) <= width:
        return text
    kept = bisect_right(
        range(len(text)), width, key=lambda n: text_width(_without_middle(text, n), size, bold)
    )
    return _without_middle(text, max(kept - 1, 0))


def wrap(text: str, width: float, size: float, bold: bool = False, max_lines: int = 3) -> list[str]:
    """Lines of whole words, each at most `width` pixels; what goes beyond `max_lines` is shortened."""
    lines: list[str] = []
    for word in printable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (len(lines) == max_lines or text_width(longer, size, bold) <= width):
            lines[-1] = longer
        else:
            lines.append(word)
    return [shorten(line, width, size, bold) for line in lines]


def _drawn(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Cs") or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
        return ""
    return character if ord(character) in _glyphs() else MISSING_GLYPH


def _without_middle(text: str, kept: int) -> str:
    head, tail = text[: kept - kept // 2], text[len(text) - kept // 2 :]
    return f"{head.rstrip()}{ELLIPSIS}{tail.lstrip()}"


@cache
def _glyphs() -> frozenset[int]:
    """Code points that both weights can draw."""
    regular, bold = (get_font(_font_path(bold)).get_charmap() for bold in (False, True))
    return frozenset(regular) & frozenset(bold)


def _font_path(bold: bool) -> str:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", name))
