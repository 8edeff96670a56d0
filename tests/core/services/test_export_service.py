"""Datasets written out by a job, a part at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.entities import Dataset, JobState
from core.errors import AlreadyRunning, JobCancelled
from core.ports import StoragePorts as Ports
from core.services.services import Services
from tests.core.services.steps import CHAT, OWNER, add, examples_of, upload


async def test_the_parts_add_up_to_the_dataset_again(
    services: Services, storage: Ports, dataset: Dataset, tmp_path: Path
) -> None:
    await services.examples.rename_class(OWNER, dataset.id, "pear", "a/b")
    await services.examples.set_test(OWNER, dataset.id, [1, 2, 12], is_test=True)
    kept: list[Path] = []

    async def send(part: Path, number: int) -> None:
        assert len(list(part.parent.glob("*.zip"))) == 1, "one is on the disk at a time"
        kept.append(Path(shutil.copy(part, tmp_path / f"{number}.zip")))

    current = await services.datasets.get(OWNER, dataset.id)
    running = await services.exports.export(current, CHAT, 20_000, send)
    assert await running.result() == len(kept) > 1
    job = await storage.jobs.get(OWNER, running.job.id)
    assert job
    assert job.state is JobState.DONE

    again = await upload(services, kept[0], "again")
    for part in kept[1:]:
        again = await add(services, again, part)
    assert again.classes == current.classes
    assert again.training_classes == current.training_classes
    photos = {one.photo.sha256 for one in (await examples_of(storage, again)).values()}
    assert photos == {one.photo.sha256 for one in (await examples_of(storage, current)).values()}


async def test_an_export_is_one_at_a_time_and_can_be_cancelled(
    services: Services, dataset: Dataset
) -> None:
    async def send(part: Path, number: int) -> None:
        with pytest.raises(AlreadyRunning):
            await services.exports.export(dataset, CHAT, 10**9, send)
        stopping = services.jobs.cancel(OWNER)
        await stopping

    running = await services.exports.export(dataset, CHAT, 10**9, send)
    with pytest.raises(JobCancelled):
        await running.result()
