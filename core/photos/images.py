"""Strangers' bytes → an upright RGB picture, or one error that says what is wrong with it."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import pi_heif
from PIL import ExifTags, Image, ImageFile, ImageOps

from core.errors import (
    ArchiveKindUnsupported,
    BadInput,
    ImageFormatUnsupported,
    ImageTooLarge,
    ImageTooSmall,
    ImageUnreadable,
)
from core.photos import formats, jpeg, levels, sniff

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""The only decoders that are tried: some others start programs (EPS: Ghostscript)."""

MAX_MEGAPIXELS = 65
"""More than a 64-megapixel phone makes; 260 MB as Pillow keeps RGB."""

MIN_SIDE = 8

_QUARTER_TURNS = {5, 6, 7, 8}
"""The EXIF orientations that swap width and height."""

pi_heif.register_heif_opener()
# Pillow's own guard warns or raises without telling the size; `_open` checks the same header.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns of odd metadata in strangers' files; nobody who reads the log can mend them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright RGB image, reduced perhaps, and the size in pixels of the upright original."""

    image: Image.Image
    width: int
    height: int


def decode(data: bytes, side: int | None = None) -> Image.Image:
    """The picture in `data`: RGB, upright, its first frame, transparency over white.

    side : where given, a larger picture is reduced by a whole factor such that its shorter side
        still has at least `side` pixels; a JPEG is reduced while it is decoded, which for a phone's
        photo is several times faster and takes a sixteenth of the memory and less.

    Raises ImageUnreadable, ImageFormatUnsupported, ImageTooLarge, ImageTooSmall.
    """
    return decode_picture(data, side).image


def decode_picture(data: bytes, side: int | None = None) -> Picture:
    """As `decode`, with the original's size."""
    try:
        with _open(data) as image:
            width, height = image.size
            if side:
                image.draft(None, (side, side))
            deep_colour = levels.is_deep_colour(image)
            image.load()
            if deep_colour:
                levels.stretch_colour(image, _open(data))
            orientation = _orientation(image)
            turned = image if orientation == 1 else ImageOps.exif_transpose(image)
            upright = _to_rgb(_reduced(_to_8_bits(turned), side))
    except (BadInput, MemoryError):
        raise
    except Exception as error:
        # Whatever it is: on damaged data Pillow's decoders raise OSError, SyntaxError, ValueError,
        # struct.error, IndexError, TypeError and more.
        raise _why_not(data) from error
    if orientation in _QUARTER_TURNS:
        width, height = height, width
    return Picture(upright, width, height)


def _why_not(data: bytes) -> BadInput:
    """What is wrong with bytes that no decoder takes."""
    if kind := sniff.archive_kind(data):
        return ArchiveKindUnsupported(kind)
    name = formats.name_of(data)
    return ImageFormatUnsupported(name) if name else ImageUnreadable()


def _open(data: bytes) -> ImageFile.ImageFile:
    """Reads the header, and of a JPEG file that does not end as it should, the rest as well."""
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise ImageTooLarge(width, height, MAX_MEGAPIXELS)
    if min(width, height) < MIN_SIDE:
        raise ImageTooSmall(width, height, MIN_SIDE)
    ended = jpeg.with_end(data)
    return image if ended is data else Image.open(io.BytesIO(ended), formats=FORMATS)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1–8; broken EXIF is no reason to refuse the picture that it comes with."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey ("L") or RGB, which can be reduced: a mean of palette indices or infinities is nonsense."""
    if levels.is_deep(image):
        return levels.to_grey(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode == "L" else _to_rgb(image)


def _reduced(image: Image.Image, side: int | None) -> Image.Image:
    factor = min(image.size) // side if side else 1
    return image.reduce(factor) if factor > 1 else image


def _to_rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")
