"""Edits of single examples: each is a version."""

from __future__ import annotations

import asyncio

import pytest

from core.entities import Dataset, EditKind, ExampleOrigin
from core.errors import (
    LabelInvalid,
    NothingToChange,
)
from storage import Storage
from tests.storage.edits import (
    EDITS,
    OWNER,
    labels,
)
from tests.storage.factories import (
    examples_of,
    make_example,
    store,
)


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
