"""Datasets: their names, versions and records."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from core.entities import JobKind, JobState
from core.errors import AlreadyRunning, DatasetNotFound, JobCancelled, NameInvalid, NameTaken
from storage import Storage
from tests.storage.factories import (
    add,
    make_dataset,
    make_description,
    make_model,
    make_reading,
    store,
)


async def test_a_new_dataset_is_version_one_with_all_its_records(storage: Storage) -> None:
    before = datetime.now(UTC)

    dataset = await make_dataset(storage, images=5)

    assert (dataset.version, dataset.sheet) == (1, None)
    assert dataset.description == make_description(5)
    assert before <= dataset.created_at == dataset.updated_at <= datetime.now(UTC)
    assert await storage.datasets.get(1, dataset.id) == dataset
    assert await storage.datasets.records(1, dataset.id) == make_reading(5).records


async def test_adding_images_appends_records_and_makes_the_next_version(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=2)
    await storage.datasets.set_sheet(1, dataset.id, "5" * 64)

    grown = await add(storage, 1, dataset.id, make_reading(3, first=2, source="b" * 64))

    assert (grown.version, grown.description) == (2, make_description(5))
    assert grown.updated_at > dataset.updated_at == dataset.created_at
    assert grown.sheet is None
    records = await storage.datasets.records(1, dataset.id)
    assert [record.index for record in records] == [0, 1, 2, 3, 4]
    assert [record.source[0] for record in records] == ["a", "a", "b", "b", "b"]


async def test_a_job_adds_once(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=1)
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    more = make_reading(4, first=1)

    results = await asyncio.gather(
        *(storage.datasets.add(1, dataset.id, more, job.id) for _ in range(5)),
        return_exceptions=True,
    )

    assert sorted(type(r).__name__ for r in results) == ["Dataset"] + ["JobCancelled"] * 4
    assert (await storage.datasets.get(1, dataset.id)).version == 2
    assert len(await storage.datasets.records(1, dataset.id)) == 5


async def test_a_creation_cancelled_at_any_step_is_whole_with_its_job_or_absent(
    storage: Storage,
) -> None:
    await storage.users.get(1, "en")
    done = 0
    for steps in range(0, 100, 4):
        job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
        creation = storage.datasets.create(1, str(steps), make_reading(50), job.id)
        task = asyncio.create_task(creation)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await storage.jobs.end(job.id, JobState.CANCELLED)
        ended = await storage.jobs.get(1, job.id)
        done += ended is not None and ended.state is JobState.DONE

    datasets = await storage.datasets.list(1)
    assert len(datasets) == done
    for dataset in datasets:
        assert len(await storage.datasets.records(1, dataset.id)) == 50


async def test_what_is_stored_is_current_and_its_job_done(storage: Storage) -> None:
    older = await make_dataset(storage, name="older")
    newer = await make_dataset(storage, name="newer")
    assert (await storage.users.get(1, "en")).dataset_id == newer.id
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)

    await storage.datasets.add(1, older.id, make_reading(), job.id)

    assert (await storage.users.get(1, "en")).dataset_id == older.id
    assert await storage.jobs.running(1) == ()


async def test_a_job_that_was_cancelled_stores_nothing(storage: Storage) -> None:
    dataset = await make_dataset(storage)
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    await storage.jobs.end(job.id, JobState.CANCELLED)

    with pytest.raises(JobCancelled):
        await storage.datasets.create(1, "late", make_reading(), job.id)
    with pytest.raises(JobCancelled):
        await storage.datasets.add(1, dataset.id, make_reading(), job.id)

    assert await storage.datasets.list(1) == (dataset,)


async def test_datasets_are_listed_newest_first(storage: Storage) -> None:
    for name in ("one", "two", "three"):
        await make_dataset(storage, name=name)

    names = [dataset.name for dataset in await storage.datasets.list(1)]
    assert names == ["three", "two", "one"]


@pytest.mark.parametrize("again", ["Ёжик", "ёжик", " ЁЖИК ", "е\u0308жик"])
async def test_a_name_is_taken_whatever_its_case_or_form(storage: Storage, again: str) -> None:
    await make_dataset(storage, name="Ёжик")
    other = await make_dataset(storage, name="other")

    with pytest.raises(NameTaken):
        await store(storage, 1, again, make_reading())
    with pytest.raises(NameTaken):
        await storage.datasets.rename(1, other.id, again)

    assert {dataset.name for dataset in await storage.datasets.list(1)} == {"Ёжик", "other"}


@pytest.mark.parametrize(
    "name", ["", "  ", "two\nlines", "two\u2028lines", "a\0b", "\ud800", "x" * 65]
)
async def test_what_is_no_name_is_refused(storage: Storage, name: str) -> None:
    dataset = await make_dataset(storage)

    with pytest.raises(NameInvalid, match="1 to 64"):
        await store(storage, 1, name, make_reading())
    with pytest.raises(NameInvalid):
        await storage.datasets.rename(1, dataset.id, name)


@pytest.mark.parametrize("name", ["x" * 64, "грибы 🍄", "👩‍🌾 basket", "й" * 64])
async def test_what_is_a_name_is_kept_without_the_spaces_around_it(
    storage: Storage, name: str
) -> None:
    assert (await make_dataset(storage, name=f" {name} ")).name == name


async def test_a_dataset_may_change_the_case_of_its_own_name(storage: Storage) -> None:
    dataset = await make_dataset(storage, name="berries")

    assert (await storage.datasets.rename(1, dataset.id, "Berries")).name == "Berries"


async def test_the_last_sheet_is_kept(storage: Storage) -> None:
    dataset = await make_dataset(storage)

    await storage.datasets.set_sheet(1, dataset.id, "5" * 64)

    assert (await storage.datasets.get(1, dataset.id)).sheet == "5" * 64


async def test_a_deleted_dataset_leaves_its_models_and_nothing_else(storage: Storage) -> None:
    dataset = await make_dataset(storage)
    model = await make_model(storage)
    await storage.users.set_dataset(1, dataset.id)

    await storage.datasets.delete(1, dataset.id)

    with pytest.raises(DatasetNotFound):
        await storage.datasets.records(1, dataset.id)
    assert await storage.datasets.list(1) == ()
    assert await storage.models.list(1) == (model,)
    assert (await storage.users.get(1, "en")).dataset_id is None


@pytest.mark.parametrize(("deleted", "current"), [("one", "two"), ("two", "three")])
async def test_deleting_changes_the_current_dataset_only_if_it_was_that_one(
    storage: Storage, deleted: str, current: str
) -> None:
    ids = {name: (await make_dataset(storage, name=name)).id for name in ("one", "two", "three")}
    await storage.users.set_dataset(1, ids["two"])

    await storage.datasets.delete(1, ids[deleted])

    assert (await storage.users.get(1, "en")).dataset_id == ids[current]


@pytest.mark.parametrize("kind", JobKind)
async def test_a_dataset_is_not_deleted_under_a_job(storage: Storage, kind: JobKind) -> None:
    dataset = await make_dataset(storage)
    job = await storage.jobs.create(1, kind, chat_id=10)

    with pytest.raises(AlreadyRunning, match=kind):
        await storage.datasets.delete(1, dataset.id)

    assert await storage.datasets.list(1) == (dataset,)
    await storage.jobs.end(job.id, JobState.CANCELLED)
    await storage.datasets.delete(1, dataset.id)


async def test_a_number_is_never_given_twice(storage: Storage) -> None:
    first = await make_dataset(storage)
    await storage.datasets.delete(1, first.id)

    assert (await make_dataset(storage)).id > first.id
