"""Processes that upload, edit and tidy for ever and say what was acknowledged; the tests kill them."""

from __future__ import annotations

import asyncio
import itertools
import os
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from core.entities import Dataset
from core.errors import NothingToChange, NothingToUndo
from storage import Storage
from tests.storage.factories import (
    add,
    examples_of,
    make_example,
    make_model,
    put_file,
    store,
)
from tests.storage.forks import ForkServer, say, serve

OWNER = 1
IMAGES = 40  # of an upload, half of which may be there already
LONGEST_STEP_S = 0.03
LABELS = ("apple", "pear", "plum")

# The work ------------------------------------------------------------------------------------------


async def work_for_ever(home: Path, seed: int) -> None:
    """Each step is announced as it begins, and acknowledged with what it left."""
    storage = await Storage.open(home)
    random = Random(seed)
    await storage.jobs.interrupt_all()
    for number in itertools.count(seed * 1_000_000):
        step = random.choice(STEPS)
        datasets = await storage.datasets.list(OWNER)
        if len(datasets) < 2:
            step = upload
        say("begin", step.__name__)
        try:
            acknowledged = await step(storage, random, datasets, number)
        except (NothingToChange, NothingToUndo):
            continue
        say("done", step.__name__, acknowledged | await state_of(storage))


async def state_of(storage: Storage) -> dict[str, Any]:
    """Each dataset's version and examples, by its id."""
    return {
        str(dataset.id): [dataset.version, await listed(storage, dataset)]
        for dataset in await storage.datasets.list(OWNER)
    }


async def listed(storage: Storage, dataset: Dataset) -> list[Any]:
    return [
        [example.id, example.photo.sha256[:8], example.label, example.is_test]
        for example in await examples_of(storage, dataset)
    ]


async def upload(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    """Some photos come again and again, under the same classes."""
    numbers = [*range(IMAGES // 2), *range(number * IMAGES, number * IMAGES + IMAGES // 2)]
    new = [make_example(n, LABELS[n % 3]) for n in numbers]
    if len(datasets) < 2:
        await store(storage, OWNER, str(number), new)
    else:
        await add(storage, OWNER, random.choice(datasets).id, new)
    return {}


async def put(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    file = await put_file(storage, number.to_bytes(8, "big") * 20_000)
    await make_model(storage, OWNER, uuid4().hex, file)
    return {"file": file}


async def relabel(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    dataset = random.choice(datasets)
    ids = await some(storage, random, dataset)
    await storage.examples.relabel(OWNER, dataset.id, ids, random.choice(LABELS))
    return {}


async def remove(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    dataset = random.choice(datasets)
    await storage.examples.remove(OWNER, dataset.id, await some(storage, random, dataset))
    return {}


async def move(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    source, target = random.sample(datasets, 2)
    await storage.examples.move(OWNER, source.id, await some(storage, random, source), target.id)
    return {}


async def undo(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    await storage.examples.undo(OWNER, random.choice(datasets).id)
    return {}


async def tidy(
    storage: Storage, random: Random, datasets: tuple[Dataset, ...], number: int
) -> dict[str, Any]:
    tidied = await storage.files.tidy(random.choice([0, 0, 3600]))
    for owner_id, digests in tidied.photos.items():
        await storage.files.forgotten(owner_id, digests)
    return {}


async def some(storage: Storage, random: Random, dataset: Dataset) -> list[int]:
    ids = [example.id for example in await examples_of(storage, dataset)]
    return random.sample(ids, min(len(ids), random.randrange(1, 30)))


Step = Callable[[Storage, Random, tuple[Dataset, ...], int], Awaitable[dict[str, Any]]]
STEPS: tuple[Step, ...] = (upload, put, relabel, remove, move, undo, tidy)


def work_until_killed(order: tuple[str, int]) -> None:
    """Ends the process where the work fails, though a thread of the database's would keep it."""
    home, seed = order
    try:
        asyncio.run(work_for_ever(Path(home), seed))
    except BaseException:
        traceback.print_exc()
    os._exit(1)


# The tests' side -----------------------------------------------------------------------------------


@dataclass
class Acknowledged:
    """What a killed process had said."""

    begun: str = ""
    state: dict[str, Any] | None = None
    files: tuple[str, ...] = ()
    steps: int = 0

    def hear(self, kind: str, step: str, state: dict[str, Any] | None = None) -> None:
        self.begun = step if kind == "begin" else ""
        if state is None:
            return
        self.steps += 1
        file = state.pop("file", None)
        self.files += (file,) if file else ()
        self.state = state


class Editors(ForkServer):
    """Makes processes that edit, one after the other, and kills them."""

    def __init__(self) -> None:
        super().__init__("tests.storage.crashing_editor")

    def kill_one(self, home: Path, random: Random) -> Acknowledged:
        """Lets one work for some messages and a part of a step, and kills it there."""
        process = self.begin([str(home), random.randrange(1000)])
        heard = Acknowledged()
        messages, step = random.randrange(12), random.choice(STEPS).__name__
        while messages > 0 or heard.begun != step:
            messages -= 1
            heard.hear(*self.hear())
        # Into the step by some milliseconds, or until it ends.
        for message in self.kill(process, random.random() * LONGEST_STEP_S):
            heard.hear(*message)
        return heard


if __name__ == "__main__":
    serve(work_until_killed)
