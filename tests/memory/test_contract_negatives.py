"""The contract of the storage ports: photos that are none of a dataset's classes."""

from __future__ import annotations

import pytest

from core.entities import EditKind
from core.errors import DatasetNotFound, NothingToChange, NothingToUndo
from tests.memory.readings import digest_of
from tests.memory.steps import OWNER, STRANGER, Ports, Steps

FRUITS = {0: "apple", 1: "apple", 2: "pear"}


async def test_a_negative_is_an_edit_and_no_example(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos=FRUITS)
    refused = await steps.refuse(dataset, [7])
    assert (refused.version, refused.classes, refused.negatives) == (2, {"apple": 2, "pear": 1}, 1)
    assert await ports.datasets.negatives(OWNER, dataset.id) == (digest_of(7),)
    edit = (await ports.examples.history(OWNER, dataset.id))[0]
    assert (edit.kind, edit.changed, edit.by_id) == (EditKind.REFUSE, 1, OWNER)
    assert (await ports.users.get(OWNER, "en")).dataset_id == dataset.id


async def test_a_negative_can_be_undone_and_its_photo_leaves(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos=FRUITS)
    await steps.refuse(dataset, [7])
    last = await ports.examples.last_edit(OWNER, dataset.id)
    assert last is not None
    assert last.edit.kind is EditKind.REFUSE
    undone = await ports.examples.undo(OWNER, dataset.id)
    assert (undone.version, undone.negatives) == (3, 0)
    assert (await ports.examples.history(OWNER, dataset.id))[0].changed == 1
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)
    await ports.files.tidy(keep_s=3600)
    assert await steps.photos() == {digest_of(number) for number in FRUITS}


async def test_an_example_that_is_none_of_the_classes_leaves_its_class_until_undone(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos=FRUITS)
    refused = await steps.refuse(dataset, [1])
    assert (refused.classes, refused.negatives) == ({"apple": 1, "pear": 1}, 1)
    undone = await ports.examples.undo(OWNER, dataset.id)
    assert (undone.classes, undone.negatives) == ({"apple": 2, "pear": 1}, 0)


async def test_a_negative_that_is_taught_is_of_its_class_until_undone(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos=FRUITS)
    await steps.refuse(dataset, [7])
    taught = await steps.teach(dataset, "plum", [7])
    assert (taught.classes["plum"], taught.negatives) == (1, 0)
    assert await ports.datasets.negatives(OWNER, dataset.id) == ()
    undone = await ports.examples.undo(OWNER, dataset.id)
    assert ("plum" in undone.classes, undone.negatives) == (False, 1)


async def test_the_same_negative_again_is_no_edit(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos=FRUITS)
    refused = await steps.refuse(dataset, [7])
    with pytest.raises(NothingToChange):
        await steps.refuse(dataset, [7])
    assert await ports.datasets.get(OWNER, dataset.id) == refused


async def test_the_photo_of_a_negative_stays_as_long_as_its_dataset(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create(photos=FRUITS)
    await steps.refuse(dataset, [7])
    await ports.files.tidy(keep_s=0)
    assert digest_of(7) in await steps.photos()
    await ports.datasets.delete(OWNER, dataset.id)
    await ports.files.tidy(keep_s=0)
    assert await steps.photos() == set()


async def test_a_negative_of_one_dataset_is_none_of_another(ports: Ports, steps: Steps) -> None:
    one, other = await steps.create("one", FRUITS), await steps.create("other", FRUITS)
    await steps.refuse(one, [7])
    assert await ports.datasets.negatives(OWNER, other.id) == ()


async def test_a_strangers_dataset_takes_no_negative(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create(photos=FRUITS)
    await ports.users.get(STRANGER, "en")
    with pytest.raises(DatasetNotFound):
        await steps.refuse(dataset, [7], owner_id=STRANGER)
    with pytest.raises(DatasetNotFound):
        await ports.datasets.negatives(STRANGER, dataset.id)
