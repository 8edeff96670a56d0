"""Examples that move from one dataset to another, and back."""

from __future__ import annotations

import pytest

from core.entities import Dataset, EditKind, JobKind
from core.errors import (
    AlreadyRunning,
    DatasetNotFound,
    NothingToChange,
    NothingToUndo,
)
from storage import Storage
from tests.storage.edits import (
    EDITS,
    OWNER,
    all_examples,
    labels,
    numbers,
)
from tests.storage.factories import (
    examples_of,
    make_dataset,
    make_example,
    store,
)


@pytest.fixture
async def other(storage: Storage, dataset: Dataset) -> Dataset:
    return await store(storage, OWNER, "other", [make_example(9, "melon")])


@pytest.fixture
async def third(storage: Storage, other: Dataset) -> Dataset:
    return await store(storage, OWNER, "third", [make_example(8, "kiwi")])


async def test_moved_examples_keep_their_ids_and_come_last(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int]
) -> None:
    moved = await storage.examples.move(OWNER, dataset.id, ids[2:], other.id)

    assert (moved.id, moved.version) == (other.id, 2)
    assert dict(moved.classes) == {"melon": 1, "груша": 2}
    assert (await storage.datasets.get(OWNER, dataset.id)).version == 2
    assert await numbers(storage, dataset) == ids[:2]
    assert (await numbers(storage, other))[1:] == ids[2:]
    for one in (dataset, other):
        newest = (await storage.examples.history(OWNER, one.id))[0]
        assert (newest.number, newest.kind, newest.changed) == (2, EditKind.MOVE, 2)


@pytest.mark.parametrize("side", [0, 1])
async def test_a_move_is_taken_back_in_both_datasets_from_either(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int], side: int
) -> None:
    before = await all_examples(storage, dataset, other)
    await storage.examples.move(OWNER, dataset.id, ids[:3], other.id)

    await storage.examples.undo(OWNER, (dataset, other)[side].id)

    assert await all_examples(storage, dataset, other) == before
    for one in (dataset, other):
        assert (await storage.datasets.get(OWNER, one.id)).version == 3
        assert (await storage.examples.history(OWNER, one.id))[0].changed == 3
        with pytest.raises(NothingToUndo):
            await storage.examples.undo(OWNER, one.id)


@pytest.mark.parametrize("kind", EDITS)
async def test_a_move_is_taken_back_whatever_the_other_dataset_did_since(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int], kind: EditKind
) -> None:
    before = await examples_of(storage, dataset)
    (melon,) = await examples_of(storage, other)
    await storage.examples.move(OWNER, dataset.id, ids[:1], other.id)
    await EDITS[kind](storage, other, [ids[0], melon.id])

    await storage.examples.undo(OWNER, dataset.id)

    assert await examples_of(storage, dataset) == before
    await storage.examples.undo(OWNER, other.id)  # what remains of the edit: the melon
    assert await examples_of(storage, other) == (melon,)
    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, other.id)


@pytest.mark.parametrize("kind", EDITS)
async def test_an_edit_of_moved_examples_alone_is_not_offered_once_they_are_back(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int], kind: EditKind
) -> None:
    await storage.examples.move(OWNER, dataset.id, ids[:1], other.id)
    await EDITS[kind](storage, other, ids[:1])
    await storage.examples.undo(OWNER, dataset.id)
    before = await all_examples(storage, dataset, other)

    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, other.id)

    assert await all_examples(storage, dataset, other) == before


async def test_an_example_that_was_moved_on_returns_from_where_it_is(
    storage: Storage, dataset: Dataset, other: Dataset, third: Dataset, ids: list[int]
) -> None:
    before = await all_examples(storage, dataset, other, third)
    await storage.examples.move(OWNER, dataset.id, ids[:1], other.id)
    await storage.examples.move(OWNER, other.id, ids[:1], third.id)

    await storage.examples.undo(OWNER, dataset.id)

    assert await all_examples(storage, dataset, other, third) == before
    newest = (await storage.examples.history(OWNER, third.id))[0]
    assert (newest.number, newest.kind, newest.changed) == (3, EditKind.UNDO, 1)
    for one in (dataset, other, third):
        with pytest.raises(NothingToUndo):
            await storage.examples.undo(OWNER, one.id)


