"""What was deleted leaves the disk, with all that was computed from it."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import sealed
from core.entities import Dataset, Example
from core.errors import NothingToUndo, WorkerCrashed
from core.photos.store import PhotoStore
from core.ports import Compute
from core.ports import StoragePorts as Ports
from core.sealed import Stored
from core.services.housekeeping import Housekeeping
from core.services.services import Services
from storage import Storage
from tests.core.services.steps import (
    OWNER,
    STRANGER,
    examples_of,
    fit,
    only_real,
    photo_files,
    upload,
)


def features_of(cache: Stored) -> set[str]:
    """The digests of the photos whose features are kept."""
    shards = (cache.path / "features").rglob("*.keys.npy")
    contents = (sealed.read(shard, cache.key) for shard in shards)
    return {digest.decode() for content in contents for digest in np.load(io.BytesIO(content))}


def holds(folder: Stored, sought: bytes) -> bool:
    """True if any file below the folder holds these bytes, for one who has the key."""
    paths = [path for path in folder.path.rglob("*") if path.is_file() and path.name != ".lock"]
    return any(sought in sealed.read(path, folder.key) for path in paths)


async def remove_one(services: Services, storage: Ports, dataset: Dataset) -> Example:
    example = (await examples_of(storage, dataset))["apple/00.jpg"]
    await services.examples.remove(OWNER, dataset.id, [example.id])
    return example


class Unforgetting:
    """Reading whose `forget` fails, for so many times."""

    def __init__(self, compute: Compute, failures: int) -> None:
        self._real = compute.reading
        self._failures = failures

    async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
        if self._failures:
            self._failures -= 1
            raise WorkerCrashed(-9)
        await self._real.forget(cache, digests)


async def test_an_erased_photo_leaves_no_bytes_features_or_thumbnail(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    await fit(services, dataset)
    cache = await storage.files.cache(OWNER)
    example = await remove_one(services, storage, dataset)
    digest = example.photo.sha256
    photos = await storage.files.photos(OWNER)
    content = PhotoStore(photos.path, photos.key).read(digest)
    assert digest in features_of(cache)
    assert holds(cache, f"{digest}.jpg".encode()), "its thumbnail"

    await services.housekeeping.tidy(keep_s=0)

    others = {one.photo.sha256 for one in (await examples_of(storage, dataset)).values()}
    assert await photo_files(storage.files) == others
    assert features_of(cache) == others
    assert not holds(cache, digest.encode())
    assert not holds(photos, content)
    with pytest.raises(NothingToUndo):
        await services.examples.undo(OWNER, dataset.id)
    await fit(services, await services.datasets.get(OWNER, dataset.id))


async def test_a_photo_of_two_datasets_stays_until_both_are_gone(
    services: Services, dataset: Dataset, archive: Path, storage: Ports
) -> None:
    second = await upload(services, archive, "second")
    example = await remove_one(services, storage, dataset)
    await services.housekeeping.tidy(keep_s=0)
    assert example.photo.sha256 in await photo_files(storage.files)
    await services.datasets.delete(OWNER, second.id)
    await services.housekeeping.tidy(keep_s=0)
    assert example.photo.sha256 not in await photo_files(storage.files)


async def test_nobody_s_photos_go_with_somebody_else_s(
    services: Services, dataset: Dataset, archive: Path, storage: Ports
) -> None:
    await upload(services, archive, owner_id=STRANGER)
    await services.datasets.delete(OWNER, dataset.id)
    assert await photo_files(storage.files, OWNER) == set()
    assert len(await photo_files(storage.files, STRANGER)) == 20


async def test_what_a_tidying_did_not_get_to_the_next_one_does(
    services: Services, dataset: Dataset, storage: Ports, compute: Compute
) -> None:
    await fit(services, dataset)
    digest = (await remove_one(services, storage, dataset)).photo.sha256
    reading = Unforgetting(compute, failures=1)
    housekeeping = Housekeeping(storage.files, storage.jobs, storage.suggestions, reading)  # type: ignore[arg-type]
    with pytest.raises(WorkerCrashed):
        await housekeeping.tidy(keep_s=0)
    assert digest not in await photo_files(storage.files)
    assert digest in features_of(await storage.files.cache(OWNER))

    await housekeeping.tidy(keep_s=0)

    assert digest not in features_of(await storage.files.cache(OWNER))
    assert (await storage.files.tidy(keep_s=0)).photos == {}, "nothing is left to forget"


async def test_what_fails_for_one_person_is_done_for_the_others(
    services: Services, dataset: Dataset, archive: Path, storage: Ports, compute: Compute
) -> None:
    """As where a file of the cache is damaged: no tidying gets further with it."""
    others = await upload(services, archive, owner_id=STRANGER)
    digest = (await remove_one(services, storage, dataset)).photo.sha256
    example = (await examples_of(storage, others))["apple/00.jpg"]
    await services.examples.remove(STRANGER, others.id, [example.id])
    damaged = await storage.files.cache(OWNER)

    class Failing(Unforgetting):
        async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
            self._failures = cache == damaged
            await super().forget(cache, digests)

    housekeeping = Housekeeping(
        storage.files,
        storage.jobs,
        storage.suggestions,
        Failing(compute, 1),  # type: ignore[arg-type]
    )
    with pytest.raises(WorkerCrashed):
        await housekeeping.tidy(keep_s=0)

    left = (await storage.files.tidy(keep_s=0)).photos
    assert left == {OWNER: (digest,)}


@only_real  # what is in memory dies with its process
async def test_a_tidying_that_was_killed_goes_on_after_a_restart(
    services: Services, dataset: Dataset, storage: Storage, compute: Compute, home: Path
) -> None:
    await fit(services, dataset)
    digest = (await remove_one(services, storage, dataset)).photo.sha256
    await storage.files.tidy(keep_s=0)  # and the process ends before it forgets
    await storage.close()

    reopened = await Storage.open(home)
    try:
        await Housekeeping(
            reopened.files, reopened.jobs, reopened.suggestions, compute.reading
        ).tidy()
        assert digest not in features_of(await reopened.files.cache(OWNER))
        assert (await reopened.files.tidy(keep_s=0)).photos == {}
    finally:
        await reopened.close()


async def test_a_deletion_is_no_failure_because_the_tidying_after_it_fails(
    services: Services,
    dataset: Dataset,
    storage: Ports,
    compute: Compute,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = replace(compute, reading=Unforgetting(compute, failures=1))  # type: ignore[arg-type]
    models = services.models
    others = Services(
        storage, failing, 1.0, models.baseline, (await models.stored(models.baseline)).path
    )
    with caplog.at_level(logging.ERROR):
        assert await others.datasets.delete(OWNER, dataset.id) == dataset
    assert "until the next tidying" in caplog.text
    assert await services.datasets.list(OWNER) == ()
