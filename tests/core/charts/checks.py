"""Checks for every chart, on its file and on the texts that were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageChops

from core.charts.style import BACKGROUND


def assert_telegram_photo(path: Path) -> None:
    """Asserts a whole PNG within the Bot API's limits for photos, with nothing drawn on its
    border."""
    pixels = assert_photo_in_limits(path)
    left, top, right, bottom = _ink_box(pixels)
    assert min(left, top, pixels.width - right, pixels.height - bottom) >= 8


def assert_photo_in_limits(path: Path) -> Image.Image:
    """Asserts a whole PNG within the Bot API's limits for photos; returns it as RGB."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        pixels = picture.convert("RGB")
    assert sum(pixels.size) <= 10_000
    assert max(pixels.size) <= 20 * min(pixels.size)
    assert path.stat().st_size <= 10_000_000
    return pixels


def assert_texts_apart_and_inside(figure: Figure) -> None:
    """No text reaches over the figure's edge or into another one."""
    texts = list(drawn_texts(figure))
    extents = np.array([text.get_window_extent().extents for text in texts])
    for text, (left, bottom, right, top) in zip(texts, extents, strict=True):
        inside = (
            left >= 0 and bottom >= 0 and right <= figure.bbox.width and top <= figure.bbox.height
        )
        assert inside, f"{text.get_text()!r} leaves the figure"
    left, bottom, right, top = extents.T
    apart_x = (left[:, None] >= right - 1) | (left >= right[:, None] - 1)
    apart_y = (bottom[:, None] >= top - 1) | (bottom >= top[:, None] - 1)
    overlapping = np.argwhere(np.triu(~apart_x & ~apart_y, k=1))
    pairs = [(texts[a].get_text(), texts[b].get_text()) for a, b in overlapping]
    assert pairs == []


def drawn_texts(figure: Figure) -> Iterator[Text]:
    """All but empty ones and labels of ticks beyond an axis' end, which are not drawn."""
    beyond = {
        tick.label1
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_visible() and text.get_text() and text not in beyond:
            yield text


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in drawn_texts(figure)]


def _ink_box(pixels: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(pixels, Image.new("RGB", pixels.size, BACKGROUND)).getbbox()
    assert box is not None, "nothing is drawn"
    return box
