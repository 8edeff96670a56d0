"""Datasets that are ready to learn from, drawn and real; all fits of these tests start here."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from core.datasets.listing import read_listing, write_listing
from core.datasets.reading import read_archive
from core.entities import Example, FittedModel, Photo, Progress, Recipe
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs import tasks
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.factories import make_dataset, make_label

SHARED = Path(__file__).resolve().parents[3] / "shared"
GROCERY = SHARED / "data" / "grocery"

# Quick to extract, and told apart by drawn shapes: what most of these tests learn with.
CLASSICAL = make_recipe("hog", "svc")
# A polynomial of what nothing tells apart: libsvm does not end on it, from some 80 photos on.
ENDLESS = {"n_components": "2", "kernel": "poly", "degree": "4", "gamma": "100", "C": "1000"}


def ignore(message: Progress | FittedModel) -> None:
    """A `report` for tests that look at results alone."""


def read_files(archive: Path, folder: Path) -> DatasetFiles:
    reading = read_archive(archive, (), folder, ignore)
    return DatasetFiles(reading.examples, reading.photos, reading.cache)


def drawn_files(folder: Path, classes: int = 3, photos: int = 12) -> DatasetFiles:
    """Drawn pictures that HOG tells apart, read and without features."""
    folder.mkdir(exist_ok=True)
    archive = make_dataset(folder / "drawn.zip", classes, photos)
    return read_files(archive, folder / "reading")


def ready_files(folder: Path, recipe: Recipe = CLASSICAL) -> DatasetFiles:
    """Drawn pictures, their features extracted."""
    files = drawn_files(folder)
    extract(files, recipe)
    return files


def extract(files: DatasetFiles, recipe: Recipe = CLASSICAL) -> None:
    """Computes the features that are not there yet."""
    tasks.extract(ignore, files, tasks.missing(ignore, files, recipe), recipe)


def noise_files(
    folder: Path, classes: int, photos: int, recipe: Recipe = CLASSICAL
) -> DatasetFiles:
    """Features that tell nothing, of photos that never were: `photos` of each class."""
    random = np.random.default_rng(0)
    examples = [
        make_example(make_label(number % classes), number) for number in range(classes * photos)
    ]
    extractor = make_extractor(recipe)
    vectors = random.normal(size=(len(examples), extractor.dimension)).astype(np.float32)
    cache = FeatureCache(folder / "cache" / "features" / extractor.key)
    cache.append([example.photo.sha256 for example in examples], vectors)
    write_listing(examples, folder / "examples")
    return DatasetFiles(str(folder / "examples"), str(folder / "photos"), str(folder / "cache"))


def make_example(label: str, number: int = 0, **photo: Any) -> Example:
    """An example of a photo that never was; `photo` are fields of it."""
    return Example(number, make_photo(number, **photo), label, f"{label}/{number}.jpg")


def make_photo(number: int = 0, **fields: Any) -> Photo:
    sha256 = f"{number:064x}"
    plain = Photo(
        sha256=sha256,
        bytes=1000,
        width=64,
        height=64,
        mean=(100.0, 100.0, 100.0),
        std=(50.0, 50.0, 50.0),
        perceptual_hash="0" * 16,
        twins=sha256,
    )
    return replace(plain, **fields)


def vectors_of(files: DatasetFiles, recipe: Recipe) -> NDArray[np.float32]:
    """The features that were extracted, float32 (n, d), in the examples' order."""
    cache = FeatureCache(Path(files.cache) / "features" / make_extractor(recipe).key)
    return cache.load([example.photo.sha256 for example in examples_of(files)])


def with_examples(files: DatasetFiles, examples: Iterable[Example]) -> DatasetFiles:
    """The same photos, under these examples."""
    listing = Path(files.listing).with_name(f"examples-{uuid4().hex}")
    write_listing(examples, listing)
    return replace(files, listing=str(listing))


def examples_of(files: DatasetFiles) -> tuple[Example, ...]:
    return read_listing(Path(files.listing))


def zip_groceries(part: str, out: Path, per_class: int | None = None) -> Path:
    """The real photos of `train` or `val`, one folder per coarse class; at most this many of each
    class."""
    with zipfile.ZipFile(out, "w") as archive:
        for label, paths in _groceries(part).items():
            for path in paths[:per_class]:
                archive.write(path, f"{label}/{path.name}")
    return out


def _groceries(part: str) -> Mapping[str, list[Path]]:
    with (GROCERY / "classes.csv").open(newline="") as lines:
        coarse = {
            row["Coarse Class ID (int)"]: row["Coarse Class Name (str)"]
            for row in csv.DictReader(lines)
        }
    by_label: dict[str, list[Path]] = {}
    with (GROCERY / f"{part}.txt").open(newline="") as lines:
        for path, _, coarse_id in csv.reader(lines, skipinitialspace=True):
            by_label.setdefault(coarse[coarse_id], []).append(GROCERY / path)
    return by_label
