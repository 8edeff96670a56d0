"""The Grocery Store photos: their classes and features."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from core.datasets.listing import read_listing
from core.datasets.reading import read_archive
from core.entities import Example, Progress, Recipe
from core.errors import DataNotFound
from core.features.registry import make_extractor
from core.models.baseline.cameras import another_camera
from core.photos.images import decode

_CLASSES = "classes.csv"
_PACKAGES = "Packages"


Change = Callable[[Image.Image, Generator], Image.Image]


@dataclass(frozen=True)
class Photos:
    """examples : under their coarse classes. vectors : float32 (n, d), one per example. copies : the same of
    the photos as another camera might have taken them, once or several times."""

    examples: tuple[Example, ...]
    vectors: NDArray[np.float32]
    copies: tuple[NDArray[np.float32], ...] = ()

    @property
    def labels(self) -> list[str]:
        return [example.label for example in self.examples]

    def __add__(self, other: Photos) -> Photos:
        vectors, *copies = (
            np.concatenate(pair)
            for pair in zip(
                (self.vectors, *self.copies), (other.vectors, *other.copies), strict=True
            )
        )
        return Photos(self.examples + other.examples, vectors, tuple(copies))


@dataclass(frozen=True)
class Shop:
    """Fruit and vegetables of the two parts, and val's packages, which no model is taught."""

    train: Photos
    val: Photos
    packages: Photos


def read_shop(folder: Path, recipe: Recipe, copies: int = 0) -> Shop:
    """Reads the photos that train.txt and val.txt list, by the classes of classes.csv, and makes this many
    changed copies of each of fruit and vegetables.

    Raises DataNotFound if a list or a photo is not there, and what reading raises.
    """
    train, val = listed(folder, "train"), listed(folder, "val")
    examples = _read(folder)

    def photos(listed: Mapping[str, str], *, packages: bool) -> Photos:
        wanted = {path: label for path, label in listed.items() if _is_package(path) is packages}
        found = tuple(_labelled(examples, folder, wanted))
        taught = range(0 if packages else copies)
        return Photos(
            found,
            vectors_of(folder, list(wanted), recipe),
            tuple(vectors_of(folder, list(wanted), recipe, another_camera, n) for n in taught),
        )

    return Shop(
        train=photos(train, packages=False),
        val=photos(val, packages=False),
        packages=photos(val, packages=True),
    )


def _coarse_names(folder: Path) -> dict[str, str]:
    """Readable names of the coarse classes by their number: "Passion fruit"."""
    return {
        row["Coarse Class ID (int)"]: row["Coarse Class Name (str)"].replace("-", " ").capitalize()
        for row in csv.DictReader(_lines(folder / _CLASSES))
    }


def listed(folder: Path, part: str) -> dict[str, str]:
    """The class of each photo of "train", "val" or "iconic" by its path below the folder.

    A line: "train/Fruit/Kiwi/Kiwi_001.jpg, 7, 3". Raises DataNotFound.
    """
    names = _coarse_names(folder)
    rows = csv.reader(_lines(folder / f"{part}.txt"), skipinitialspace=True)
    return {photo: names[coarse] for photo, _, coarse in rows}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise DataNotFound(path=str(path)) from error


def _is_package(path: str) -> bool:
    return Path(path).parts[1] == _PACKAGES


def _read(folder: Path) -> dict[str, Example]:
    """All photos of the folder by their paths."""
    with tempfile.TemporaryDirectory() as out:
        reading = read_archive(folder, (), Path(out), _ignore)
        return {example.name: example for example in read_listing(Path(reading.examples))}


def _ignore(progress: Progress) -> None:
    pass


def _labelled(
    examples: Mapping[str, Example], folder: Path, listed: Mapping[str, str]
) -> Iterable[Example]:
    for path, label in listed.items():
        if path not in examples:
            raise DataNotFound(path=str(folder / path))
        yield replace(examples[path], label=label)


def vectors_of(
    folder: Path,
    paths: Sequence[str],
    recipe: Recipe,
    change: Change | None = None,
    seed: int = 0,
) -> NDArray[np.float32]:
    """float32 (n, d), as `core.jobs.tasks.extract` makes them; nothing is kept, so that a rebuild begins
    with pixels.

    paths : below the folder. change : what is done to each photo first. It gets a generator of its own
        from the seed, so that the same photos give the same vectors.
    """
    extractor = make_extractor(recipe)

    def vector(number: int, path: str) -> NDArray[np.float32]:
        image = decode((folder / path).read_bytes(), extractor.side)
        if change:
            image = change(image, np.random.default_rng((seed, number)))
        return extractor.extract([image])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(vector, range(len(paths)), paths)))
