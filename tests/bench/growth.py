"""A dataset of any size: the shop's training photos, varied by crop, mirror and light.

Reading and training take as long as with real photos. The accuracy means nothing, since variants of
one photo may be on both sides of a split.
"""

from __future__ import annotations

import zipfile
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from tests.core.learning import GROCERY
from tests.factories import to_bytes

CLASSES = 33
SIDE = 348
# Gives files of about the originals' mean size, 22 KB.
JPEG_QUALITY = 85
SHARES_KEPT = (0.5, 1.0)
LIGHTS = (0.7, 1.3)

PROCESSES = 2
PHOTOS_PER_CHUNK = 64


def write_grown(path: Path, photos: int) -> Path:
    """Writes a ZIP of this many JPEGs, 348 × 348 pixels, in 33 classes; the same ones each time.

    A larger dataset begins with the photos of a smaller one.
    """
    partial = path.with_suffix(".part")
    with (
        ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes,
        zipfile.ZipFile(partial, "w") as archive,
    ):
        for name, data in processes.map(varied_photo, range(photos), chunksize=PHOTOS_PER_CHUNK):
            archive.writestr(zipfile.ZipInfo(name), data)
    return partial.replace(path)


def varied_photo(number: int) -> tuple[str, bytes]:
    """The name and the JPEG of photo `number`, from 0 on; the classes alternate."""
    repetition, position = divmod(number, CLASSES)
    label, originals = _classes()[position]
    with Image.open(originals[repetition % len(originals)]) as original:
        varied = _vary(original.convert("RGB"), np.random.default_rng(number))
    return f"{label}/{repetition:04}.jpg", to_bytes(varied, quality=JPEG_QUALITY)


def _vary(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    side = round(min(photo.size) * random.uniform(*SHARES_KEPT))
    left, top = (int(random.integers(length - side + 1)) for length in photo.size)
    varied = photo.resize((SIDE, SIDE), box=(left, top, left + side, top + side))
    if random.random() < 0.5:
        varied = ImageOps.mirror(varied)
    return ImageEnhance.Brightness(varied).enhance(random.uniform(*LIGHTS))


@lru_cache(1)
def _classes() -> list[tuple[str, list[Path]]]:
    """The coarse classes with most photos, one folder each in `train/Fruit`, `train/Packages`, …"""
    train = GROCERY / "train"
    by_label: dict[str, list[Path]] = {}
    for path in sorted(train.rglob("*.jpg")):
        by_label.setdefault(path.relative_to(train).parts[1], []).append(path)
    by_size = sorted(by_label.items(), key=lambda item: (-len(item[1]), item[0]))
    return by_size[:CLASSES]
