"""Tasks that read archives and tell what is in a dataset.

The command line starts these alone, so nothing here imports scikit-learn, matplotlib or ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.cache_folder import locked
from core.datasets import eda, exporting, reading
from core.datasets.twins import groups_of_several
from core.entities import Description, LabelSource, Reading
from core.features.cache import FeatureCache
from core.jobs.tasks.files import Report, examples_of, own_folder
from core.photos import thumbnails
from core.photos.store import PhotoStore
from core.ports import DatasetFiles
from core.sealed import Key, Stored


def read_archive(
    report: Report,
    archive: Path,
    labels: LabelSource,
    known: DatasetFiles | None,
    out: Path,
    key: Key | None = None,
) -> Reading:
    """Reads an archive into a folder in `out`, against a known dataset where one is given. Raises BadInput.

    key : what is written is sealed with it.
    """
    examples = examples_of(known) if known else ()
    return reading.read_archive(archive, examples, own_folder(out), report, labels, key)


def describe(report: Report, files: DatasetFiles) -> Description:
    """The dataset in figures."""
    return eda.describe(examples_of(files))


def twins(report: Report, files: DatasetFiles) -> tuple[tuple[int, ...], ...]:
    """The ids of examples that are near duplicates, a tuple for each group."""
    return groups_of_several(examples_of(files))


def write_table(report: Report, files: DatasetFiles, out: Path, has_decimal_comma: bool) -> None:
    """Writes a CSV, one row per example."""
    eda.write_table(examples_of(files), out, has_decimal_comma=has_decimal_comma)


def write_part(report: Report, files: DatasetFiles, number: int, max_bytes: int, out: Path) -> int:
    """Writes a part of the dataset as a ZIP; returns how many parts there are. Raises PhotoMissing."""
    store = PhotoStore(Path(files.photos), files.key)
    return exporting.write_part(examples_of(files), store, number, max_bytes, out)


def forget(report: Report, cache: Stored, digests: Sequence[str]) -> None:
    """Deletes the features and thumbnails of these photos."""
    doomed = frozenset(digests)
    with locked(cache.path):
        thumbnails.forget(cache.path, doomed, cache.key)
        for folder in (cache.path / "features").glob("*"):
            FeatureCache(folder, cache.key).forget(doomed)
