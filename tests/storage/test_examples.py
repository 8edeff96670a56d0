"""Edits of single examples: each is a version, and each can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from core.entities import Dataset, EditKind, Example, ExampleOrigin, JobKind
from core.errors import (
    AlreadyRunning,
    DatasetNotFound,
    LabelInvalid,
    NothingToChange,
    NothingToUndo,
)
from storage import Storage
from tests.storage.factories import (
    add,
    examples_of,
    make_dataset,
    make_example,
    make_examples,
    store,
)

OWNER = 1
Edit = Callable[[Storage, Dataset, Sequence[int]], Awaitable[Dataset]]


async def relabel(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.relabel(OWNER, dataset.id, ids, "plum")


async def remove(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.remove(OWNER, dataset.id, ids)


async def set_test(storage: Storage, dataset: Dataset, ids: Sequence[int]) -> Dataset:
    return await storage.examples.set_test(OWNER, dataset.id, ids, is_test=True)


EDITS: dict[EditKind, Edit] = {
    EditKind.RELABEL: relabel,
    EditKind.REMOVE: remove,
    EditKind.SET_TEST: set_test,
}


@pytest.fixture
async def dataset(storage: Storage) -> Dataset:
    """An apple and three pears."""
    return await make_dataset(storage, images=4)


@pytest.fixture
async def ids(storage: Storage, dataset: Dataset) -> list[int]:
    return [example.id for example in await examples_of(storage, dataset)]


async def labels(storage: Storage, dataset: Dataset) -> list[str]:
    return [example.label for example in await examples_of(storage, dataset)]


# What each edit does -----------------------------------------------------------------------------


async def test_examples_are_found_by_their_ids(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    all_of_them = await examples_of(storage, dataset)
    other = await store(storage, OWNER, "other", [make_example(9)])
    (foreign,) = [example.id for example in await examples_of(storage, other)]

    found = await storage.examples.find(OWNER, dataset.id, [ids[2], foreign, ids[0], 2**70, -1])

    assert found == (all_of_them[0], all_of_them[2])
    assert await storage.examples.find(OWNER, dataset.id, ()) == ()


async def test_a_relabelled_example_has_its_class_from_a_hand(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    changed = await storage.examples.relabel(OWNER, dataset.id, ids[:2], " plum ")

    assert (changed.version, dict(changed.classes)) == (2, {"plum": 2, "груша": 2})
    examples = await examples_of(storage, dataset)
    assert [example.origin for example in examples] == ["hand", "hand", "archive", "archive"]
    assert [example.id for example in examples] == ids
    assert [example.added_in for example in examples] == [1, 1, 1, 1]


async def test_of_two_classes_of_a_photo_the_one_given_last_wins(storage: Storage) -> None:
    doubled = [make_example(1, "apple"), make_example(1, "pear"), make_example(2, "pear")]
    dataset = await store(storage, OWNER, "doubled", doubled)
    _, pear, _ = await examples_of(storage, dataset)

    await storage.examples.relabel(OWNER, dataset.id, [pear.id], "plum")

    assert await labels(storage, dataset) == ["plum", "plum", "pear"]
    await storage.examples.undo(OWNER, dataset.id)
    assert await labels(storage, dataset) == ["apple", "pear", "pear"]


@pytest.mark.parametrize("label", ["", "  ", "two\nlines", "x" * 65, "\ud800", "a\0b"])
async def test_what_is_no_label_is_refused(
    storage: Storage, dataset: Dataset, ids: list[int], label: str
) -> None:
    with pytest.raises(LabelInvalid):
        await storage.examples.relabel(OWNER, dataset.id, ids, label)
    with pytest.raises(LabelInvalid):
        await storage.examples.rename_class(OWNER, dataset.id, "apple", label)

    assert await storage.datasets.get(OWNER, dataset.id) == dataset


async def test_removed_examples_are_gone_and_the_rest_stays(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    changed = await storage.examples.remove(OWNER, dataset.id, ids[1:3])

    assert (changed.version, changed.images) == (2, 2)
    assert [example.id for example in await examples_of(storage, dataset)] == [ids[0], ids[3]]


async def test_examples_go_to_the_test_set_and_back(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    examples = storage.examples
    some = await examples.set_test(OWNER, dataset.id, ids[:1], is_test=True)
    every = await examples.set_test(OWNER, dataset.id, None, is_test=True)
    back = await examples.set_test(OWNER, dataset.id, ids[2:], is_test=False)

    assert [d.test_images for d in (some, every, back)] == [1, 4, 2]
    assert [d.images for d in (some, every, back)] == [4, 4, 4]
    assert [e.changed for e in await examples.history(OWNER, dataset.id)] == [2, 3, 1, 4]
    assert {e.origin for e in await examples_of(storage, dataset)} == {ExampleOrigin.ARCHIVE}


async def test_a_class_is_renamed_or_merged_and_both_are_taken_back(
    storage: Storage, dataset: Dataset
) -> None:
    renamed = await storage.examples.rename_class(OWNER, dataset.id, "apple", "Apfel")
    merged = await storage.examples.rename_class(OWNER, dataset.id, "груша", "Apfel")

    assert dict(renamed.classes) == {"Apfel": 1, "груша": 3}
    assert dict(merged.classes) == {"Apfel": 4}
    once = await storage.examples.undo(OWNER, dataset.id)
    twice = await storage.examples.undo(OWNER, dataset.id)
    assert (once.classes, twice.classes) == (renamed.classes, dataset.classes)
    assert {e.origin for e in await examples_of(storage, dataset)} == {ExampleOrigin.ARCHIVE}


@pytest.mark.parametrize("kind", EDITS)
async def test_an_edit_is_on_record_and_the_sheet_forgotten(
    storage: Storage, dataset: Dataset, ids: list[int], kind: EditKind
) -> None:
    await storage.datasets.set_sheet(OWNER, dataset.id, "5" * 64)

    changed = await EDITS[kind](storage, dataset, ids[:2])

    assert (changed.version, changed.sheet) == (2, None)
    assert changed.updated_at > dataset.updated_at
    edit, _ = await storage.examples.history(OWNER, dataset.id)
    assert (edit.dataset_id, edit.number, edit.kind) == (dataset.id, 2, kind)
    assert (edit.by_id, edit.changed, edit.at) == (OWNER, 2, changed.updated_at)


@pytest.mark.parametrize("kind", EDITS)
async def test_what_would_change_nothing_is_no_edit(
    storage: Storage, dataset: Dataset, ids: list[int], kind: EditKind
) -> None:
    edit = EDITS[kind]
    await edit(storage, dataset, ids)
    before = await storage.datasets.get(OWNER, dataset.id)
    other = await store(storage, OWNER, "other", [make_example(9)])
    foreign = [example.id for example in await examples_of(storage, other)]

    for nothing in (ids, (), (2**70, -1, 0), foreign):
        with pytest.raises(NothingToChange):
            await edit(storage, dataset, nothing)

    assert await storage.datasets.get(OWNER, dataset.id) == before
    assert len(await storage.examples.history(OWNER, dataset.id)) == 2
    assert len(await examples_of(storage, other)) == 1


async def test_a_class_that_is_not_there_or_keeps_its_name_is_no_edit(
    storage: Storage, dataset: Dataset
) -> None:
    for old, new in (("melon", "plum"), ("apple", "apple"), ("apple", " apple ")):
        with pytest.raises(NothingToChange):
            await storage.examples.rename_class(OWNER, dataset.id, old, new)

    assert await storage.datasets.get(OWNER, dataset.id) == dataset


async def test_edits_side_by_side_each_make_a_version(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    await asyncio.gather(
        *(storage.examples.relabel(OWNER, dataset.id, [id_], f"class {id_}") for id_ in ids)
    )

    numbers = [edit.number for edit in await storage.examples.history(OWNER, dataset.id)]
    assert numbers == [5, 4, 3, 2, 1]
    assert await labels(storage, dataset) == [f"class {id_}" for id_ in ids]


async def test_an_edit_cancelled_at_any_step_is_whole_or_absent(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    for steps in range(60):
        task = asyncio.create_task(
            storage.examples.relabel(OWNER, dataset.id, ids, f"class {steps}")
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    version = (await storage.datasets.get(OWNER, dataset.id)).version
    history = await storage.examples.history(OWNER, dataset.id)
    assert [edit.number for edit in history] == list(range(version, 0, -1))
    assert len(set(await labels(storage, dataset))) == (1 if version > 1 else 2)
    while version > 1 and len(history) > 1:
        await storage.examples.undo(OWNER, dataset.id)
        history = history[1:]
    assert await labels(storage, dataset) == ["apple", "груша", "груша", "груша"]


# Taking back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EDITS)
async def test_an_edit_is_taken_back_as_an_edit_of_its_own(
    storage: Storage, dataset: Dataset, ids: list[int], kind: EditKind
) -> None:
    before = await examples_of(storage, dataset)
    await EDITS[kind](storage, dataset, ids[1:])
    await storage.datasets.set_sheet(OWNER, dataset.id, "5" * 64)

    undone = await storage.examples.undo(OWNER, dataset.id)

    assert (undone.version, undone.classes, undone.sheet) == (3, dataset.classes, None)
    assert await examples_of(storage, dataset) == before
    newest = (await storage.examples.history(OWNER, dataset.id))[0]
    assert (newest.number, newest.kind, newest.changed) == (3, EditKind.UNDO, 3)


async def test_an_addition_is_taken_back_and_its_photos_leave(
    storage: Storage, dataset: Dataset
) -> None:
    before = await examples_of(storage, dataset)
    await add(storage, OWNER, dataset.id, make_examples(3, first=4))

    undone = await storage.examples.undo(OWNER, dataset.id)

    assert (undone.version, undone.images) == (3, 4)
    assert await examples_of(storage, dataset) == before
    tidied = await storage.files.tidy(3600)
    assert len(tidied.photos[OWNER]) == 3


async def test_edits_are_taken_back_one_after_the_other(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    states = [await examples_of(storage, dataset)]
    examples = storage.examples
    await add(storage, OWNER, dataset.id, make_examples(2, first=4))
    states.append(await examples_of(storage, dataset))
    await examples.relabel(OWNER, dataset.id, ids[:2], "plum")
    states.append(await examples_of(storage, dataset))
    await examples.set_test(OWNER, dataset.id, None, is_test=True)
    states.append(await examples_of(storage, dataset))
    await examples.rename_class(OWNER, dataset.id, "plum", "груша")
    states.append(await examples_of(storage, dataset))
    await examples.remove(OWNER, dataset.id, ids)

    for state in reversed(states):
        await examples.undo(OWNER, dataset.id)
        assert await examples_of(storage, dataset) == state
    with pytest.raises(NothingToUndo):
        await examples.undo(OWNER, dataset.id)
    assert (await storage.datasets.get(OWNER, dataset.id)).version == 11


async def test_taking_back_is_not_taken_back_and_edits_after_it_are(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    examples = storage.examples
    await examples.relabel(OWNER, dataset.id, ids[:1], "plum")
    await examples.undo(OWNER, dataset.id)
    with pytest.raises(NothingToUndo):
        await examples.undo(OWNER, dataset.id)

    await examples.relabel(OWNER, dataset.id, ids[:1], "melon")
    await examples.undo(OWNER, dataset.id)

    assert (await labels(storage, dataset))[0] == "apple"


async def test_the_edit_that_made_a_dataset_is_not_taken_back(
    storage: Storage, dataset: Dataset
) -> None:
    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, dataset.id)

    assert await storage.datasets.get(OWNER, dataset.id) == dataset


@pytest.mark.parametrize(("keep_s", "is_kept"), [(3600.0, True), (0.0, False)])
async def test_a_removal_is_taken_back_until_its_photos_are_tidied_away(
    storage: Storage, dataset: Dataset, ids: list[int], keep_s: float, is_kept: bool
) -> None:
    await storage.examples.relabel(OWNER, dataset.id, ids, "plum")
    await storage.examples.remove(OWNER, dataset.id, ids[:1])

    await storage.files.tidy(keep_s)

    if is_kept:
        await storage.examples.undo(OWNER, dataset.id)
        assert await labels(storage, dataset) == ["plum"] * 4
        return
    for _ in range(2):  # nor what was done before it
        with pytest.raises(NothingToUndo):
            await storage.examples.undo(OWNER, dataset.id)
    assert await labels(storage, dataset) == ["plum"] * 3


async def test_what_was_done_after_a_tidied_removal_is_taken_back(
    storage: Storage, dataset: Dataset, ids: list[int]
) -> None:
    await storage.examples.remove(OWNER, dataset.id, ids[:1])
    await storage.examples.relabel(OWNER, dataset.id, ids[1:], "plum")
    await storage.files.tidy(0)

    await storage.examples.undo(OWNER, dataset.id)

    assert await labels(storage, dataset) == ["груша"] * 3
    with pytest.raises(NothingToUndo):
        await storage.examples.undo(OWNER, dataset.id)


# Moving ------------------------------------------------------------------------------------------


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


async def numbers(storage: Storage, dataset: Dataset) -> list[int]:
    return [example.id for example in await examples_of(storage, dataset)]


async def all_examples(storage: Storage, *datasets: Dataset) -> list[tuple[Example, ...]]:
    return [await examples_of(storage, dataset) for dataset in datasets]


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
