"""The times of storage, and 100 × kill -9: `python -m tests.bench.bench_storage [FOLDER]`.

FOLDER is on the disk to measure, by default the temporary one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from core.entities import JobKind
from storage import Storage
from tests.storage.crashing_writer import kill_and_check
from tests.storage.factories import make_reading, make_record

RECORDS = 37_000
COMMITS = 500
KILLS = 100
TICK_S = 0.001


@asynccontextmanager
async def measured(what: str) -> AsyncIterator[None]:
    """Prints how long the block took and for how long it held up the event loop."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            asleep = time.perf_counter()
            await asyncio.sleep(TICK_S)
            longest = max(longest, time.perf_counter() - asleep - TICK_S)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(TICK_S)
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    watcher.cancel()
    print(f"{what}: {seconds * 1000:.0f} ms, event loop held for {longest * 1000:.0f} ms at most")


async def measure_records(storage: Storage) -> None:
    reading = make_reading(RECORDS)
    job = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=1)
    async with measured(f"create a dataset of {RECORDS} records"):
        dataset = await storage.datasets.create(1, "large", reading, job.id)
    async with measured(f"read {RECORDS} records"):
        records = await storage.datasets.records(1, dataset.id)
    assert records == tuple(make_record(index) for index in range(RECORDS))
    async with measured("look for files that no row names"):
        await storage.files.collect()
    async with measured(f"delete a dataset of {RECORDS} records"):
        await storage.datasets.delete(1, dataset.id)


async def measure_commits(storage: Storage) -> None:
    await _measure_rate(
        "updates journalled", lambda number: storage.updates.add(number, "{}" * 200)
    )
    await _measure_rate("users read", lambda _: storage.users.get(1, "en"))


async def _measure_rate(what: str, call: Callable[[int], Awaitable[object]]) -> None:
    started = time.perf_counter()
    for number in range(COMMITS):
        await call(number)
    print(f"{what}: {COMMITS / (time.perf_counter() - started):.0f} a second, one after the other")


async def measure_kills(home: Path) -> None:
    random = Random(0)
    acknowledged = sum([await kill_and_check(home / str(n // 10), random) for n in range(KILLS)])
    print(f"{KILLS} × kill -9: {acknowledged} acknowledgements, none lost")


async def measure_all(home: Path) -> None:
    storage = await Storage.open(home / "costs")
    await storage.users.get(1, "en")
    await measure_records(storage)
    await measure_commits(storage)
    await storage.close()
    await measure_kills(home)


def main(folder: str | None = None) -> None:
    with TemporaryDirectory(dir=folder) as home:
        asyncio.run(measure_all(Path(home)))


if __name__ == "__main__":
    main(*sys.argv[1:])
