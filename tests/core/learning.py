"""Datasets that are ready to learn from, drawn and real; all fits of these tests start here."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.reading import read_archive
from core.entities import FittedModel, ImageRecord, Progress, Recipe
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


def read_files(archive: Path, workspace: Path) -> DatasetFiles:
    reading = read_archive(archive, "source", (), workspace, ignore)
    return DatasetFiles(reading.records, {"source": str(archive)}, str(workspace))


def drawn_files(folder: Path, classes: int = 3, photos: int = 12) -> DatasetFiles:
    """Drawn pictures that HOG tells apart, read and without features."""
    folder.mkdir(exist_ok=True)
    archive = make_dataset(folder / "drawn.zip", classes, photos)
    return read_files(archive, folder / "workspace")


def ready_files(folder: Path, recipe: Recipe = CLASSICAL) -> DatasetFiles:
    """Drawn pictures, their features extracted."""
    files = drawn_files(folder)
    tasks.extract(files, recipe, ignore)
    return files


def noise_files(workspace: Path, classes: int, photos: int) -> DatasetFiles:
    """Features that tell nothing, of photos that never were: `photos` of each class."""
    random = np.random.default_rng(0)
    records = [
        make_record(make_label(number % classes), number, int(random.integers(2**63)))
        for number in range(classes * photos)
    ]
    extractor = make_extractor(CLASSICAL)
    vectors = random.normal(size=(len(records), extractor.dimension)).astype(np.float32)
    cache = FeatureCache(workspace / "features" / extractor.key)
    cache.append([record.sha256 for record in records], vectors)
    return DatasetFiles(tuple(records), {}, str(workspace))


def make_record(label: str, number: int = 0, perceptual_hash: int = 0) -> ImageRecord:
    return ImageRecord(
        source="source",
        index=number,
        name=f"{label}/{number}.jpg",
        label=label,
        sha256=f"{number:064x}",
        bytes=1000,
        width=64,
        height=64,
        mean=(100.0, 100.0, 100.0),
        std=(50.0, 50.0, 50.0),
        perceptual_hash=f"{perceptual_hash:016x}",
    )


def vectors_of(files: DatasetFiles, recipe: Recipe) -> NDArray[np.float32]:
    """The features that were extracted, float32 (n, d), in the records' order."""
    cache = FeatureCache(Path(files.workspace) / "features" / make_extractor(recipe).key)
    return cache.load([record.sha256 for record in files.records])


def zip_groceries(part: str, out: Path, per_class: int | None = None) -> Path:
    """The real photos of `train` or `val`, a folder a coarse class; at most so many of each class."""
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
