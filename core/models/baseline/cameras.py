"""Changes that another camera, another light or another place makes to a photo.

The baseline learns from changed copies of its photos, as all of these come from the shelves of one shop
chain (`build`); the bench of other cameras uses the same changes one by one, at fixed strengths.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

# A cut-out's edge, pixels: a sharp one is found nowhere in photos.
_EDGE = 1.5
_WHITE = (255, 255, 255)
_LEVELS = np.arange(256.0)


def tinted(image: Image.Image, red: float, green: float, blue: float) -> Image.Image:
    """Another white balance: each channel times its factor."""
    return _mapped(image, *(_LEVELS * factor for factor in (red, green, blue)))


def _mapped(image: Image.Image, *curves: NDArray[np.float64]) -> Image.Image:
    """Each channel's levels by its curve, (256,)."""
    return image.point(np.concatenate(curves).clip(0, 255).astype(int).tolist())


def exposed(image: Image.Image, gamma: float) -> Image.Image:
    """Darker with a gamma above 1, lighter with one below."""
    curve = 255 * (_LEVELS / 255) ** gamma
    return _mapped(image, curve, curve, curve)


def noisy(image: Image.Image, deviation: float, random: Generator) -> Image.Image:
    """Gaussian noise; deviation : its standard deviation, levels of 0–255."""
    pixels = np.asarray(image) + random.normal(0, deviation, (image.height, image.width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def compressed(image: Image.Image, quality: int) -> Image.Image:
    """As JPEG of this quality, 1–95."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer, formats=("JPEG",)).convert("RGB")


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Out of focus; radius : of a Gaussian, as a share of the shorter side."""
    return image.filter(ImageFilter.GaussianBlur(radius * min(image.size)))


def cropped(image: Image.Image, share: float, x: float = 0.5, y: float = 0.5) -> Image.Image:
    """`share` of each side; x, y : where it lies, from 0 at the left and the top to 1."""
    width, height = (side * share for side in image.size)
    left, top = (image.width - width) * x, (image.height - height) * y
    return image.crop((round(left), round(top), round(left + width), round(top + height)))


def far(image: Image.Image, share: float, ground: tuple[int, int, int]) -> Image.Image:
    """The photo at `share` of its sides, in the middle of a plain ground."""
    smaller = image.resize([round(side * share) for side in image.size], Image.Resampling.LANCZOS)
    return _on_ground(smaller, image.size, ground)


def cut_out(
    image: Image.Image, sides: Sequence[float] = (0.8, 0.8), ground: tuple[int, int, int] = _WHITE
) -> Image.Image:
    """The ellipse in the photo, stretched to these shares of its sides, on a plain ground: one fruit
    alone, where the shelf shows many."""
    size = [round(side * share) for side, share in zip(image.size, sides, strict=True)]
    piece = image.resize(size, Image.Resampling.BICUBIC)
    mask = Image.new("L", piece.size)
    ImageDraw.Draw(mask).ellipse((2, 2, piece.width - 3, piece.height - 3), fill=255)
    return _on_ground(piece, image.size, ground, mask.filter(ImageFilter.GaussianBlur(_EDGE)))


def _on_ground(
    piece: Image.Image,
    size: tuple[int, int],
    ground: tuple[int, int, int],
    mask: Image.Image | None = None,
) -> Image.Image:
    whole = Image.new("RGB", size, ground)
    corner = ((size[0] - piece.width) // 2, (size[1] - piece.height) // 2)
    whole.paste(piece, corner, mask)
    return whole


def another_camera(image: Image.Image, random: Generator) -> Image.Image:
    """A copy as another phone might have taken it: every change with a strength by chance, several at
    once. Half of the copies show one piece alone."""
    placed = _one_piece(image, random) if random.random() < 0.5 else _elsewhere(image, random)
    return _worse(_in_other_light(placed, random), random)


def _one_piece(image: Image.Image, random: Generator) -> Image.Image:
    piece = cropped(image, random.uniform(0.35, 0.75), *random.uniform(0.3, 0.7, 2))
    ground = _WHITE if random.random() < 0.5 else _colour(random)
    return cut_out(piece.resize(image.size), random.uniform(0.5, 0.97, 2).tolist(), ground)


def _elsewhere(image: Image.Image, random: Generator) -> Image.Image:
    choice = random.integers(4)
    if choice == 0:
        return cropped(image, random.uniform(0.5, 0.9), *random.uniform(0, 1, 2))
    if choice == 1:
        return far(image, random.uniform(0.5, 0.8), _colour(random))
    return image


def _in_other_light(image: Image.Image, random: Generator) -> Image.Image:
    if random.random() < 0.7:
        image = tinted(image, *np.exp(random.normal(0, (0.13, 0.06, 0.15))))
    if random.random() < 0.7:
        image = exposed(image, float(np.exp(random.normal(0, 0.4))))
    if random.random() < 0.5:
        image = ImageEnhance.Contrast(image).enhance(float(np.exp(random.normal(0, 0.35))))
    return image


def _worse(image: Image.Image, random: Generator) -> Image.Image:
    if random.random() < 0.25:
        image = blurred(image, random.uniform(0.001, 0.009))
    if random.random() < 0.25:
        image = noisy(image, random.uniform(5, 22), random)
    if random.random() < 0.4:
        image = compressed(image, int(random.integers(15, 60)))
    return image


def _colour(random: Generator) -> tuple[int, int, int]:
    red, green, blue = random.integers(40, 256, 3).tolist()
    return red, green, blue
