"""The contract of the storage ports: datasets and the readings that they are made of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from core.entities import ExampleOrigin, JobKind, JobState
from core.errors import (
    AlreadyRunning,
    JobCancelled,
    LabelInvalid,
    NameInvalid,
    NameTaken,
)
from core.photos.store import PhotoStore
from tests.cards import make_fitted
from tests.memory.readings import NOTES, SKIPPED, content_of, digest_of, make_photo, make_reading
from tests.memory.steps import CHAT, FRUITS, OWNER, STRANGER, Ports, Steps


async def test_a_dataset_has_the_photos_and_examples_of_its_reading(
    ports: Ports, steps: Steps
) -> None:
    before = datetime.now(UTC)
    dataset = await steps.create(photos=FRUITS, test=[1])
    assert (dataset.version, dataset.sheet) == (1, None)
    assert dataset.classes == {"apple": 2, "груша": 1}
    assert list(dataset.classes) == ["apple", "груша"]
    assert (dataset.images, dataset.test_images) == (3, 1)
    assert before <= dataset.created_at <= dataset.updated_at <= datetime.now(UTC)
    assert await ports.datasets.get(OWNER, dataset.id) == dataset
    examples = await steps.examples(dataset)
    assert [one.photo for one in examples] == [make_photo(number) for number in FRUITS]
    assert [one.label for one in examples] == list(FRUITS.values())
    assert [one.is_test for one in examples] == [False, True, False]
    assert {(one.added_in, one.origin) for one in examples} == {(1, ExampleOrigin.ARCHIVE)}
    photos = await ports.files.photos(OWNER)
    assert PhotoStore(photos.path, photos.key).read(digest_of(0)) == content_of(0)
    assert await ports.datasets.last_reading(OWNER, dataset.id) == (SKIPPED, NOTES, 0.25)


async def test_an_addition_is_the_next_version(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.datasets.set_sheet(OWNER, dataset.id, "5" * 64)
    grown = await steps.add(dataset, {3: "apple", 4: "plum"})
    assert (grown.version, grown.sheet) == (2, None)
    assert grown.classes == {"apple": 3, "plum": 1, "груша": 1}
    assert grown.updated_at > grown.created_at == dataset.created_at
    assert [one.added_in for one in await steps.examples(dataset)] == [1, 1, 1, 2, 2]


async def test_what_is_stored_is_current_and_its_job_done(ports: Ports, steps: Steps) -> None:
    older, newer = await steps.create("older"), await steps.create("newer")
    assert (await ports.users.get(OWNER, "en")).dataset_id == newer.id
    await steps.add(older, {7: "apple"})
    assert (await ports.users.get(OWNER, "en")).dataset_id == older.id
    assert await ports.jobs.running(OWNER) == ()


async def test_a_job_that_has_ended_stores_nothing(
    ports: Ports, steps: Steps, tmp_path: Any
) -> None:
    dataset = await steps.create()
    upload = await ports.jobs.create(OWNER, JobKind.UPLOAD, CHAT)
    fit = await ports.jobs.create(OWNER, JobKind.FIT, CHAT)
    for job in (upload, fit):
        await ports.jobs.end(job.id, JobState.CANCELLED)
    reading = make_reading(tmp_path, {9: "plum"})
    for call in (
        ports.datasets.create(OWNER, "late", reading, upload.id),
        ports.datasets.add(OWNER, dataset.id, reading, upload.id),
        ports.models.create(OWNER, "late", "f" * 64, make_fitted(), dataset.id, fit.id),
    ):
        with pytest.raises(JobCancelled):
            await call
    assert await ports.datasets.list(OWNER) == (dataset,)
    assert await ports.models.list(OWNER) == ()


async def test_a_job_of_somebody_else_stores_nothing(ports: Ports, tmp_path: Any) -> None:
    job = await ports.jobs.create(STRANGER, JobKind.UPLOAD, CHAT)
    with pytest.raises(JobCancelled):
        await ports.datasets.create(OWNER, "x", make_reading(tmp_path, FRUITS), job.id)
    assert await ports.jobs.running(STRANGER) == (job,)


async def test_a_refused_name_leaves_the_job_unended(
    ports: Ports, steps: Steps, tmp_path: Any
) -> None:
    await steps.create("fruits")
    job = await ports.jobs.create(OWNER, JobKind.UPLOAD, CHAT)
    with pytest.raises(NameTaken):
        await ports.datasets.create(OWNER, "FRUITS", make_reading(tmp_path, FRUITS), job.id)
    assert await ports.jobs.running(OWNER) == (job,)


async def test_a_job_stores_once(ports: Ports, tmp_path: Any) -> None:
    job = await ports.jobs.create(OWNER, JobKind.UPLOAD, CHAT)
    readings = [make_reading(tmp_path, FRUITS) for _ in range(5)]
    calls = [
        ports.datasets.create(OWNER, str(number), reading, job.id)
        for number, reading in enumerate(readings)
    ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Dataset"] + ["JobCancelled"] * 4
    assert len(await ports.datasets.list(OWNER)) == 1


@pytest.mark.parametrize("again", ["Ёжик", "ёжик", " ЁЖИК ", "е\u0308жик"])
async def test_a_name_is_taken_whatever_its_case_or_form(
    ports: Ports, steps: Steps, again: str
) -> None:
    first, other = await steps.create("Ёжик"), await steps.create("other")
    await steps.make_model("Ёжик")
    with pytest.raises(NameTaken):
        await steps.create(again)
    with pytest.raises(NameTaken):
        await ports.datasets.rename(OWNER, other.id, again)
    with pytest.raises(NameTaken):
        await steps.make_model(again)
    renamed = await ports.datasets.rename(OWNER, first.id, " ёжик ")
    assert (renamed.name, renamed.version) == ("ёжик", 1)
    await steps.create(again, owner_id=STRANGER)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "a\0b", "x" * 65])
async def test_what_is_no_name_is_refused(ports: Ports, steps: Steps, name: str) -> None:
    dataset = await steps.create()
    for call in (
        steps.create(name),
        ports.datasets.rename(OWNER, dataset.id, name),
        steps.make_model(name),
    ):
        with pytest.raises(NameInvalid):
            await call
    with pytest.raises(LabelInvalid):
        await ports.examples.rename_class(OWNER, dataset.id, "apple", name)
    with pytest.raises(LabelInvalid):
        await ports.examples.relabel(OWNER, dataset.id, [1], name)


async def test_rows_are_listed_newest_first_and_numbers_never_given_twice(
    ports: Ports, steps: Steps
) -> None:
    for name in ("one", "two", "three"):
        await steps.create(name)
        await steps.make_model(name)
    datasets, models = await ports.datasets.list(OWNER), await ports.models.list(OWNER)
    assert [one.name for one in datasets] == ["three", "two", "one"]
    assert [one.name for one in models] == ["three", "two", "one"]
    await ports.datasets.delete(OWNER, datasets[0].id)
    await ports.models.delete(OWNER, models[0].id)
    assert (await steps.create("three")).id > datasets[0].id
    assert (await steps.make_model("three")).id > models[0].id


@pytest.mark.parametrize(("deleted", "current"), [("one", "two"), ("two", "three")])
async def test_deleting_changes_the_current_dataset_only_if_it_was_that_one(
    ports: Ports, steps: Steps, deleted: str, current: str
) -> None:
    ids = {name: (await steps.create(name)).id for name in ("one", "two", "three")}
    await ports.users.set_dataset(OWNER, ids["two"])
    await ports.datasets.delete(OWNER, ids[deleted])
    assert (await ports.users.get(OWNER, "en")).dataset_id == ids[current]


@pytest.mark.parametrize("kind", JobKind)
async def test_a_dataset_is_not_deleted_under_a_job(
    ports: Ports, steps: Steps, kind: JobKind
) -> None:
    dataset = await steps.create()
    job = await ports.jobs.create(OWNER, kind, CHAT)
    with pytest.raises(AlreadyRunning, match=kind):
        await ports.datasets.delete(OWNER, dataset.id)
    await ports.jobs.end(job.id, JobState.CANCELLED)
    await ports.datasets.delete(OWNER, dataset.id)
    assert await ports.datasets.list(OWNER) == ()
    assert (await ports.users.get(OWNER, "en")).dataset_id is None


async def test_near_duplicates_are_named_by_one_photo_in_all_datasets(
    ports: Ports, steps: Steps
) -> None:
    """A reading that joins two groups renames the one, also where another dataset has it."""
    one, other = await steps.create("one", {0: "apple"}), await steps.create("other", {1: "apple"})
    await steps.create(owner_id=STRANGER)
    await steps.add(one, {2: "apple"}, regrouped={1: 0})
    assert [one.photo.twins for one in await steps.examples(other)] == [digest_of(0)]
    (theirs,) = await ports.datasets.list(STRANGER)
    assert [one.photo for one in await steps.examples(theirs)] == [make_photo(n) for n in FRUITS]


async def test_a_photo_that_is_known_keeps_what_was_found_first(steps: Steps) -> None:
    await steps.create("one", {0: "apple"})
    second = await steps.create("two", {0: "plum"})
    (example,) = await steps.examples(second)
    assert (example.photo, example.label) == (make_photo(0), "plum")
    assert await steps.photos() == {digest_of(0)}
