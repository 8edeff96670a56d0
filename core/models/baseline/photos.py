"""The Grocery Store photos: their classes and features."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.listing import read_listing
from core.datasets.reading import read_archive
from core.entities import Example, Progress, Recipe
from core.errors import DataNotFound
from core.features.registry import make_extractor
from core.photos.images import decode

_CLASSES = "classes.csv"
_PACKAGES = "Packages"


@dataclass(frozen=True)
class Photos:
    """examples : under their coarse classes. vectors : float32 (n, d), one per example."""

    examples: tuple[Example, ...]
    vectors: NDArray[np.float32]

    @property
    def labels(self) -> list[str]:
        return [example.label for example in self.examples]

    def __add__(self, other: Photos) -> Photos:
        vectors = np.concatenate([self.vectors, other.vectors])
        return Photos(self.examples + other.examples, vectors)


@dataclass(frozen=True)
class Shop:
    """Fruit and vegetables of the two parts, and val's packages, which no model is taught."""

    train: Photos
    val: Photos
    packages: Photos


def read_shop(folder: Path, recipe: Recipe) -> Shop:
    """Reads the photos that train.txt and val.txt list, by the classes of classes.csv.

    Raises DataNotFound if a list or a photo is not there, and what reading raises.
    """
    names = _coarse_names(folder)
    train, val = _listed(folder / "train.txt", names), _listed(folder / "val.txt", names)
    examples = _read(folder)

    def photos(listed: Mapping[str, str], *, packages: bool) -> Photos:
        wanted = {path: label for path, label in listed.items() if _is_package(path) is packages}
        found = tuple(_labelled(examples, folder, wanted))
        return Photos(found, _vectors(folder, found, recipe))

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


def _listed(path: Path, names: Mapping[str, str]) -> dict[str, str]:
    """The class of each photo by its path. A line: "train/Fruit/Kiwi/Kiwi_001.jpg, 7, 3"."""
    rows = csv.reader(_lines(path), skipinitialspace=True)
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


def _vectors(folder: Path, examples: Iterable[Example], recipe: Recipe) -> NDArray[np.float32]:
    """As `core.jobs.tasks.extract` makes them; nothing is kept, so that a rebuild begins with pixels."""
    extractor = make_extractor(recipe)

    def vector(example: Example) -> NDArray[np.float32]:
        data = (folder / example.name).read_bytes()
        return extractor.extract([decode(data, extractor.side)])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(vector, examples)))
