"""Photos to teach the bot with: those of a shop, or drawn ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.factories import make_files, make_label, to_bytes

SHARED = Path(__file__).parents[2].parent / "shared"
GROCERY = SHARED / "data" / "grocery" / "train"
VAL_FRUIT = SHARED / "data" / "grocery" / "val" / "Fruit"
KIWI = VAL_FRUIT / "Kiwi" / "Kiwi_001.jpg"

QUICK_FIT = "/fit features=hog"
# Six minutes for a dozen classes on the smallest rung: trees of 256 leaves on all 900 features.
ENDLESS_FIT = "/fit features=hog reducer=none classifier=catboost depth=8 iterations=500"

# 8 712 numbers a photo: 1.4 s of an SVC for 72 photos, 10 s for 576, and growing with their square.
HEAVY_FIT = "/fit features=hog classifier=svc reducer=none pixels_per_cell=5 orientations=6"


@dataclass(frozen=True)
class Basket:
    """Photos to teach with and others to ask about: bytes by `class/name`."""

    name: str
    to_teach: Mapping[str, bytes]
    to_ask: Mapping[str, bytes]

    @property
    def classes(self) -> list[str]:
        return sorted({name.split("/")[0] for name in self.to_teach})

    @property
    def zipped(self) -> bytes:
        return zipped(self.to_teach)

    @property
    def taught(self) -> list[bytes]:
        return list(self.to_teach.values())

    @property
    def unseen(self) -> list[bytes]:
        return list(self.to_ask.values())


def drawn(name: str = "fruits", classes: int = 3, photos: int = 10, seed: int = 1) -> Basket:
    return Basket(name, make_files(classes, photos, seed), make_files(classes, 1, seed + 1))


def from_the_shop() -> Basket:
    """Ten kinds of fruit, thirty photos of each to teach with, and one more."""
    if not GROCERY.is_dir():
        pytest.skip("the grocery photos are not beside the repository")
    chosen = [photos for photos in map(_photos_in, _class_folders()) if len(photos) > 30][:10]
    return Basket(
        "groceries",
        dict(photo for photos in chosen for photo in photos[:30]),
        dict(photos[30] for photos in chosen),
    )


def two_kinds_of_fruit() -> tuple[Basket, Basket]:
    """Two baskets of one kind each, as `val` has them: three photos to teach with, one to ask about."""
    folders = [VAL_FRUIT / name for name in ("Banana", "Kiwi")]
    if not all(folder.is_dir() for folder in folders):
        pytest.skip("the grocery photos are not beside the repository")
    first, second = (
        Basket(folder.name.lower(), dict(photos[:3]), dict(photos[3:4]))
        for folder in folders
        for photos in [_photos_in(folder)]
    )
    return first, second


def packages_of_the_shop() -> list[bytes]:
    """A photo of each of nine kinds."""
    folders = [folder for folder in _class_folders() if folder.parent.name == "Packages"]
    return [content for folder in folders for _, content in _photos_in(folder)[:1]]


def a_kiwi() -> bytes:
    if not KIWI.is_file():
        pytest.skip("the grocery photos are not beside the repository")
    return KIWI.read_bytes()


def a_dozen(photos: int = 7) -> Basket:
    """A dataset on which an endless fit does not end."""
    return drawn("dozen", classes=12, photos=photos)


def hopeless(classes: int = 12, photos: int = 80) -> Basket:
    """Classes that can't be told apart."""
    names = (f"{make_label(kind)}/{n:03}.jpg" for kind in range(classes) for n in range(photos))
    return Basket("hopeless", {name: noise(seed) for seed, name in enumerate(names)}, {})


def noise(seed: int = 0) -> bytes:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    return to_bytes(Image.fromarray(pixels))


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return archive.getvalue()


def _class_folders() -> Iterator[Path]:
    return (folder for group in sorted(GROCERY.iterdir()) for folder in sorted(group.iterdir()))


def _photos_in(folder: Path) -> list[tuple[str, bytes]]:
    paths = sorted(folder.rglob("*.jpg"))[:31]
    return [(f"{folder.name}/{path.name}", path.read_bytes()) for path in paths]
