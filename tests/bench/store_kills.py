"""kill -9 while a candidate for the store of photos writes or removes: what is lost or torn then.

`python -m tests.bench.store_kills KIND FOLDER PHOTOS STEP` is the process that is killed. What it wrote
stays in the system's memory: these are kills of a process, not power cuts.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.bench.stores import KINDS, Store, numbers_in, photo

ROOT = Path(__file__).resolve().parents[2]
WRITE, REMOVE = "write", "remove"
# More than `PhotoStore` syncs one by one, so that its one call for all is killed as well.
PHOTOS_PER_WRITE = 100
# The share of the steps after which the kill comes at the latest.
LATEST = 0.8

# The process that is killed ------------------------------------------------------------------------


def work(store: Store, photos: int, step: str) -> None:
    """Writes or removes all photos, and says after each step of how many that holds from now on."""
    if step == REMOVE:
        store.write(range(photos))
    _acknowledge(0)
    for done in _steps(store, photos, step):
        _acknowledge(done)


def _steps(store: Store, photos: int, step: str) -> Iterator[int]:
    for start in range(0, photos, _size(step)):
        stop = min(photos, start + _size(step))
        if step == WRITE:
            store.write(range(start, stop))
        else:
            store.remove(start)
        yield stop


def _size(step: str) -> int:
    """Photos of one step."""
    return PHOTOS_PER_WRITE if step == WRITE else 1


def _acknowledge(photos: int) -> None:
    """In one write, which is in the pipe whole or not at all."""
    os.write(1, f"{photos}\n".encode())


# The side that kills -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """Photos after one kill.

    acknowledged : written or removed for good, as the process said.
    broken : not as they must be: acknowledged ones that were lost, torn, or not removed to the last
        byte, and bystanders of a removal.
    torn : of the step that was under way, neither there whole nor gone.
    """

    acknowledged: int
    broken: int
    torn: int

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.acknowledged + other.acknowledged,
            self.broken + other.broken,
            self.torn + other.torn,
        )


def kill_one(kind: type[Store], folder: Path, photos: int, step: str, random: Random) -> Outcome:
    """Kills a process within one of its steps, at random; what it left is in the folder."""
    command = [sys.executable, "-m", __name__, kind.__name__, str(folder), str(photos), step]
    last = random.randrange(int(LATEST * photos / _size(step)))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        began = time.perf_counter()
        said = [process.stdout.readline() for _ in range(last + 1)]
        step_s = (time.perf_counter() - began) / len(said)
        time.sleep(random.random() * step_s)
        process.send_signal(signal.SIGKILL)
        said += process.stdout  # what was in the pipe before it died
    assert process.returncode == -signal.SIGKILL, f"it ended by itself: {process.returncode}"
    return check(kind(folder), photos, int(said[-1]), step)


def check(store: Store, photos: int, acknowledged: int, step: str) -> Outcome:
    left = numbers_in(store.folder)  # before the store is opened, which may clear up
    found = dict(enumerate(store.read(range(photos))))
    store.close()
    gone = {number for number, content in found.items() if content is None}
    whole = {number for number, content in found.items() if content == photo(number)}
    done = set(range(acknowledged))
    under_way = set(range(acknowledged, min(photos, acknowledged + _size(step))))
    later = set(range(photos)) - done - under_way
    must_be_whole, must_be_gone = (done, later) if step == WRITE else (later, done)
    broken = (must_be_whole - whole) | (must_be_gone - gone) | (must_be_gone & left)
    return Outcome(acknowledged, len(broken), len(under_way - gone - whole))


if __name__ == "__main__":
    name, home, count, what = sys.argv[1:]
    (chosen,) = (kind for kind in KINDS if kind.__name__ == name)
    work(chosen(Path(home)), int(count), what)
