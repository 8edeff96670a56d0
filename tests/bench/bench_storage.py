"""The times of storage, and how long each step holds up the event loop.

`python -m tests.bench.bench_storage [FOLDER]`: FOLDER is on the disk to measure, by default the
temporary one. 100 × kill -9 is a test: `tests/storage/test_kills.py`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from core.entities import JobKind
from storage import Storage
from tests.bench.lag import measured
from tests.storage.factories import make_examples, make_reading

EXAMPLES = 37_000
COMMITS = 500
OWNER = 1


async def measure_examples(storage: Storage, folder: Path) -> None:
    reading = await asyncio.to_thread(make_reading, folder / "reading", make_examples(EXAMPLES))
    job = await storage.jobs.create(OWNER, JobKind.UPLOAD, chat_id=1)
    async with measured(f"publish {EXAMPLES} photos and store their rows"):
        dataset = await storage.datasets.create(OWNER, "large", reading, job.id)
    async with measured("count its classes"):
        await storage.datasets.get(OWNER, dataset.id)
    async with measured("write its listing"):
        await storage.datasets.write_listing(OWNER, dataset.id, folder / "listing")
    (first, *_) = await storage.examples.find(OWNER, dataset.id, range(1, EXAMPLES))
    async with measured("give one example another class"):
        await storage.examples.relabel(OWNER, dataset.id, [first.id], "quince")
    async with measured("rename a class of many"):
        await storage.examples.rename_class(OWNER, dataset.id, "груша", "plum")
    async with measured("take that back"):
        await storage.examples.undo(OWNER, dataset.id)
    async with measured("delete the dataset"):
        await storage.datasets.delete(OWNER, dataset.id)
    async with measured("erase its photos"):
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
    print(f"{what}: {COMMITS / (time.perf_counter() - started):.0f} a second, one after the other")


async def measure_all(home: Path) -> None:
    storage = await Storage.open(home / "data")
    try:
        await measure_storage(storage, home)
    finally:
        await storage.close()


async def measure_storage(storage: Storage, home: Path) -> None:
    await storage.users.get(OWNER, "en")
    print("| step | ms | the event loop held, ms at most |\n|---|---|---|")
    await measure_examples(storage, home)
    print()
    await measure_commits(storage)


def main(folder: str | None = None) -> None:
    with TemporaryDirectory(dir=folder) as home:
        asyncio.run(measure_all(Path(home)))


if __name__ == "__main__":
    main(*sys.argv[1:])
