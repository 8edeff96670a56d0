"""The page of a class: its photos in a grid, each with its number where one is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from core.charts.fonts import dejavu
from core.charts.style import BACKGROUND

SIDE = 256
"""Pixels of a photo's side on the page."""

QUALITY = 85
"""Of the JPEG files."""

_COLUMNS = 3
_GAP = 8
_MARGIN = 16
_NUMBER_SIZE = 40
_PADDING = 10

# Telegram refuses a photo whose one side is more than 20 times the other.
_MAX_ASPECT = 19


def draw_page(photos: Sequence[Image.Image], first: int | None, out: Path) -> None:
    """Writes a JPEG with the photos cut to squares, three beside each other, numbered from `first` on.

    first : None where nothing refers to numbers.
    """
    columns = min(_COLUMNS, len(photos))
    rows = ceil(len(photos) / columns)
    page = Image.new("RGB", (_length(columns), _length(rows)), BACKGROUND)
    draw = ImageDraw.Draw(page)
    for place, photo in enumerate(photos):
        row, column = divmod(place, columns)
        corner = (_offset(column), _offset(row))
        page.paste(ImageOps.fit(photo, (SIDE, SIDE)), corner)
        if first is not None:
            _write_number(draw, str(first + place), corner)
    page.save(out, "JPEG", quality=QUALITY)


def pad(photo: Image.Image) -> Image.Image:
    """The photo; a very long one with margins, so that Telegram takes it."""
    width, height = photo.size
    least = ceil(max(width, height) / _MAX_ASPECT)
    if min(width, height) >= least:
        return photo
    return ImageOps.pad(photo, (max(width, least), max(height, least)), color=BACKGROUND)


def _write_number(draw: ImageDraw.ImageDraw, number: str, corner: tuple[int, int]) -> None:
    """White on black: readable on any photo."""
    left, top = corner
    letters = dejavu(_NUMBER_SIZE, bold=True)
    box = (
        left,
        top,
        left + letters.getlength(number) + 2 * _PADDING,
        top + _NUMBER_SIZE + _PADDING,
    )
    draw.rounded_rectangle(box, _PADDING, "black", corners=(False, False, True, False))
    middle = (left + _PADDING, top + (_NUMBER_SIZE + _PADDING) / 2)
    draw.text(middle, number, "white", letters, anchor="lm")


def _offset(place: int) -> int:
    return _MARGIN + place * (SIDE + _GAP)


def _length(count: int) -> int:
    return _offset(count) - _GAP + _MARGIN
