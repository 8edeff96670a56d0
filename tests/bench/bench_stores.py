"""Stores of photos side by side: the table of `core.photos.store`, and kill -9 of each.

`python -m tests.bench.bench_stores [FOLDER [PHOTOS]]`: PHOTOS of 20 KB, by default 37 000, are written,
512 read at random, and one removed so that no file holds any of its bytes; then processes are killed that
write or remove. FOLDER is on the disk to measure, by default the temporary one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import reduce
from operator import add
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from core.jobs.local import LocalRunner
from core.jobs.runner import Call, LaneName
from core.photos.store import PhotoStore
from tests.bench.store_kills import REMOVE, WRITE, Outcome, kill_one
from tests.bench.stores import KINDS, PHOTO_BYTES, LooseFiles, Store, digest, numbers_in

PHOTOS = 37_000
READ = 512
REMOVED = 0
KILLS = 10
PHOTOS_WHEN_KILLED = 2_000
TASK_LIMIT_S = 60.0


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure(kind: type[Store], folder: Path, photos: int) -> str:
    """A row of the table; the store stays in the folder, without one photo."""
    some = sample(photos)
    with closing(kind(folder)) as store:
        write_s = seconds(lambda: store.write(range(photos)))
    first_s = seconds(lambda: read(kind, folder, some[:1]))
    all_s, again_s = (seconds(lambda: read(kind, folder, some)) for _ in range(2))
    with closing(kind(folder)) as store:
        remove_s = seconds(lambda: store.remove(REMOVED))
        is_left = REMOVED in numbers_in(folder)
    return (
        f"| {kind.name} | {write_s:.1f} | {first_s * 1e3:.2f} | {all_s * 1e3:.1f}"
        f" | {again_s * 1e3:.1f} | {remove_s * 1e3:.1f} | {'yes' if is_left else 'none'} |"
    )


def sample(photos: int) -> list[int]:
    """Photos at random, but for the one that is removed."""
    others = range(REMOVED + 1, photos)
    return Random(1).sample(others, min(READ, len(others)))


def read(kind: type[Store], folder: Path, numbers: Sequence[int]) -> None:
    """Opens the store for it."""
    with closing(kind(folder)) as store:
        assert all(content is not None for content in store.read(numbers))


async def measure_task(folder: Path, photos: int) -> None:
    """A worker's task gets the names of 512 photos, as an extraction does."""
    digests = [digest(number) for number in sample(photos)]
    runner = LocalRunner()
    await runner.start()
    for process in ("new", "used"):
        began = time.perf_counter()
        first_s, all_s = await runner.run(
            LaneName.FEATURES, Call(read_all, (folder, digests)), deadline_s=TASK_LIMIT_S
        )
        asked_s = time.perf_counter() - began
        print(
            f"| {process} | {first_s * 1e3:.2f} | {all_s * 1e3:.1f} | {asked_s * 1e3:.1f} |",
            flush=True,
        )
    await runner.close()


def read_all(report: object, folder: Path, digests: Sequence[str]) -> tuple[float, float]:
    """Seconds from the task's start to the first photo's bytes, and to all of them."""
    began = time.perf_counter()
    store = PhotoStore(folder)
    store.read(digests[0])
    first_s = time.perf_counter() - began
    for sha256 in digests[1:]:
        store.read(sha256)
    return first_s, time.perf_counter() - began


def kill(kind: type[Store], home: Path, photos: int) -> str:
    """A row: what became of the photos in KILLS kills of each step."""
    random = Random(2)
    cells = [kind.name]
    for step in (WRITE, REMOVE):
        outcomes = list[Outcome]()
        for _ in range(KILLS):
            with TemporaryDirectory(dir=home) as folder:
                outcomes.append(kill_one(kind, Path(folder), photos, step, random))
        total = reduce(add, outcomes)
        cells += [str(total.acknowledged), str(total.broken), str(total.torn)]
    return f"| {' | '.join(cells)} |"


def run(home: Path, photos: int) -> None:
    print(f"{photos} photos of {PHOTO_BYTES // 1000} KB, the store opened anew for each step\n")
    print(f"| store | write, s | first photo, ms | {READ} at random, ms | again, ms", end="")
    print(" | remove one, ms | its bytes left |\n|---|---|---|---|---|---|---|")
    folders = {kind: home / kind.__name__ for kind in KINDS}
    for kind, folder in folders.items():
        folder.mkdir()
        print(measure(kind, folder, photos), flush=True)
    print(
        f"\nA task over {READ} photos of `{PhotoStore.__name__}`; ms from its start, and as asked\n"
    )
    print("| its process | first photo's bytes | all | asked to answered |\n|---|---|---|---|")
    asyncio.run(measure_task(folders[LooseFiles], photos))
    killed = min(photos, PHOTOS_WHEN_KILLED)
    print(f"\n{KILLS} × kill -9 of each, {killed} photos\n")
    print("| store | written, as acknowledged | of these lost or torn | others torn", end="")
    print(" | removed, as acknowledged | not whole, or not gone | others torn |")
    print("|---|---|---|---|---|---|---|")
    for kind in KINDS:
        print(kill(kind, home, killed), flush=True)


def main(folder: str | None = None, photos: str = str(PHOTOS)) -> None:
    with TemporaryDirectory(dir=folder) as home:
        run(Path(home), int(photos))


if __name__ == "__main__":
    main(*sys.argv[1:])
