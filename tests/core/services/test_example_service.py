"""Single examples of an uploaded dataset: corrected, moved, removed, and all of it taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.entities import Dataset, EditKind, ExampleOrigin
from core.errors import LabelInvalid, NothingToChange, NothingToUndo
from core.ports import StoragePorts as Ports
from core.services.services import Services
from tests.core.services.steps import (
    OWNER,
    add,
    examples_of,
    fit,
    photo_files,
    upload,
)
from tests.factories import make_dataset

FIRST, SECOND = "apple/00.jpg", "apple/01.jpg"


async def ids_of(storage: Ports, dataset: Dataset, *names: str) -> list[int]:
    examples = await examples_of(storage, dataset)
    return [examples[name].id for name in names]


async def labels(storage: Ports, dataset: Dataset) -> dict[str, str]:
    return {name: one.label for name, one in (await examples_of(storage, dataset)).items()}


async def edits(services: Services, dataset: Dataset) -> list[tuple[int, EditKind, int]]:
    history = await services.examples.history(OWNER, dataset.id)
    return [(edit.number, edit.kind, edit.changed) for edit in history]


async def test_an_example_is_found_by_its_number(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    first, second = await ids_of(storage, dataset, FIRST, SECOND)
    found = await services.examples.find(OWNER, dataset.id, [second, first, 10**9])
    assert [example.name for example in found] == [FIRST, SECOND]
    assert found[0].added_in == 1
    assert found[0].photo.sha256 in await photo_files(storage.files)


async def test_a_relabelled_example_is_of_another_class_by_hand(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    (first,) = await ids_of(storage, dataset, FIRST)
    changed = await services.examples.relabel(OWNER, dataset.id, [first], "pear")
    assert changed.classes == {"apple": 9, "pear": 11}
    assert changed.version == 2
    (example,) = await services.examples.find(OWNER, dataset.id, [first])
    assert (example.label, example.origin) == ("pear", ExampleOrigin.HAND)
    assert (await fit(services, changed)).card.dataset_version == 2


async def test_the_same_zip_does_not_bring_back_a_label_that_was_changed(
    services: Services, dataset: Dataset, storage: Ports, tmp_path: Path
) -> None:
    """It comes with new photos, so that there is something to add."""
    (first,) = await ids_of(storage, dataset, FIRST)
    await services.examples.relabel(OWNER, dataset.id, [first], "pear")
    same_and_more = make_dataset(tmp_path / "more.zip", classes=2, photos=12)
    grown = await add(services, dataset, same_and_more)
    assert grown.classes == {"apple": 11, "pear": 13}
    assert (await labels(storage, dataset))[FIRST] == "pear"


async def test_examples_move_to_another_dataset_and_back(
    services: Services, dataset: Dataset, storage: Ports, tmp_path: Path
) -> None:
    other = await upload(services, make_dataset(tmp_path / "other.zip", 2, 10, seed=1), "other")
    moved = await ids_of(storage, dataset, FIRST, SECOND)
    target = await services.examples.move(OWNER, dataset.id, moved, other.id)
    assert (target.id, target.classes, target.version) == (other.id, {"apple": 12, "pear": 10}, 2)
    left = await services.datasets.get(OWNER, dataset.id)
    assert (left.classes, left.version) == ({"apple": 8, "pear": 10}, 2)
    await fit(services, target)  # its photos are where a fit finds them

    restored = await services.examples.undo(OWNER, dataset.id)

    assert (restored.classes, restored.version) == (dataset.classes, 3)
    assert (await services.datasets.get(OWNER, other.id)).classes == other.classes


async def test_removed_examples_are_gone_and_an_undo_brings_them_back(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    before = await examples_of(storage, dataset)
    photos = await photo_files(storage.files)
    removed = await services.examples.remove(OWNER, dataset.id, [before[FIRST].id])
    assert removed.classes == {"apple": 9, "pear": 10}
    await services.housekeeping.tidy()
    assert await photo_files(storage.files) == photos, "an undo may want them"

    restored = await services.examples.undo(OWNER, dataset.id)

    assert restored.classes == dataset.classes
    assert await examples_of(storage, dataset) == before


async def test_examples_go_into_the_test_set_and_back(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    ids = await ids_of(storage, dataset, FIRST, SECOND)
    assert (await services.examples.set_test(OWNER, dataset.id, ids, is_test=True)).test_images == 2
    assert (await services.examples.set_test(OWNER, dataset.id, is_test=True)).test_images == 20
    assert (await services.examples.set_test(OWNER, dataset.id, is_test=False)).test_images == 0
    assert [changed for _, _, changed in await edits(services, dataset)] == [20, 18, 2, 20]


async def test_a_class_is_renamed_or_merged(services: Services, dataset: Dataset) -> None:
    renamed = await services.examples.rename_class(OWNER, dataset.id, "apple", "яблоко")
    assert renamed.classes == {"pear": 10, "яблоко": 10}
    merged = await services.examples.rename_class(OWNER, dataset.id, "яблоко", "pear")
    assert merged.classes == {"pear": 20}
    assert (await services.examples.undo(OWNER, dataset.id)).classes == renamed.classes


async def test_an_addition_is_taken_back(
    services: Services, dataset: Dataset, storage: Ports, tmp_path: Path
) -> None:
    before = await examples_of(storage, dataset)
    await add(services, dataset, make_dataset(tmp_path / "more.zip", 3, 10, seed=1))
    restored = await services.examples.undo(OWNER, dataset.id)
    assert restored.classes == dataset.classes
    assert await examples_of(storage, dataset) == before


async def test_edits_are_taken_back_one_by_one_down_to_the_upload(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    before = await examples_of(storage, dataset)
    await services.examples.relabel(OWNER, dataset.id, [before[FIRST].id], "pear")
    await services.examples.remove(OWNER, dataset.id, [before[FIRST].id])
    await services.examples.rename_class(OWNER, dataset.id, "pear", "груша")
    for _ in range(3):
        await services.examples.undo(OWNER, dataset.id)
    assert await examples_of(storage, dataset) == before
    with pytest.raises(NothingToUndo):
        await services.examples.undo(OWNER, dataset.id)
    assert await edits(services, dataset) == [
        (7, EditKind.UNDO, 1),
        (6, EditKind.UNDO, 1),
        (5, EditKind.UNDO, 10),
        (4, EditKind.RENAME_CLASS, 10),
        (3, EditKind.REMOVE, 1),
        (2, EditKind.RELABEL, 1),
        (1, EditKind.ADD, 20),
    ]


async def test_what_changes_nothing_is_no_edit(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    (first,) = await ids_of(storage, dataset, FIRST)
    examples = services.examples
    for call in (
        examples.relabel(OWNER, dataset.id, [first], "apple"),
        examples.relabel(OWNER, dataset.id, [], "pear"),
        examples.remove(OWNER, dataset.id, [10**9]),
        examples.move(OWNER, dataset.id, [first], dataset.id),
        examples.set_test(OWNER, dataset.id, [first], is_test=False),
        examples.rename_class(OWNER, dataset.id, "plum", "pear"),
    ):
        with pytest.raises(NothingToChange):
            await call
    with pytest.raises(LabelInvalid):
        await examples.relabel(OWNER, dataset.id, [first], " ")
    assert await services.datasets.get(OWNER, dataset.id) == dataset


async def test_edits_at_once_each_make_a_version(
    services: Services, dataset: Dataset, storage: Ports
) -> None:
    ids = [example.id for example in (await examples_of(storage, dataset)).values()]
    await asyncio.gather(*(services.examples.remove(OWNER, dataset.id, [one]) for one in ids[:8]))
    kept = await services.datasets.get(OWNER, dataset.id)
    assert (kept.version, kept.images) == (9, 12)
