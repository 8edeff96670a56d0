"""Fonts: DejaVu Sans, which comes with matplotlib, and this machine's fonts for the characters that it lacks.

A font is registered with matplotlib when a character needs it. Texts that are made afterwards are drawn with it
too: matplotlib takes each glyph from the first font of `font.family` that has it.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import matplotlib
from matplotlib.font_manager import findSystemFonts, fontManager, get_font
from PIL import ImageFont

# Files without their endings, of Debian, macOS and Windows. Beside them, Noto has one for each script.
_FALLBACKS = (
    *(
        "NotoSansCJK-Regular",
        "DroidSansFallbackFull",
        "DroidSansFallback",
        "Symbola_hint",
        "Symbola",
    ),
    *("Arial Unicode", "Hiragino Sans GB", "AppleSDGothicNeo", "Apple Symbols"),
    *("msyh", "malgun", "msgothic", "Nirmala", "LeelawUI", "seguiemj", "unifont"),
)

# It tells that a fallback has no bold weight, each time that a bold text is drawn.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

matplotlib.rcParams["font.family"] = ["DejaVu Sans"]


def has_glyph(character: str) -> bool:
    """True if a font can draw the character."""
    return ord(character) in _in_dejavu() or _fallback(character) is not None


def runs(text: str, bold: bool = False) -> Iterator[tuple[str, str]]:
    """The text in parts that one font draws: (the font's file, the part) each.

    Every character has a glyph in some font.
    """
    dejavu = _dejavu(bold)
    for path, characters in groupby(text, key=lambda character: _fallback(character) or dejavu):
        yield path, "".join(characters)


@cache
def sized(path: str, size: float) -> ImageFont.FreeTypeFont:
    """A font of a file, `size` in pixels."""
    return ImageFont.truetype(path, size)


def dejavu(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, `size` in pixels: Latin, Greek, Cyrillic, Arabic, Hebrew and more."""
    return sized(_dejavu(bold), size)


@cache
def _fallback(character: str) -> str | None:
    """The file of the first font of this machine that has a character which DejaVu Sans lacks."""
    if ord(character) in _in_dejavu():
        return None
    files = _installed()
    script = unicodedata.name(character, "-").split()[0].title()
    for name in (f"NotoSans{script}-Regular", f"NotoSans{script}", *_FALLBACKS):
        path = files.get(name)
        if path is not None and ord(character) in _glyphs(path):
            _register(path)
            return path
    return None


@cache
def _register(path: str) -> None:
    fontManager.addfont(path)
    matplotlib.rcParams["font.family"] = [
        *matplotlib.rcParams["font.family"],
        get_font(path).family_name,
    ]


@cache
def _installed() -> dict[str, str]:
    """Paths by the files' names, without what variable fonts have in brackets."""
    return {Path(path).stem.split("[")[0]: path for path in findSystemFonts()}


@cache
def _in_dejavu() -> frozenset[int]:
    """The code points that both weights have."""
    return _glyphs(_dejavu(False)) & _glyphs(_dejavu(True))


@cache
def _glyphs(path: str) -> frozenset[int]:
    """The code points that the font has."""
    return frozenset(get_font(path).get_charmap())


@cache
def _dejavu(bold: bool) -> str:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", name))
