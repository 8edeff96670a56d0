"""What was removed leaves the disk: its bytes, its thumbnail, its features. With the real reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from core import sealed
from core.entities import Dataset, Example, JobKind, LabelSource, Reading
from core.features.cache import FeatureCache
from core.features.registry import make_extractor
from core.jobs import tasks
from core.jobs.tasks.files import examples_of as listed_in
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from core.services.housekeeping import Housekeeping
from storage import Storage
from tests.factories import make_files, make_zip
from tests.storage.factories import photos_of

OWNER = 1
RECIPE = make_recipe("hog", "svc")


def ignore(message: object) -> None:
    """A `report` for tests that look at results alone."""


class ReadingHere:
    """The tasks of `core.ports.ArchiveReading` that these tests need, in this process."""

    async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
        tasks.forget(ignore, cache, digests)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_zip(tmp_path / "fruits.zip", make_files(classes=2, photos=4), zipfile.ZIP_STORED)


@pytest.fixture
def housekeeping(storage: Storage) -> Housekeeping:
    return Housekeeping(storage.files, storage.jobs, storage.suggestions, ReadingHere())  # type: ignore[arg-type]


async def upload(storage: Storage, archive: Path, to: Dataset | None = None) -> Dataset:
    """As the services do, in this process; the features of all photos are computed."""
    await storage.users.get(OWNER, "en")
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=1)
    async with storage.files.scratch() as folder:
        known = await files_of(storage, to, folder) if to else None
        reading: Reading = tasks.read_archive(
            ignore, archive, LabelSource.FOLDERS, known, folder / "reading"
        )
        if to:
            dataset = await storage.datasets.add(OWNER, to.id, reading, job.id)
        else:
            dataset = await storage.datasets.create(OWNER, "fruits", reading, job.id)
        files = await files_of(storage, dataset, folder)
        tasks.extract(ignore, files, tasks.missing(ignore, files, RECIPE), RECIPE)
    return dataset


async def files_of(storage: Storage, dataset: Dataset, folder: Path) -> DatasetFiles:
    listing = folder / "listing"
    photos, cache = await storage.files.photos(OWNER), await storage.files.cache(OWNER)
    await storage.datasets.write_listing(OWNER, dataset.id, listing, cache.key)
    return DatasetFiles(str(listing), str(photos.path), str(cache.path), key=cache.key)


async def examples_of(storage: Storage, dataset: Dataset) -> tuple[Example, ...]:
    async with storage.files.scratch() as folder:
        return listed_in(await files_of(storage, dataset, folder))


async def traces_of(storage: Storage, sha256: str) -> dict[str, bytes]:
    """The bytes that are kept of a photo, and of what was computed from it."""
    cache = await storage.files.cache(OWNER)
    (thumbnail,) = [
        archive.read(name)
        for pack in cache.path.glob("*.zip")
        for archive in [zipfile.ZipFile(io.BytesIO(sealed.read(pack, cache.key)))]
        for name in archive.namelist()
        if name.startswith(sha256)
    ]
    features = FeatureCache(cache.path / "features" / make_extractor(RECIPE).key, cache.key)
    return {
        "photo": (await photos_of(storage)).read(sha256),
        "thumbnail": thumbnail,
        "features": features.load([sha256]).tobytes(),
    }


async def found_in(storage: Storage, traces: dict[str, bytes]) -> set[str]:
    """Which of the traces are in any file of the owner's, for those who have the key."""
    cache = await storage.files.cache(OWNER)
    folder = cache.path.parent
    files = [
        sealed.read(path, cache.key)
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    ]
    return {name for name, trace in traces.items() if any(trace in data for data in files)}


async def test_a_removed_photo_is_nowhere_once_it_is_tidied(
    storage: Storage, archive: Path, housekeeping: Housekeeping
) -> None:
    dataset = await upload(storage, archive)
    removed, *others = await examples_of(storage, dataset)
    traces = await traces_of(storage, removed.photo.sha256)
    kept = [await traces_of(storage, example.photo.sha256) for example in others]

    await storage.examples.remove(OWNER, dataset.id, [removed.id])
    await storage.examples.undo(OWNER, dataset.id)
    await storage.examples.remove(OWNER, dataset.id, [removed.id])
    await housekeeping.tidy()
    assert await found_in(storage, traces) == traces.keys()
    await housekeeping.tidy(keep_s=0)

    assert await found_in(storage, traces) == set()
    assert [await found_in(storage, those) for those in kept] == [traces.keys()] * len(kept)
    assert (await storage.files.tidy(0)).photos == {}


async def test_a_deleted_datasets_photos_are_nowhere_at_once(
    storage: Storage, archive: Path, housekeeping: Housekeeping
) -> None:
    dataset = await upload(storage, archive)
    examples = await examples_of(storage, dataset)
    traces = [await traces_of(storage, example.photo.sha256) for example in examples]

    await storage.datasets.delete(OWNER, dataset.id)
    await housekeeping.tidy()

    assert [await found_in(storage, those) for those in traces] == [set()] * len(traces)


async def test_the_same_zip_does_not_bring_a_changed_label_back(
    storage: Storage, archive: Path
) -> None:
    dataset = await upload(storage, archive)
    first, second, *_ = await examples_of(storage, dataset)
    await storage.examples.relabel(OWNER, dataset.id, [first.id], "plum")
    await storage.examples.remove(OWNER, dataset.id, [second.id])

    grown = await upload(storage, archive, to=dataset)

    assert dict(grown.classes) == {"apple": 3, "pear": 4, "plum": 1}
    again = {e.photo.sha256: e.label for e in await examples_of(storage, dataset)}
    assert again[first.photo.sha256] == "plum"
    assert again[second.photo.sha256] == "apple"  # the one that was removed is new
    skipped, _, _ = await storage.datasets.last_reading(OWNER, dataset.id)
    assert [s.reason for s in skipped].count("already_sorted") == 1
    assert [s.reason for s in skipped].count("already_there") == 6


async def test_a_photo_that_left_while_its_zip_was_read_is_there_with_its_example(
    storage: Storage, archive: Path, tmp_path: Path, housekeeping: Housekeeping
) -> None:
    """The reading knew it from the dataset, under another class."""
    dataset = await upload(storage, archive)
    pictures = make_files(classes=2, photos=4)
    (first, *_) = await examples_of(storage, dataset)
    other = make_zip(tmp_path / "other.zip", {"plum/1.jpg": pictures[first.name]})
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=1)
    async with storage.files.scratch() as folder:
        known = await files_of(storage, dataset, folder)
        reading = tasks.read_archive(ignore, other, LabelSource.FOLDERS, known, folder / "reading")
        await storage.examples.remove(OWNER, dataset.id, [first.id])
        await housekeeping.tidy(keep_s=0)

        await storage.datasets.add(OWNER, dataset.id, reading, job.id)

    photo = (await photos_of(storage)).read(first.photo.sha256)
    assert photo == pictures[first.name]
