"""Pictures of more than 8 bits a channel → 0–255 over the range that they use."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

Levels = NDArray[np.float64]

_CLIPPED = 0.002
"""The share of pixels, at least one, that is left out at each end: a hot pixel must not make the rest
black. ImageJ's "Enhance Contrast" clips 0.0035 in all."""

_ABSURD = 1e19
"""No measurement is so large: ±3.4e38, 9.97e36 and 1e20 stand for "no data"."""

_MARKS = (-9999, -99999, -999, -32768, -32767)
"""What geographers and instruments write where they have no data."""

_FAR = 10
"""A least or greatest level that lies so many times the others' range away from them is none of them,
as is 65535 in a depth map. For one of `_MARKS`, once is enough."""

_ALL_16_BITS = (0.0, 65535.0)

_LOWER_BYTES = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA")
    for order, other in (("L", "B"), ("B", "L"), ("N", "B" if sys.byteorder == "little" else "L"))
}
"""Pillow's raw modes by which the upper bytes are read → those that take the lower ones instead."""

_SAMPLE = 1_000_000
_STRIP_PIXELS = 250_000

_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_GDAL_NODATA = 42113

# What NumPy's default type makes. The big-endian kind comes out wrong where it is compressed.
TiffImagePlugin.OPEN_INFO[(b"II", 1, (3,), 1, (64,), ())] = ("F", "F;64F")


def is_deep(image: Image.Image) -> bool:
    """The picture has one channel of 16-bit or 32-bit integers or of floats."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def is_deep_colour(unread: ImageFile.ImageFile) -> bool:
    """The file has 16 bits a channel, of which Pillow reads the upper 8."""
    return bool(unread.tile) and all(_rawmode(tile) in _LOWER_BYTES for tile in unread.tile)


def to_grey(image: Image.Image) -> Image.Image:
    """The grey ("L") picture of a deep one, as large.

    A 16-bit picture that uses at least half of 0–65535, or has one level, keeps its brightness. All
    others are stretched over the range that they use, because nothing in the file says that a camera
    gave 10 or 12 bits, degrees or metres; brightness then is relative to the picture.
    Infinities are white and black, NaN and what the tag GDAL_NODATA names are black.
    """
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    nodata = _number(tags.get(_GDAL_NODATA))
    low, high = _range(_known(_sample(_strips(image), image.size), nodata))
    if image.mode.startswith("I;16"):
        low, high = _of_16_bits(low, high)
    grey = Image.new("L", image.size)
    for top, levels in _strips(image):
        share = _share(levels, low, high)
        if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            share = 1 - share
        share[np.isnan(levels) | _equal(levels, nodata)] = 0
        grey.paste(_image(share), (0, top))
    return grey


def stretch_colour(image: Image.Image, unread: ImageFile.ImageFile) -> None:
    """Stretches, in place and as `to_grey` does, the RGB or RGBA picture of a file with deep colour.

    image : the upper bytes; all channels get one range, which keeps the hues.
    unread : the same file, opened and not loaded: the lower bytes are read from it.
    """
    unread.tile = [_of_lower_bytes(tile) for tile in unread.tile]
    unread.load()
    low, high = _of_16_bits(*_range(_sample(_colour_strips(image, unread), image.size)))
    if (low, high) == _ALL_16_BITS:
        return
    for top, levels in _colour_strips(image, unread):
        share = _share(levels, low, high)
        stretched = _image(share)
        if image.mode == "RGBA":
            strip = image.crop((0, top, image.width, top + len(share)))
            stretched.putalpha(strip.getchannel("A"))
        image.paste(stretched, (0, top))


def _rawmode(tile: ImageFile._Tile) -> str:
    return tile.args if isinstance(tile.args, str) else str((tile.args or ("",))[0])


def _of_lower_bytes(tile: ImageFile._Tile) -> ImageFile._Tile:
    """The tile read as if its numbers had the other byte order: then Pillow takes the other byte."""
    other = _LOWER_BYTES[_rawmode(tile)]
    return tile._replace(
        args=other if isinstance(tile.args, str) else (other, *(tile.args or ())[1:])
    )


def _of_16_bits(low: float, high: float) -> tuple[float, float]:
    return (low, high) if 0 < high - low < 0x8000 else _ALL_16_BITS


def _share(levels: Levels, low: float, high: float) -> Levels:
    share: Levels = np.clip((levels - low) / ((high - low) or 1), 0, 1)
    return share


def _image(share: Levels) -> Image.Image:
    return Image.fromarray(np.rint(share * 255).astype(np.uint8))


def _number(tag: Any) -> float | None:
    try:
        return float(str(tag).strip(" \0"))
    except ValueError:
        return None


def _strips(image: Image.Image) -> Iterator[tuple[int, Levels]]:
    """Rows of the picture from the top, and the number of the first: a copy of all takes 0.5 GB."""
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield top, np.asarray(strip).astype(np.float64)


def _colour_strips(upper: Image.Image, lower: Image.Image) -> Iterator[tuple[int, Levels]]:
    for (top, high_bytes), (_, low_bytes) in zip(_strips(upper), _strips(lower), strict=True):
        yield top, (high_bytes * 256 + low_bytes)[..., :3]


def _sample(strips: Iterable[tuple[int, Levels]], size: tuple[int, int]) -> Levels:
    """The levels of about a million of the pixels, of all of a smaller picture."""
    step = max(1, isqrt(size[0] * size[1] // _SAMPLE))
    return np.concatenate([levels[::step, ::step].ravel() for _, levels in strips])


def _known(levels: Levels, nodata: float | None) -> Levels:
    with_data = np.abs(levels) < _ABSURD  # false for NaN
    return levels[with_data & ~_equal(levels, nodata)]


def _equal(levels: Levels, nodata: float | None) -> NDArray[np.bool_]:
    """The tag's decimals are rounded, and so are the picture's 32 bits."""
    if nodata is None:
        return np.zeros(levels.shape, bool)
    return np.isclose(levels, nodata, rtol=1e-6, atol=0)


def _range(levels: Levels) -> tuple[float, float]:
    """The least and the greatest level that the picture uses, without what marks missing data."""
    if not levels.size:
        return 0, 0
    least, greatest = float(levels.min()), float(levels.max())
    low, high = _clipped_range(levels[levels > least])
    if low - least > (high - low) * (1 if least in _MARKS else _FAR) > 0:
        return low, high
    low, high = _clipped_range(levels[levels < greatest])
    if greatest - high > (high - low) * _FAR > 0:
        return low, high
    low, high = _clipped_range(levels)
    return (low, high) if low < high else (least, greatest)


def _clipped_range(levels: Levels) -> tuple[float, float]:
    if not levels.size:
        return 0, 0
    clipped = min(max(1, int(levels.size * _CLIPPED)), (levels.size - 1) // 2)
    ordered = np.partition(levels, (clipped, levels.size - 1 - clipped))
    return float(ordered[clipped]), float(ordered[-1 - clipped])
