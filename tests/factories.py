"""Pictures, ZIPs and datasets for everybody's tests: drawn, deterministic, small.

A class is a shape (its outline and its stripes), so that HOG tells the classes apart.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

LABELS = (
    *("apple", "pear", "plum", "lemon", "carrot", "tomato"),
    *("cherry", "banana", "onion", "garlic", "radish", "melon"),
)
SIDE = 96


def make_label(kind: int) -> str:
    """The name of class number `kind`: "apple", "pear", …, "apple 2", …"""
    lap, index = divmod(kind, len(LABELS))
    return LABELS[index] if lap == 0 else f"{LABELS[index]} {lap + 1}"


def make_picture(kind: int = 0, seed: int = 0, side: int = SIDE) -> Image.Image:
    """An RGB picture of class number `kind`: its shape at a random place, size, colour and ground."""
    random = np.random.default_rng([kind, seed])
    ground = random.uniform(150, 230, 3) + random.normal(0, 6, (side, side, 3))
    picture = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    center = side / 2 + random.uniform(-0.06, 0.06, 2) * side
    radius = side * random.uniform(0.36, 0.44)
    fill, line = random.integers(30, 110, (2, 3))
    draw = ImageDraw.Draw(picture)
    draw.polygon(_outline(kind % 6, center, radius), tuple(fill.tolist()))
    _draw_stripes(draw, kind // 6, center, radius, tuple((line + 120).tolist()))
    return picture


def make_image(
    kind: int = 0, seed: int = 0, side: int = SIDE, encoding: str = "JPEG", **options: object
) -> bytes:
    """The picture as the bytes of a file; `options` go to Pillow's `save`."""
    return to_bytes(make_picture(kind, seed, side), encoding, **options)


def to_bytes(image: Image.Image, encoding: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, encoding, **options)
    return buffer.getvalue()


def make_zip(
    path: Path,
    files: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Writes a ZIP of these names and contents, in this order; pairs may repeat a name."""
    pairs = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in pairs:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return path


def make_files(classes: int = 3, photos: int = 5, seed: int = 0) -> dict[str, bytes]:
    """The files of a dataset by name: `apple/00.jpg`, … Other seeds give other pictures."""
    return {
        f"{make_label(kind)}/{number:02}.jpg": make_image(kind, seed * 10_000 + number)
        for kind in range(classes)
        for number in range(photos)
    }


def make_dataset(path: Path, classes: int = 3, photos: int = 5, seed: int = 0) -> Path:
    """Writes the ZIP of a dataset; `path` names it."""
    return make_zip(path, make_files(classes, photos, seed), zipfile.ZIP_STORED)


def _outline(shape: int, center: np.ndarray, radius: float) -> list[tuple[float, float]]:
    """Corners of: disc, square, triangle, four-pointed star, upright bar, lying bar."""
    corners = (36, 4, 3, 8, 4, 4)[shape]
    angles = 2 * np.pi * (np.arange(corners) / corners + (0, 1 / 8, 1 / 4, 0, 1 / 8, 1 / 8)[shape])
    reach = np.where(np.arange(corners) % 2, 0.35, 1.0) if shape == 3 else np.ones(corners)
    width, height = ((1, 1), (1, 1), (1, 1), (1, 1), (0.5, 1.2), (1.2, 0.5))[shape]
    x = center[0] + radius * reach * np.cos(angles) * width
    y = center[1] - radius * reach * np.sin(angles) * height
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _draw_stripes(
    draw: ImageDraw.ImageDraw,
    stripes: int,
    center: np.ndarray,
    radius: float,
    color: tuple[int, ...],
) -> None:
    """None, then 1, 2, 3, … of them, from left to right through the shape's middle and rotated."""
    for number in range(stripes):
        angle = np.pi * number / stripes + stripes
        reach = 0.7 * radius * np.array([np.cos(angle), np.sin(angle)])
        draw.line((*(center - reach), *(center + reach)), color, width=max(2, int(radius // 8)))
