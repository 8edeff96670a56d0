"""Edits are taken back, one after the other."""

from __future__ import annotations

import pytest

from core.entities import Dataset, EditKind
from core.errors import NothingToUndo
from storage import Storage
from tests.storage.edits import (
    EDITS,
    OWNER,
    labels,
)
from tests.storage.factories import (
    add,
    examples_of,
    make_examples,
)


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
