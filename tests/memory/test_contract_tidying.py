"""The contract of the storage ports: what no row names leaves the disk."""

from __future__ import annotations

import os

import pytest

from core.errors import (
    NothingToUndo,
)
from tests.memory.readings import (
    content_of,
    digest_of,
)
from tests.memory.steps import FRUITS, OWNER, STRANGER, Ports, Steps


async def test_a_removed_photo_stays_for_as_long_as_it_can_be_brought_back(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    ids = await steps.ids(dataset)
    await ports.examples.remove(OWNER, dataset.id, [ids[0]])
    assert (await ports.files.tidy(keep_s=3600)).photos == {}
    await ports.examples.undo(OWNER, dataset.id)
    assert (await ports.files.tidy(keep_s=0)).photos == {}
    assert await steps.photos() == {digest_of(number) for number in FRUITS}


async def test_a_photo_that_was_tidied_away_is_named_until_it_is_forgotten(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    first, second, third = await steps.ids(dataset)
    await ports.examples.relabel(OWNER, dataset.id, [second], "plum")
    await ports.examples.remove(OWNER, dataset.id, [first])
    await ports.examples.relabel(OWNER, dataset.id, [third], "plum")
    for _ in range(2):
        assert (await ports.files.tidy(keep_s=0)).photos == {OWNER: (digest_of(0),)}
    assert await steps.photos() == {digest_of(1), digest_of(2)}
    await ports.files.forgotten(OWNER, (digest_of(0),))
    assert (await ports.files.tidy(keep_s=0)).photos == {}
    await ports.examples.undo(OWNER, dataset.id)
    assert await steps.labels(dataset) == ["plum", "груша"]
    with pytest.raises(NothingToUndo):
        await ports.examples.undo(OWNER, dataset.id)


async def test_a_photo_that_came_again_is_not_forgotten(ports: Ports, steps: Steps) -> None:
    dataset = await steps.create()
    await ports.examples.remove(OWNER, dataset.id, (await steps.ids(dataset))[:1])
    await ports.files.tidy(keep_s=0)
    await steps.add(dataset, {0: "apple"})
    assert (await ports.files.tidy(keep_s=0)).photos == {}
    assert digest_of(0) in await steps.photos()


async def test_the_photos_of_a_deleted_dataset_go_unless_another_names_them(
    ports: Ports, steps: Steps
) -> None:
    dataset = await steps.create()
    await steps.create("other", {2: "plum"})
    await steps.create(owner_id=STRANGER)
    await ports.datasets.delete(OWNER, dataset.id)
    tidied = await ports.files.tidy(keep_s=3600)
    assert {owner: set(found) for owner, found in tidied.photos.items()} == {
        OWNER: {digest_of(0), digest_of(1)}
    }
    assert await steps.photos() == {digest_of(2)}
    assert len(await steps.photos(STRANGER)) == 3


async def test_old_files_go_where_no_row_names_them(ports: Ports, steps: Steps) -> None:
    digests = []
    async with ports.files.scratch() as folder:
        for number in range(4):
            path = folder / str(number)
            path.write_bytes(content_of(number))
            digests.append(await ports.files.put(OWNER, path))
            assert not path.exists()
    assert not folder.exists()
    model, sheet, unnamed, young = digests
    assert model == digest_of(0)
    await steps.make_model(file=model)
    dataset = await steps.create()
    await ports.datasets.set_sheet(OWNER, dataset.id, sheet)
    for digest in (model, sheet, unnamed):
        os.utime((await ports.files.stored(OWNER, digest)).path, (0, 0))
    assert (await ports.files.tidy(keep_s=0)).files == 1
    files = [await ports.files.stored(OWNER, digest) for digest in digests]
    kept = [digest for digest, file in zip(digests, files, strict=True) if file.path.is_file()]
    assert kept == [model, sheet, young]
