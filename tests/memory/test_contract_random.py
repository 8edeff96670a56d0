"""The contract of the storage ports: the same random edits leave the same in both fulfilments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from core.errors import LukoshkoError
from storage import Storage
from tests.memory.steps import OWNER, Ports, Steps
from tests.memory.storage import MemoryStorage

LABELS = ("apple", "pear", "plum")
EDITS = 60


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Ports, Ports]]:
    memory, real = MemoryStorage(tmp_path / "memory"), await Storage.open(tmp_path / "real")
    for ports in (memory, real):
        await ports.users.get(OWNER, "en")
    yield memory, real
    await real.close()


async def run(ports: Ports, steps: Steps, seed: int) -> AsyncIterator[object]:
    """Makes random edits, and yields what each left: errors, rows, and photos on the disk."""
    random = Random(seed)
    for name in ("one", "two", "three"):
        photos = {random.randrange(12): random.choice(LABELS) for _ in range(6)}
        await steps.create(name, photos, test=list(photos)[:1])
    for _ in range(EDITS):
        try:
            yield await _edit(ports, steps, random)
        except LukoshkoError as error:
            yield error.code
        for dataset in await ports.datasets.list(OWNER):
            history = await ports.examples.history(OWNER, dataset.id)
            yield dataset.id, dataset.version, dataset.classes, dataset.test_images
            yield dataset.negatives, await ports.datasets.negatives(OWNER, dataset.id)
            yield [(edit.number, edit.kind, edit.changed) for edit in history]
            yield [
                (one.id, one.label, one.origin, one.is_test, one.added_in, one.photo)
                for one in await steps.examples(dataset)
            ]
        yield await steps.photos()


async def _edit(ports: Ports, steps: Steps, random: Random) -> object:
    """One random edit; all that is drawn is drawn before anything is done."""
    datasets = await ports.datasets.list(OWNER)
    dataset, other = random.choice(datasets), random.choice(datasets)
    ids = await steps.ids(dataset)
    some = random.sample(ids, min(len(ids), random.randint(0, 3)))
    label, new_label = random.choice(LABELS), random.choice(LABELS)
    photos = {random.randrange(20): random.choice(LABELS) for _ in range(3)}
    is_test, kind = random.random() < 0.5, random.random()
    if kind < 0.30:
        return (await ports.examples.undo(OWNER, dataset.id)).version
    if kind < 0.42:
        return (await ports.examples.relabel(OWNER, dataset.id, some, label)).version
    if kind < 0.54:
        return (await ports.examples.remove(OWNER, dataset.id, some)).version
    if kind < 0.66:
        return (await ports.examples.move(OWNER, dataset.id, some, other.id)).id
    if kind < 0.74:
        return (await ports.examples.rename_class(OWNER, dataset.id, label, new_label)).classes
    if kind < 0.82:
        return (await ports.examples.set_test(OWNER, dataset.id, some, is_test=is_test)).version
    if kind < 0.88:
        return (await steps.add(dataset, photos)).version
    if kind < 0.92:
        return (await steps.refuse(dataset, list(photos))).version
    if kind < 0.97 or len(datasets) == 1:
        tidied = await ports.files.tidy(keep_s=0 if is_test else 3600)
        return {owner_id: sorted(digests) for owner_id, digests in tidied.photos.items()}
    await ports.datasets.delete(OWNER, dataset.id)
    return None


@pytest.mark.parametrize("seed", range(12))
async def test_the_same_edits_leave_the_same(
    both: tuple[Ports, Ports], tmp_path: Path, seed: int
) -> None:
    memory, real = both
    in_memory = run(memory, Steps(memory, tmp_path / "memory readings"), seed)
    in_sqlite = run(real, Steps(real, tmp_path / "real readings"), seed)
    async for left in in_memory:
        assert left == await anext(in_sqlite)
