"""Copies in a folder of what is in a bucket: those that were used last, up to a size."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from core.tree_names import is_of_cache, keys_last


class _Copy(NamedTuple):
    """used : when, by the monotonic clock."""

    size: int
    used: float


class Copies:
    """Keeps at most `max_bytes` of copies, more only while they are held. Files are known by their names, their paths
    below `root`.

    lock : held by what changes them; whoever holds it sees none come or go.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.lock = RLock()
        self._root = root
        # In the order of use.
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._bytes = 0
        # Names, and beginnings of names.
        self._held: Counter[str] = Counter()
        self._held_below: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return name in self._copies

    def names(self, beginning: str) -> set[str]:
        """The names of those whose names begin so."""
        with self.lock:
            return {name for name in self._copies if name.startswith(beginning)}

    def use(self, name: str) -> bool:
        """True if the file is here, or a task has just deleted it: from the bucket it would come back. It is the
        one that was used last then."""
        with self.lock:
            is_here = name in self._copies
            if is_here and not is_of_cache(name) and not (self._root / name).exists():
                self.forget([name])
                return False
            if is_here:
                self.note(name, self._copies[name].size)
            return is_here

    def note(self, name: str, size: int) -> None:
        """The file is here, and in the bucket."""
        with self.lock:
            self.forget([name])
            self._copies[name] = _Copy(size, time.monotonic())
            self._bytes += size

    def forget(self, names: Collection[str]) -> None:
        """These files are no copies any more."""
        with self.lock:
            for name in names:
                if copy := self._copies.pop(name, None):
                    self._bytes -= copy.size

    def drop(self, names: Collection[str]) -> None:
        """Deletes copies, here or not; whoever reads a shard finds no keys without their vectors."""
        with self.lock:
            for part in reversed(keys_last(names)):
                for name in part:
                    (self._root / name).unlink(missing_ok=True)
            self.forget(names)

    def drop_free(self, beginning: str) -> None:
        """Deletes the copies whose names begin so, but for what is held."""
        with self.lock:
            self.drop([name for name in self.names(beginning) if not self._is_held(name)])

    @contextmanager
    def holding(self, names: Collection[str] = (), below: Collection[str] = ()) -> Iterator[None]:
        """No copy with one of these names, or one that begins so, leaves to make room during the block."""
        with self.lock:
            self._held.update(names)
            self._held_below.update(below)
        try:
            yield
        finally:
            with self.lock:
                self._held -= Counter(names)
                self._held_below -= Counter(below)

    def _is_held(self, name: str) -> bool:
        return name in self._held or any(map(name.startswith, self._held_below))

    def trim(self, *, used_before: float = -math.inf) -> None:
        """Deletes copies, those that were used least recently first, until the rest is not too much, and those that
        were used last before a moment."""
        with self.lock:
            chosen = []
            too_much = self._bytes - self.max_bytes
            for name, copy in self._copies.items():
                if too_much <= 0 and copy.used >= used_before:
                    break
                if not self._is_held(name):
                    chosen.append(name)
                    too_much -= copy.size
            self.drop(chosen)
