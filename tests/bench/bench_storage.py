"""The times of storage, how long each step keeps others waiting, and 100 × kill -9.

`python -m tests.bench.bench_storage [FOLDER [EXAMPLES]]`: FOLDER is on the disk to measure, by default
the temporary one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from core.entities import JobKind
from storage import Storage
from tests.bench.lag import HEAD, measured
from tests.storage.crashing_editor import Editors
from tests.storage.factories import make_example, make_reading
from tests.storage.test_kills import check

EXAMPLES = 37_000
LABELS = ("apple", "pear", "plum")
COMMITS = 500
KILLS = 100
OWNER = 1


async def measure_examples(storage: Storage, folder: Path, examples: int) -> None:
    """From a reading to its deletion; the photos are files of some bytes."""
    write = storage.updates.check
    made = [make_example(number, LABELS[number % len(LABELS)]) for number in range(examples)]
    reading = await asyncio.to_thread(make_reading, folder / "reading", made)
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=1)
    async with measured(f"publish {examples} photos and store their rows", write):
        dataset = await storage.datasets.create(OWNER, "large", reading, job.id)
    async with measured("count its classes", write):
        await storage.datasets.get(OWNER, dataset.id)
    async with measured("write its listing", write):
        await storage.datasets.write_listing(OWNER, dataset.id, folder / "listing")
    async with measured("give one example another class", write):
        await storage.examples.relabel(OWNER, dataset.id, [1], "quince")
    async with measured("rename a class of many", write):
        await storage.examples.rename_class(OWNER, dataset.id, "apple", "fig")
    async with measured("take that back", write):
        await storage.examples.undo(OWNER, dataset.id)
    async with measured("delete the dataset", write):
        await storage.datasets.delete(OWNER, dataset.id)
    async with measured("erase its photos", write):
        await storage.files.tidy(keep_s=0)


async def measure_commits(storage: Storage) -> None:
    await _measure_rate(
        "updates added to the journal", lambda n: storage.updates.add(n, "{}" * 200)
    )
    await _measure_rate("users read", lambda _: storage.users.get(OWNER, "en"))


async def _measure_rate(what: str, call: Callable[[int], Awaitable[object]]) -> None:
    started = time.perf_counter()
    for number in range(COMMITS):
        await call(number)
    print(
        f"{what}: {COMMITS / (time.perf_counter() - started):.0f} per second, one after the other"
    )


async def measure_kills(home: Path) -> None:
    """As `tests/storage/test_kills.py` does: a step under way may have ended or not, all else is held."""
    random, state = Random(0), dict[str, Any]()
    steps, killed_in = 0, Counter[str]()
    with Editors() as editors:
        for _ in range(KILLS):
            heard = await asyncio.to_thread(editors.kill_one, home, random)
            state = await check(home, heard, state)
            steps += heard.steps
            killed_in[heard.begun or "between steps"] += 1
    print(f"{KILLS} × kill -9: {steps} steps acknowledged, none lost, nothing torn or left behind")
    print(f"Killed in: {', '.join(f'{step} {count}' for step, count in killed_in.most_common())}")


async def measure_all(home: Path, examples: int) -> None:
    storage = await Storage.open(home / "data")
    try:
        await measure_storage(storage, home, examples)
    finally:
        await storage.close()
    (home / "killed").mkdir()
    await measure_kills(home / "killed")


async def measure_storage(storage: Storage, home: Path, examples: int) -> None:
    await storage.users.get(OWNER, "en")
    print(HEAD)
    await measure_examples(storage, home, examples)
    print()
    await measure_commits(storage)


def main(folder: str | None = None, examples: str = str(EXAMPLES)) -> None:
    with TemporaryDirectory(dir=folder) as home:
        asyncio.run(measure_all(Path(home), int(examples)))


if __name__ == "__main__":
    main(*sys.argv[1:])
