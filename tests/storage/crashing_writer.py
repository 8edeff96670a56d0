"""A process that writes to a storage for ever and prints what was acknowledged.

`python -m tests.storage.crashing_writer HOME`; the tests kill it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from storage import Storage
from tests.storage.factories import add, make_dataset, make_reading, put_file

IMAGES = 200
FILE_BYTES = 1_000_000


async def write_for_ever(home: Path) -> None:
    storage = await Storage.open(home)
    await storage.jobs.interrupt_all()
    start = os.getpid() * 1_000_000
    for number in itertools.count(start):
        await storage.updates.add(number, str(number))
        _acknowledge("update", number)
        dataset = await make_dataset(storage, name=str(number), images=IMAGES)
        _acknowledge("dataset", dataset.id)
        more = make_reading(IMAGES, first=IMAGES)
        await add(storage, 1, dataset.id, more)
        _acknowledge("version", dataset.id)
        content = number.to_bytes(8, "big") * (FILE_BYTES // 8)
        _acknowledge("file", await put_file(storage, content))


def _acknowledge(kind: str, what: object) -> None:
    sys.stdout.write(f"{kind} {what}\n")
    sys.stdout.flush()


def kill_after(home: Path, acknowledgements: int) -> list[tuple[str, str]]:
    """Runs the writer and kills it at that acknowledgement. Returns all that it acknowledged, as
    (kind, what)."""
    command = [sys.executable, "-m", "tests.storage.crashing_writer", str(home)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.send_signal(signal.SIGKILL)
        # Lines written to the pipe before the signal arrived count too; an incomplete line does not.
        lines += [line for line in process.stdout if line.endswith("\n")]
    kinds = (line.split() for line in lines)
    return [(kind, what) for kind, what in kinds]


async def kill_and_check(home: Path, random: Random) -> int:
    """Returns the number of acknowledgements. Raises AssertionError if one was broken."""
    acknowledged = await asyncio.to_thread(kill_after, home, random.randrange(1, 30))
    storage = await Storage.open(home)
    try:
        await _check(storage, acknowledged)
    finally:
        await storage.close()
    return len(acknowledged)


async def _check(storage: Storage, acknowledged: list[tuple[str, str]]) -> None:
    pending = set(await storage.updates.pending())
    datasets = {dataset.id: dataset for dataset in await storage.datasets.list(1)}
    for kind, what in acknowledged:
        match kind:
            case "update":
                assert what in pending
            case "dataset":
                assert int(what) in datasets
            case "version":
                assert datasets[int(what)].version == 2
            case "file":
                assert storage.files.path(what).is_file()
    for dataset in datasets.values():
        records = await storage.datasets.records(1, dataset.id)
        assert len(records) == dataset.description.images == IMAGES * dataset.version


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1])))
