"""Names on charts: reduced to what the fonts can draw, measured, shortened, wrapped and drawn."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from PIL import ImageDraw

from core.charts.fonts import dejavu, has_glyph, runs, sized

ELLIPSIS = "…"
# Between letters that would else be joined, in Persian for one.
_NON_JOINER = "\u200c"


def printable(name: str) -> str:
    """The name in one line, without control characters and characters that no font can draw."""
    drawn = (_drawn(character) for character in unicodedata.normalize("NFC", name))
    return " ".join("".join(drawn).split())


def name_or_number(name: str, place: int) -> str:
    """The name, or where no font can draw it, its place among the names: "3."."""
    return name if _is_readable(name) else f"{place}."


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a printable text in pixels; size : of the font, pixels."""
    return sum(sized(path, size).getlength(part) for path, part in runs(text, bold))


def draw_text(
    draw: ImageDraw.ImageDraw, corner: tuple[float, float], text: str, size: float, color: str
) -> None:
    """Draws a printable text; corner : the left top of a line that is as high as DejaVu Sans, pixels."""
    left, top = corner
    ascent, _ = dejavu(size).getmetrics()
    for path, part in runs(text):
        letters = sized(path, size)
        draw.text((left, top + ascent), part, color, letters, anchor="ls")
        left += letters.getlength(part)


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


def _is_readable(name: str) -> bool:
    """True if the printable name has everything that it is told from others by: letters, marks, digits."""
    told_by = (
        character
        for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character)[0] in "LMN" and not _is_variation_selector(character)
    )
    return bool(printable(name)) and all(map(has_glyph, told_by))


def _drawn(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if character == _NON_JOINER:
        return character
    if category in ("Cf", "Cs") or _is_variation_selector(character):
        return ""
    return character if has_glyph(character) else ""


def _is_variation_selector(character: str) -> bool:
    return unicodedata.name(character, "").startswith("VARIATION SELECTOR")


def _without_middle(text: str, kept: int) -> str:
    head, tail = text[: kept - kept // 2], text[len(text) - kept // 2 :]
    return f"{head.rstrip()}{ELLIPSIS}{tail.lstrip()}"
