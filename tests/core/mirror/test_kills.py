"""A process that is killed while it keeps, forgets and deletes: what another one then finds in the bucket and in the
folder, for every moment before and after a call to the server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest

from core.features.cache import FeatureCache
from core.mirror import Mirror
from core.objects import Objects

FILE, LATER = "owner/files/name", "owner/files/later"
DIGESTS = tuple(letter * 64 for letter in "abcdef")
FORGOTTEN = DIGESTS[1]


@dataclass(frozen=True)
class Moment:
    """What there was. rows : files that rows name. has_forgotten : a photo is to stay forgotten."""

    objects: dict[str, bytes]
    folder: Path
    rows: frozenset[str]
    has_forgotten: bool


class Life:
    """A process that works until it is killed: at each of its moments."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moments: list[Moment] = []
        self._objects = new_objects()
        self._mirror = Mirror(folder / "here", self._objects, 10_000)
        self._mirror.root.mkdir(parents=True)
        self._kept = folder / "moments"
        self._numbers = count()
        self._rows: set[str] = set()
        self._has_forgotten = False
        self._lock = Lock()  # files are kept by several threads
        self._read, self._found = self._objects.read, self._objects.found
        for name in ("put", "get", "delete", "found"):
            real = getattr(self._objects, name)
            monkeypatch.setattr(self._objects, name, self._noted(real))

    def live(self) -> None:
        cache = self._mirror.root / "owner" / "cache"
        for start in (0, 2, 4):
            with task(self._mirror, cache) as features:
                features.append(DIGESTS[start : start + 2], np.ones((2, 3), np.float32))
        self._put(FILE)
        with task(self._mirror, cache) as features:
            features.forget({FORGOTTEN})
        self._has_forgotten = True
        self._put(LATER)
        self._mirror.drop_unused(-1)
        with task(self._mirror, cache) as features:
            features.compact(most=1, small_bytes=10**6)
        self._rows.remove(FILE)
        self._mirror.delete([self._mirror.root / FILE])

    def _put(self, name: str) -> None:
        path = self._mirror.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name("staged.part")
        staged.write_bytes(name.encode())
        self._mirror.send([(staged, path)])
        staged.replace(path)
        self._mirror.keep([path])
        self._rows.add(name)

    def _noted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            with self._lock:
                self._note()
                answer = call(*arguments)
                answer = list(answer) if isinstance(answer, Iterator) else answer
                self._note()
                return answer

        return noted

    def _note(self) -> None:
        folder = self._kept / str(next(self._numbers))
        shutil.copytree(self._mirror.root, folder)
        objects = {found.name: self._read(found.name) for found in self._found()}
        self.moments.append(Moment(objects, folder, frozenset(self._rows), self._has_forgotten))


def new_objects() -> Objects:
    stores = pytest.importorskip("obstore.store", reason="needs requirements-dev.txt")
    return Objects(stores.MemoryStore(), "memory")


@contextmanager
def task(mirror: Mirror, cache: Path) -> Iterator[FeatureCache]:
    """Features of a folder, of which everything is here."""
    with mirror.using(cache, reads="", changes=True):
        yield FeatureCache(cache / "features" / "hog")


def test_no_moment_of_a_kill_loses_anything_or_brings_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(tmp_path, monkeypatch)
    life.live()

    assert len(life.moments) > 50
    for number, moment in enumerate(life.moments):
        objects = new_objects()
        for name, content in moment.objects.items():
            objects.put(name, content)
        machine = Mirror(tmp_path / "machines" / str(number), objects, 10_000)
        check(machine, moment)  # another machine, which forgets the photo
        restarted = Mirror(moment.folder, objects, 10_000)
        restarted.open(is_new=False)
        check(restarted, replace(moment, has_forgotten=True))
        here = {path for path in moment.folder.rglob("*") if path.is_file()}
        assert {path.relative_to(moment.folder).as_posix() for path in here} <= {
            found.name for found in objects.found()
        }


def check(mirror: Mirror, moment: Moment) -> None:
    for name in moment.rows:
        path = mirror.root / name
        with mirror.holding([path]):
            assert path.read_bytes() == name.encode()
    cache = mirror.root / "owner" / "cache"
    with task(mirror, cache) as features:
        missing = features.missing(DIGESTS)
        known = [digest for digest in DIGESTS if digest not in missing]
        assert len(features.load(known)) == len(known)
        assert FORGOTTEN in missing or not moment.has_forgotten
    with task(mirror, cache) as features:
        features.forget({FORGOTTEN})
    with task(mirror, cache) as features:
        assert features.missing(DIGESTS) == sorted({FORGOTTEN, *missing})
