"""The pictures of an explanation: a photo under a heat map, and the taught photos that are most like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.charts.sheet import draw_sheet
from core.charts.style import (
    BACKGROUND,
    BLUE,
    COMPRESS_LEVEL,
    GAP,
    INK,
    LEGEND_LINE,
    TEXT_SIZE,
    VERMILION,
)
from core.charts.text import draw_text, name_or_number, shorten

_MARGIN = 24
_SWATCH = 32
_LEAST_WIDTH = 640
# How much of the photo the strongest colour hides. The rest of it must be recognised under the colour.
_STRONGEST = 0.8
# Greys of the photo under the colours, 0–255: on black or white neither would show.
_DARKEST, _LIGHTEST = 48, 224
# The share of the picture whose numbers are above the strongest colour's: one place does not fade the others.
_BEYOND = 0.01


def draw_heat_map(
    photo: Image.Image,
    density: NDArray[np.float32],
    labels: tuple[str, str],
    texts: Mapping[str, str],
    out: Path,
) -> None:
    """Writes a PNG: the photo in grey, orange where it speaks for the first class, blue where it speaks for
    the second, and a legend below.

    photo : upright RGB. density : float32 (height, width) of the photo; above 0 for the first class.
    """
    width = max(photo.width, _LEAST_WIDTH)
    legend_top = photo.height + GAP
    height = legend_top + len(labels) * LEGEND_LINE + GAP
    picture = Image.new("RGB", (width, height), BACKGROUND)
    # Without a frame, which would glare in a dark chat.
    picture.paste(_coloured(photo, density), ((width - photo.width) // 2, 0))
    entries = [(color, label) for color, label in zip((VERMILION, BLUE), labels, strict=True)]
    _draw_legend(picture, legend_top, entries, texts["speaks_for"])
    picture.save(out, format="PNG", compress_level=COMPRESS_LEVEL)


def draw_taught(
    rows: Sequence[tuple[str, Sequence[Image.Image]]], texts: Mapping[str, str], out: Path
) -> None:
    """Writes a PNG with a row of photos for each class; rows : its name, and its photos."""
    titled = [
        (texts["taught_as"].format(label=name_or_number(label, row)), photos)
        for row, (label, photos) in enumerate(rows, start=1)
    ]
    draw_sheet(titled, out, columns=max(len(photos) for _, photos in rows))


def _coloured(photo: Image.Image, density: NDArray[np.float32]) -> Image.Image:
    grey = np.asarray(photo.convert("L"), np.float32) / 255
    below = (_DARKEST + grey * (_LIGHTEST - _DARKEST))[:, :, None]
    strength = np.abs(density) / max(float(np.quantile(np.abs(density), 1 - _BEYOND)), 1e-12)
    alpha = _STRONGEST * np.minimum(strength, 1)[:, :, None]
    colours = np.where(density[:, :, None] > 0, _rgb(VERMILION), _rgb(BLUE))
    mixed = (1 - alpha) * below + alpha * colours
    return Image.fromarray(mixed.round().astype(np.uint8))


def _draw_legend(
    picture: Image.Image, top: int, entries: Sequence[tuple[str, str]], text: str
) -> None:
    draw = ImageDraw.Draw(picture)
    left = _MARGIN + _SWATCH + GAP
    for row, (color, label) in enumerate(entries):
        middle = top + row * LEGEND_LINE + LEGEND_LINE // 2
        box = (_MARGIN, middle - _SWATCH // 2, _MARGIN + _SWATCH, middle + _SWATCH // 2)
        draw.rounded_rectangle(box, 6, fill=color)
        words = text.format(label=name_or_number(label, row + 1))
        line = shorten(words, picture.width - _MARGIN - left, TEXT_SIZE)
        draw_text(draw, (left, middle - 0.6 * TEXT_SIZE), line, TEXT_SIZE, INK)


def _rgb(color: str) -> NDArray[np.float32]:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
