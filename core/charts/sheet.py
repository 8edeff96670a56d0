"""The sheet of samples: one row per class, its name above its photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from core.charts.style import BACKGROUND, COMPRESS_LEVEL, INK, TEXT_SIZE
from core.charts.text import draw_text, name_or_number, shorten

_MARGIN = 24
_GAP = 8
_BLOCK_GAP = 48
_NAME_LINE = 1.5
"""Of the name's size."""
_ROW_GAP = 12
_CORNER = 10

# The most that Telegram accepts as a photo, pixels.
_MAX_WIDTH_AND_HEIGHT = 10_000

# Telegram scales photos down to this. Photos that are drawn small look better than scaled ones.
_PREFERRED_SIDE = 2560
_SIDES = range(192, 63, -8)

_PHONE_WIDTH = 390
_LEAST_TEXT = 11
"""Pixels of a name's size on a phone, where the photos leave room for it."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Blocks of `rows` classes side by side; each class has `columns` photos of `side` pixels."""

    side: int
    columns: int
    blocks: int
    rows: int

    @property
    def block_width(self) -> int:
        return self.columns * (self.side + _GAP) - _GAP

    @property
    def name_size(self) -> int:
        readable = ceil(_LEAST_TEXT * self.width / _PHONE_WIDTH)
        return max(TEXT_SIZE, min(readable, self.side // 2))

    @property
    def name_height(self) -> int:
        return round(_NAME_LINE * self.name_size)

    @property
    def row_height(self) -> int:
        return self.name_height + self.side + _ROW_GAP

    @property
    def width(self) -> int:
        return 2 * _MARGIN + self.blocks * (self.block_width + _BLOCK_GAP) - _BLOCK_GAP

    @property
    def height(self) -> int:
        return 2 * _MARGIN + self.rows * self.row_height - _ROW_GAP

    def corner(self, index: int) -> tuple[int, int]:
        """Left and top of a class's row; classes go down each block."""
        block, row = divmod(index, self.rows)
        return (
            _MARGIN + block * (self.block_width + _BLOCK_GAP),
            _MARGIN + row * self.row_height,
        )


def draw_sheet(
    rows: Sequence[tuple[str, Sequence[Image.Image]]], out: Path, columns: int = 5
) -> None:
    """Writes a PNG with one row per class: its name, and at most `columns` photos cut to squares.

    Many classes are laid out in blocks side by side. Photos of a few hundred pixels are best:
    larger ones only take longer to scale.
    """
    layout = _lay_out(len(rows), columns)
    sheet = Image.new("RGB", (layout.width, layout.height), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    mask = _rounded(layout.side)
    for index, (name, photos) in enumerate(rows):
        left, top = layout.corner(index)
        title = shorten(name_or_number(name, index + 1), layout.block_width, layout.name_size)
        draw_text(draw, (left, top), title, layout.name_size, INK)
        for column, photo in enumerate(photos[:columns]):
            place = (left + column * (layout.side + _GAP), top + layout.name_height)
            sheet.paste(ImageOps.fit(photo.convert("RGB"), mask.size), place, mask)
    _shrink_to_limit(sheet).save(out, format="PNG", compress_level=COMPRESS_LEVEL)


def _lay_out(classes: int, columns: int) -> _Layout:
    """The largest photos with which the sheet has the preferred size, or else the smallest."""
    layouts = (_best_blocks(side, classes, columns) for side in _SIDES)
    smallest = _best_blocks(_SIDES[-1], classes, columns)
    return next(
        (layout for layout in layouts if max(layout.width, layout.height) <= _PREFERRED_SIDE),
        smallest,
    )


def _best_blocks(side: int, classes: int, columns: int) -> _Layout:
    """The layout whose number of blocks brings the sheet closest to 9:16, a phone held upright."""
    layouts = (
        _Layout(side, columns, blocks, ceil(classes / blocks)) for blocks in range(1, classes + 1)
    )
    return min(layouts, key=lambda layout: max(layout.width * 16 / 9, layout.height))


def _rounded(side: int) -> Image.Image:
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, side - 1, side - 1), _CORNER, fill=255)
    return mask


def _shrink_to_limit(sheet: Image.Image) -> Image.Image:
    excess = (sheet.width + sheet.height) / _MAX_WIDTH_AND_HEIGHT
    return sheet if excess <= 1 else ImageOps.scale(sheet, 1 / excess)
