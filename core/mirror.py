"""The tree of sealed files where it is kept in a bucket, with a part of it in a folder here.

`core.tree_names` says what the tree looks like. A file never changes (photos and files are named by a digest of their
content, what is computed from photos by a random number), so a copy of one is never out of date; it may only be of
something that was deleted. Files are sealed before they get here (`core.sealed`): the bucket sees neither keys nor
plain bytes nor names that mean anything.
"""

from __future__ import annotations

import math
import shutil
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from typing import NamedTuple

from core.errors import NoRoom, error_of_disk
from core.objects import Found, Objects, all_at_once
from core.tree_names import CACHE, all_below, halves, is_of_cache, is_unfinished, keys_last

_ATTEMPTS = 5


class _Copy(NamedTuple):
    """A file here. used : when, by the monotonic clock."""

    size: int
    used: float


class Mirror:
    """Fulfils `storage.tree.Tree`. What was used last is in the folder `root` too: at most `max_bytes`, or what the
    work that goes on needs. Its methods block, and may be called from any thread.
    """

    def __init__(self, root: Path, objects: Objects, max_bytes: int) -> None:
        self.root = root
        self._objects = objects
        self.max_bytes = max_bytes
        self._lock = RLock()
        # What is in the bucket and here, by name, in the order of use.
        self._here: OrderedDict[str, _Copy] = OrderedDict()
        self._bytes = 0
        # Names of what is in the bucket already, and not yet to be kept.
        self._sent: set[str] = set()
        # Names of what is on its way here, as often as it is, and those of it that were deleted meanwhile.
        self._fetching: Counter[str] = Counter()
        self._deleted: set[str] = set()
        self._held: Counter[str] = Counter()
        self._changing = Lock()

    def open(self, *, is_new: bool) -> None:
        """At a start, before anything else: keeps what is here alone, and knows what is in both places.

        Of what can be computed again, a file that is here alone was deleted meanwhile, by another machine, unless
        the bucket is new. Raises FilesAway.
        """
        there = {found.name: found.size for found in self._objects.found()}
        missing: list[Path] = []
        for path in sorted(all_below(self.root)):
            name = self._name(path)
            if name in there and path.stat().st_size == there[name]:
                self._note(name, there[name])
            elif name in there or is_unfinished(path) or (is_of_cache(name) and not is_new):
                path.unlink()  # of another size than in the bucket: cut short here
            else:
                missing.append(path)
        self._keep_all(missing, self._keep)
        self._trim()

    @contextmanager
    def holding(self, paths: Collection[Path], caches: Collection[Path] = ()) -> Iterator[None]:
        """As `storage.tree.Tree.holding`; also what can be computed again and lies at paths that begin so."""
        names = [self._name(path) for path in paths]
        with ExitStack() as held:
            held.callback(self._trim)
            held.enter_context(self._holding(names))
            self._fetch(names)
            for cache in caches:
                held.enter_context(self._holding_cache(cache))
            yield

    def send(self, files: Iterable[tuple[Path, Path]]) -> None:
        sources = {target: source for source, target in files}
        names = [self._name(target) for target in sources]
        # Noted before they are there: what is deleted after that is sent once more, by `keep`.
        with self._lock:
            self._sent.update(names)
        try:
            for part in keys_last(sources):
                all_at_once(lambda path: self._objects.put(self._name(path), sources[path]), part)
        except BaseException:
            with self._lock:
                self._sent.difference_update(names)
            raise

    def keep(self, paths: Collection[Path]) -> None:
        with self._lock:
            sent = self._sent.intersection(map(self._name, paths))
            self._sent -= sent
        try:
            self._keep_all([path for path in paths if self._name(path) not in sent], self._keep)
        except BaseException:
            for path in paths:
                if self._name(path) not in self._here:
                    path.unlink(missing_ok=True)
            raise
        for name in sent:
            self._note(name, (self.root / name).stat().st_size)
        self._trim()

    def keep_changes(self, cache: Path) -> None:
        """Keeps what a task has written into a folder of what can be computed again, and deletes what it has
        deleted there. Raises FilesAway; the next call does then what this one has not.

        Tasks that run still may write there and delete: no file is deleted here.
        """
        with self._changing:
            # Before the others are looked for: what takes the place of a file is written before that is deleted.
            with self._lock:
                gone = [name for name in self._known(cache) if not (self.root / name).exists()]
            self._keep_all(self._new(cache), self._keep_if_there)
            for part in reversed(keys_last(gone)):  # no keys without their vectors
                self._objects.delete(part)
            self._forget(gone)
            self._trim()

    def delete(self, paths: Collection[Path]) -> None:
        names = [self._name(path) for path in paths]
        try:
            self._objects.delete(names)
        finally:  # whatever was deleted before the server was away
            with self._lock:
                self._sent.difference_update(names)
        with self._lock:
            self._deleted.update(self._fetching.keys() & set(names))
            self._drop(names)

    def delete_folder(self, folder: Path) -> None:
        try:
            self._objects.delete([found.name for found in self._objects.found(self._name(folder))])
        finally:  # the copies are nobody's, and whatever was deleted before the server was away
            with self._lock:
                self._sent = {name for name in self._sent if not self._is_below(name, folder)}
                self._deleted.update(n for n in self._fetching if self._is_below(n, folder))
                self._forget(self._known(folder))
            shutil.rmtree(folder, ignore_errors=True)

    def owners(self) -> list[Path]:
        return [self.root / name for name in self._objects.folders()]

    def written(self, folder: Path) -> dict[Path, float]:
        return {self.root / found.name: found.written for found in self._found(folder)}

    def drop_unused(self, for_s: float) -> None:
        """Deletes the copies here that were not used for so many seconds."""
        self._trim(used_before=time.monotonic() - for_s)

    def drop_copies(self, folder: Path) -> None:
        """Deletes the copies here below a folder, but for what is held."""
        with self._lock:
            self._drop([name for name in self._known(folder) if name not in self._held])

    # --------------------------------------------------------------------------------------------

    def _found(self, folder: Path) -> Iterator[Found]:
        return self._objects.found("" if folder == self.root else self._name(folder))

    def _fetch(self, names: Iterable[str]) -> list[str]:
        """Returns those that are in the bucket neither."""
        with self._lock:
            absent = [name for name in dict.fromkeys(names) if not self._use(name)]
        return [name for part in keys_last(absent) for name in all_at_once(self._get, part) if name]

    def _get(self, name: str) -> str | None:
        """Returns the name if the file is not in the bucket, or is deleted meanwhile."""
        with self._lock:
            self._fetching[name] += 1
        try:
            size = self._brought(name)
            with self._lock:
                if name in self._deleted:
                    (self.root / name).unlink(missing_ok=True)
                    return name
                self._note(name, size)
        except FileNotFoundError:
            return name
        finally:
            with self._lock:
                self._fetching -= Counter([name])
                self._deleted.intersection_update(self._fetching)
        return None

    def _brought(self, name: str) -> int:
        """Writes the file here; its bytes. On a full disk the copies make room that nobody holds."""
        try:
            return self._objects.get(name, self.root / name)
        except OSError as error:
            if not isinstance(error_of_disk(error), NoRoom):
                raise
            self._trim(used_before=math.inf)
            return self._objects.get(name, self.root / name)

    @contextmanager
    def _holding_cache(self, start: Path) -> Iterator[None]:
        """Makes the files that begin so the ones that are in the bucket, which stay here during the block."""
        folder = start if start.name == CACHE else start.parent
        with ExitStack() as held:
            for _ in range(_ATTEMPTS):
                held.close()
                # Before the others are looked for: what is kept meanwhile is not among them.
                known = self._known(start)
                there = [
                    found.name for found in self._found(folder) if self._is_below(found.name, start)
                ]
                held.enter_context(self._holding(there))
                if not self._fetch(there):
                    break
                # Another machine has replaced one meanwhile.
            # Deleted by another machine, and so are the vectors in it. What took its place is here now.
            self._drop(set(known) - set(there))
            yield

    def _known(self, start: Path) -> list[str]:
        """What is here, and in the bucket, and begins so."""
        with self._lock:
            return [name for name in self._here if self._is_below(name, start)]

    def _new(self, cache: Path) -> list[Path]:
        """What tasks have written below the folder, in whole, and is not in the bucket yet."""
        written = {self._name(path) for path in all_below(cache) if not is_unfinished(path)}
        with self._lock:
            known = self._fetching.keys() | self._here.keys()
            # A copy that has left meanwhile is not new, should it come back.
            return [
                self.root / name
                for name in written - known - halves(written)
                if (self.root / name).exists()
            ]

    def _keep_all(self, paths: Collection[Path], keep: Callable[[Path], None]) -> None:
        for part in keys_last(paths):  # a shard is there whole or not at all
            all_at_once(keep, part)

    def _keep(self, path: Path) -> None:
        size = path.stat().st_size
        self._objects.put(self._name(path), path)
        self._note(self._name(path), size)

    def _keep_if_there(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            self._keep(path)

    def _use(self, name: str) -> bool:
        """True if the file is here, or a task has just deleted it: from the bucket it would come back. It is the
        one that was used last then."""
        is_here = name in self._here
        if is_here and not is_of_cache(name) and not (self.root / name).exists():
            self._forget([name])
            return False
        if is_here:
            self._here[name] = _Copy(self._here[name].size, time.monotonic())
            self._here.move_to_end(name)
        return is_here

    def _note(self, name: str, size: int) -> None:
        with self._lock:
            self._deleted.discard(name)
            self._forget([name])
            self._here[name] = _Copy(size, time.monotonic())
            self._bytes += size

    def _forget(self, names: Iterable[str]) -> None:
        with self._lock:
            for name in names:
                if copy := self._here.pop(name, None):
                    self._bytes -= copy.size

    def _drop(self, names: Iterable[str]) -> None:
        with self._lock:
            for name in names:
                (self.root / name).unlink(missing_ok=True)
            self._forget(names)

    @contextmanager
    def _holding(self, names: Collection[str]) -> Iterator[None]:
        """No copy with one of these names leaves to make room during the block."""
        with self._lock:
            self._held.update(names)
        try:
            yield
        finally:
            with self._lock:
                self._held -= Counter(names)

    def _trim(self, *, used_before: float = -math.inf) -> None:
        """Deletes copies here, those that were used least recently first, until the rest is not too much, and those
        that were used last before a moment."""
        with self._lock:
            chosen = []
            too_much = self._bytes - self.max_bytes
            for name, copy in self._here.items():
                if too_much <= 0 and copy.used >= used_before:
                    break
                if name not in self._held:
                    chosen.append(name)
                    too_much -= copy.size
            self._drop(chosen)

    def _is_below(self, name: str, start: Path) -> bool:
        return name.startswith(self._name(start))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()
