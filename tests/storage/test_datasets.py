"""Datasets: their names and versions, and readings that become their photos and examples."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.entities import Dataset, EditKind, ExampleOrigin, JobKind, JobState
from core.errors import AlreadyRunning, DatasetNotFound, JobCancelled, NameInvalid, NameTaken
from storage import Storage
from tests.storage.factories import (
    NOTES,
    SKIPPED,
    add,
    digest_of,
    examples_of,
    make_bytes,
    make_dataset,
    make_example,
    make_examples,
    make_model,
    make_photo,
    make_reading,
    photos_of,
    store,
)


async def test_a_new_dataset_is_version_one_with_all_its_examples(storage: Storage) -> None:
    before = datetime.now(UTC)

    dataset = await make_dataset(storage, images=5)

    assert (dataset.version, dataset.sheet, dataset.test_images) == (1, None, 0)
    assert dataset.classes == {"apple": 1, "груша": 4}
    assert list(dataset.classes) == ["apple", "груша"]
    assert before <= dataset.created_at <= dataset.updated_at <= datetime.now(UTC)
    assert await storage.datasets.get(1, dataset.id) == dataset
    assert await plain_examples(storage, dataset) == make_examples(5)
    assert await storage.datasets.last_reading(1, dataset.id) == (SKIPPED, NOTES, 0.25)


async def plain_examples(storage: Storage, dataset: Dataset) -> list[object]:
    """The examples as they were found: without what storing gave them."""
    found = await examples_of(storage, dataset)
    assert all(example.id and example.added_in for example in found)
    return [replace(example, id=0, added_in=0) for example in found]


async def test_the_bytes_of_its_photos_are_in_its_owners_folder(storage: Storage) -> None:
    await make_dataset(storage, images=5)

    photos = await photos_of(storage)
    assert [photos.read(digest_of(n)) for n in range(5)] == [make_bytes(n) for n in range(5)]
    assert [path.suffix for path in (await storage.files.cache(1)).path.iterdir()] == [".zip"]


async def test_adding_images_appends_examples_and_makes_the_next_version(storage: Storage) -> None:
    dataset = await make_dataset(storage, images=2)
    await storage.datasets.set_sheet(1, dataset.id, "5" * 64)

    grown = await add(storage, 1, dataset.id, make_examples(3, first=2))

    assert (grown.version, grown.images, grown.sheet) == (2, 5, None)
    assert grown.updated_at > dataset.updated_at
    assert grown.created_at == dataset.created_at
    assert await plain_examples(storage, dataset) == make_examples(5)
    added_in = [example.added_in for example in await examples_of(storage, dataset)]
    assert added_in == [1, 1, 2, 2, 2]
    edits = await storage.examples.history(1, dataset.id)
    assert [(edit.number, edit.kind, edit.by_id, edit.changed) for edit in edits] == [
        (2, EditKind.ADD, 1, 3),
        (1, EditKind.ADD, 1, 2),
    ]


ODD_NAMES = [
    'a "quoted" name.jpg',
    "two\nlines.jpg",
    "tab\tand\\backslash.jpg",
    "жёлтый 🍋/1.jpg",
    "\u2028 and \x7f.jpg",
    "null\0byte.jpg",
    "[1, 2].jpg",
    "'); DROP TABLE examples; --",
    "broken \ud800 half".encode("utf-8", "replace").decode(),
    "x" * 5000,
    " ",
]


@pytest.mark.parametrize("odd", ODD_NAMES)
async def test_odd_names_and_labels_come_back_as_they_were(storage: Storage, odd: str) -> None:
    examples = [make_example(1, label=odd, name=odd), make_example(2, name=f"{odd}{odd}")]

    dataset = await store(storage, 1, "odd", examples)

    assert await plain_examples(storage, dataset) == examples
    assert dataset.classes == {odd: 1, "груша": 1}
    found = await storage.examples.find(
        1, dataset.id, [e.id for e in await examples_of(storage, dataset)]
    )
    assert found == await examples_of(storage, dataset)


async def test_every_field_of_a_photo_comes_back_as_it_was(storage: Storage) -> None:
    """Levels to 15 digits, as the database writes them."""
    photo = make_photo(
        7,
        bytes=2**40,
        width=1,
        height=99_999,
        mean=(0.0, 255.0, 127.123456789),
        std=(1e-9, 1 / 3, 99.99),
    )
    examples = [
        make_example(7, photo=photo, is_test=True),
        make_example(8, photo=make_photo(8, colours=""), origin=ExampleOrigin.HAND),
    ]

    dataset = await store(storage, 1, "exact", examples)

    (first, second) = await examples_of(storage, dataset)
    assert first.photo == replace(photo, std=pytest.approx(photo.std, rel=1e-14))
    assert (first.is_test, first.origin) == (True, ExampleOrigin.ARCHIVE)
    assert (second.photo, second.origin) == (examples[1].photo, ExampleOrigin.HAND)
    assert (dataset.test_images, dataset.images) == (1, 2)


async def test_one_photo_may_be_in_two_classes_and_twice_in_one(storage: Storage) -> None:
    examples = [make_example(1, "apple"), make_example(1, "pear"), make_example(1, "apple")]

    dataset = await store(storage, 1, "doubled", examples)

    assert dataset.classes == {"apple": 2, "pear": 1}


async def test_a_job_adds_once(storage: Storage, tmp_path: Path) -> None:
    dataset = await make_dataset(storage, images=1)
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    more = [make_reading(tmp_path / str(n), make_examples(4, first=1)) for n in range(5)]

    results = await asyncio.gather(
        *(storage.datasets.add(1, dataset.id, reading, job.id) for reading in more),
        return_exceptions=True,
    )

    assert sorted(type(r).__name__ for r in results) == ["Dataset"] + ["JobCancelled"] * 4
    assert (await storage.datasets.get(1, dataset.id)).version == 2
    assert len(await examples_of(storage, dataset)) == 5


async def test_a_creation_cancelled_at_any_step_is_whole_with_its_job_or_absent(
    storage: Storage,
) -> None:
    await storage.users.get(1, "en")
    done = 0
    for steps in range(0, 120, 4):
        job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
        async with storage.files.scratch() as folder:
            reading = make_reading(folder, make_examples(50))
            creation = storage.datasets.create(1, str(steps), reading, job.id)
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
        assert len(await examples_of(storage, dataset)) == dataset.images == 50


async def test_what_is_stored_is_current_and_its_job_done(storage: Storage) -> None:
    older = await make_dataset(storage, name="older")
    newer = await make_dataset(storage, name="newer")
    assert (await storage.users.get(1, "en")).dataset_id == newer.id

    await add(storage, 1, older.id, make_examples(2, first=9))

    assert (await storage.users.get(1, "en")).dataset_id == older.id
    assert await storage.jobs.running(1) == ()


async def test_a_job_that_was_cancelled_stores_nothing(storage: Storage, tmp_path: Path) -> None:
    dataset = await make_dataset(storage)
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    await storage.jobs.end(job.id, JobState.CANCELLED)
    reading = make_reading(tmp_path, make_examples(3, first=5))

    with pytest.raises(JobCancelled):
        await storage.datasets.create(1, "late", reading, job.id)
    with pytest.raises(JobCancelled):
        await storage.datasets.add(1, dataset.id, reading, job.id)

    assert await storage.datasets.list(1) == (dataset,)
    assert len(await examples_of(storage, dataset)) == 3


async def test_a_job_of_somebody_elses_stores_nothing(storage: Storage, tmp_path: Path) -> None:
    await storage.users.get(1, "en")
    await storage.users.get(2, "en")
    job = await storage.jobs.create(2, JobKind.UPLOAD, chat_id=10)

    with pytest.raises(JobCancelled):
        await storage.datasets.create(1, "stolen", make_reading(tmp_path, make_examples()), job.id)

    assert await storage.jobs.running(2) == (job,)


async def test_a_reading_goes_to_another_name_where_the_first_is_taken(
    storage: Storage, tmp_path: Path
) -> None:
    """As the services do: the photos were moved by the first try."""
    await make_dataset(storage, name="berries")
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    reading = make_reading(tmp_path, make_examples(3, first=5))

    with pytest.raises(NameTaken):
        await storage.datasets.create(1, "berries", reading, job.id)
    await storage.files.tidy(0)
    dataset = await storage.datasets.create(1, "berries 2", reading, job.id)

    photos = await photos_of(storage)
    for example in await examples_of(storage, dataset):
        photos.read(example.photo.sha256)


async def test_what_changed_since_the_archive_was_read_is_not_doubled_or_undone(
    storage: Storage,
) -> None:
    """The reading compared its photos with a listing that was written before."""
    dataset = await make_dataset(storage, images=3)
    examples = await examples_of(storage, dataset)
    await storage.examples.relabel(1, dataset.id, [examples[2].id], "plum")

    grown = await add(storage, 1, dataset.id, make_examples(4))

    assert grown.classes == {"apple": 1, "plum": 1, "груша": 2}
    assert (await storage.examples.history(1, dataset.id))[0].changed == 1


async def test_two_datasets_of_an_owner_share_a_photo(storage: Storage) -> None:
    first = await make_dataset(storage, name="first", images=3)
    second = await store(storage, 1, "second", [make_example(2, "melon"), make_example(3, "melon")])

    (shared, _) = await examples_of(storage, second)

    assert shared.photo == (await examples_of(storage, first))[2].photo
    assert shared.label == "melon"


async def test_colours_that_version_010_did_not_find_are_added(storage: Storage) -> None:
    old = await store(storage, 1, "old", [make_example(1, photo=make_photo(1, colours=""))])

    await store(storage, 1, "new", [make_example(1)])

    (example,) = await examples_of(storage, old)
    assert example.photo == make_photo(1)


# Groups of near duplicates -----------------------------------------------------------------------


async def twins_of(storage: Storage, dataset: Dataset) -> list[str]:
    return [example.photo.twins for example in await examples_of(storage, dataset)]


def grouped(*groups: tuple[int, str]) -> list:
    """Examples of photos: number, and the name of the group."""
    return [make_example(number, photo=make_photo(number, twins=name)) for number, name in groups]


async def test_photos_of_the_dataset_get_the_names_that_an_upload_found(storage: Storage) -> None:
    dataset = await store(storage, 1, "old", grouped((1, ""), (2, ""), (3, "")))

    await add(storage, 1, dataset.id, grouped((4, "b")), {digest_of(1): "a", digest_of(2): "b"})

    assert await twins_of(storage, dataset) == ["a", "b", "", "b"]


async def test_groups_that_are_found_to_be_one_get_one_name_in_every_dataset(
    storage: Storage,
) -> None:
    first = await store(storage, 1, "first", grouped((1, "a"), (2, "a"), (3, "c")))

    second = await store(storage, 1, "second", grouped((2, "b"), (4, "b")))

    assert len({*(await twins_of(storage, first))[:2], *await twins_of(storage, second)}) == 1
    assert (await twins_of(storage, first))[2] == "c"


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
async def test_a_chain_of_renamed_groups_is_one_group(
    storage: Storage, order: tuple[int, ...]
) -> None:
    """p is q, and q is r: in whichever order they are found."""
    old = await store(storage, 1, "old", grouped((1, "p"), (2, "q"), (3, "r"), (9, "z")))
    found = grouped((1, "q"), (2, "r"), (5, "q"), (6, "r"))

    new = await store(storage, 1, "new", [found[index] for index in order])

    *chained, alone = await twins_of(storage, old)
    assert len({*chained, *await twins_of(storage, new)}) == 1
    assert alone == "z"


async def test_groups_of_another_owner_stay_as_they_are(storage: Storage) -> None:
    theirs = await store(storage, 2, "theirs", grouped((1, "a"), (2, "a")))

    await store(storage, 1, "mine", grouped((1, "b"), (3, "b")))

    assert await twins_of(storage, theirs) == ["a", "a"]


# Names, the current one, deleting ----------------------------------------------------------------


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
        await store(storage, 1, again, make_examples())
    with pytest.raises(NameTaken):
        await storage.datasets.rename(1, other.id, again)

    assert {dataset.name for dataset in await storage.datasets.list(1)} == {"Ёжик", "other"}


@pytest.mark.parametrize(
    "name", ["", "  ", "two\nlines", "two\u2028lines", "a\0b", "\ud800", "x" * 65]
)
async def test_what_is_no_name_is_refused(storage: Storage, name: str) -> None:
    dataset = await make_dataset(storage)

    with pytest.raises(NameInvalid, match="1 to 64"):
        await store(storage, 1, name, make_examples())
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


async def test_a_deleted_dataset_leaves_its_models_and_nothing_else(
    storage: Storage, tmp_path: Path
) -> None:
    dataset = await make_dataset(storage)
    model = await make_model(storage)
    await storage.users.set_dataset(1, dataset.id)

    await storage.datasets.delete(1, dataset.id)

    with pytest.raises(DatasetNotFound):
        await storage.datasets.write_listing(1, dataset.id, tmp_path / "listing")
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