async def test_moves_on_and_on_are_taken_back_in_turn(
    storage: Storage, dataset: Dataset, other: Dataset, third: Dataset, ids: list[int]
) -> None:
    before = await all_examples(storage, dataset, other, third)
    await storage.examples.move(OWNER, dataset.id, ids[:1], other.id)
    between = await all_examples(storage, dataset, other, third)
    await storage.examples.move(OWNER, other.id, ids[:1], third.id)

    await storage.examples.undo(OWNER, third.id)
    assert await all_examples(storage, dataset, other, third) == between
    await storage.examples.undo(OWNER, other.id)
    assert await all_examples(storage, dataset, other, third) == before


async def test_what_the_other_dataset_has_already_is_not_doubled_by_a_move(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    other = await store(
        storage, OWNER, "other", [make_example(0, "apple"), make_example(1, "kiwi")]
    )
    before = await all_examples(storage, dataset, other)

    moved = await storage.examples.move(OWNER, dataset.id, ids[:2], other.id)

    assert dict(moved.classes) == {"apple": 1, "kiwi": 1, "груша": 1}
    await storage.examples.undo(OWNER, other.id)
    assert await all_examples(storage, dataset, other) == before


@pytest.mark.parametrize("ids_", [(), (2**70,)])
async def test_no_move_without_examples_or_to_where_they_are(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int], ids_: tuple[int, ...]
) -> None:
    with pytest.raises(NothingToChange):
        await storage.examples.move(OWNER, dataset.id, ids_, other.id)
    with pytest.raises(NothingToChange):
        await storage.examples.move(OWNER, dataset.id, ids, dataset.id)

    assert await storage.datasets.list(OWNER) == (other, dataset)


async def test_a_move_into_a_strangers_dataset_is_one_into_none(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    theirs = await make_dataset(storage, owner_id=2)

    for target in (theirs.id, 999):
        with pytest.raises(DatasetNotFound):
            await storage.examples.move(OWNER, dataset.id, ids, target)

    assert await storage.datasets.get(OWNER, dataset.id) == dataset
    assert await storage.datasets.get(2, theirs.id) == theirs


async def test_a_move_out_of_a_deleted_dataset_is_not_taken_back(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int]
) -> None:
    await storage.examples.move(OWNER, dataset.id, ids, other.id)
    await storage.datasets.delete(OWNER, dataset.id)
    before = await examples_of(storage, other)

    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, other.id)

    assert await examples_of(storage, other) == before
    assert (await storage.files.tidy(0)).photos == {}


async def test_moved_examples_leave_with_the_dataset_that_they_are_in(
    storage: Storage, dataset: Dataset, other: Dataset, ids: list[int]
) -> None:
    await storage.examples.relabel(OWNER, dataset.id, ids[:3], "plum")
    await storage.examples.move(OWNER, dataset.id, ids[:2], other.id)
    await storage.datasets.delete(OWNER, other.id)

    tidied = await storage.files.tidy(3600)

    assert len(tidied.photos[OWNER]) == 3  # the melon, and those moved there
    await storage.examples.undo(OWNER, dataset.id)  # what remains of the relabelling
    assert await labels(storage, dataset) == ["груша", "груша"]
    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, dataset.id)


async def test_a_dataset_with_a_job_keeps_its_history(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    """What `delete` prepares is undone where it is refused."""
    await storage.examples.remove(OWNER, dataset.id, ids[:1])
    await storage.jobs.create(OWNER, JobKind.FIT, chat_id=10)
    with pytest.raises(AlreadyRunning):
        await storage.datasets.delete(OWNER, dataset.id)

    await storage.examples.undo(OWNER, dataset.id)

    assert await numbers(storage, dataset) == ids
