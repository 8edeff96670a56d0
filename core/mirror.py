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
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from core.copies import Copies
from core.errors import NoRoom, error_of_disk
from core.objects import Found, Objects, all_at_once
from core.tree_names import all_below, halves, is_of_cache, is_unfinished, keys_last

_ATTEMPTS = 5
# A node that outlives the bot for some seconds may be about to keep the other half of a shard.
_YOUNG_S = 3600.0


class Mirror:
    """Fulfils `storage.tree.Tree`. What was used last is in the folder `root` too: at most `max_bytes`, or what the
    work that goes on needs. Its methods block, and may be called from any thread.
    """

    def __init__(self, root: Path, objects: Objects, max_bytes: int) -> None:
        self.root = root
        self._objects = objects
        self._copies = Copies(root, max_bytes)
        self._lock = self._copies.lock
        # Names of what is in the bucket already, and not yet to be kept.
        self._sent: set[str] = set()
        # What is on its way here, and the names of that of it which was deleted meanwhile.
        self._fetching: dict[str, Future[None]] = {}
        self._deleted: set[str] = set()
        # How many tasks work in a folder of what can be computed again; changes of one are kept one after the other.
        self._users: Counter[Path] = Counter()
        self._changing: WeakValueDictionary[Path, Lock] = WeakValueDictionary()

    @property
    def max_bytes(self) -> int:
        """So much of the tree is here at once."""
        return self._copies.max_bytes

    def open(self, *, is_new: bool) -> None:
        """At a start, before anything else: keeps what is here alone, and knows what is in both places.

        Of what can be computed again, a file that is here alone was deleted meanwhile, by another machine, unless
        the bucket is new; and half a shard there is what a killed process left. Raises FilesAway.
        """
        there = {found.name: found for found in self._objects.found()}
        missing: list[Path] = []
        for path in sorted(all_below(self.root)):
            name = self._name(path)
            if name in there and path.stat().st_size == there[name].size:
                self._note(name, there[name].size)
            elif name in there or is_unfinished(path) or (is_of_cache(name) and not is_new):
                path.unlink()  # of another size than in the bucket: cut short here
            else:
                missing.append(path)
        self._keep_all(missing, self._keep)
        old_before = time.time() - _YOUNG_S
        left = halves(there.keys() | {self._name(path) for path in missing}) & there.keys()
        self.delete([self.root / name for name in left if there[name].written < old_before])
        self._copies.trim()

    @contextmanager
    def holding(self, paths: Collection[Path]) -> Iterator[None]:
        names = [self._name(path) for path in paths]
        with ExitStack() as held:
            held.callback(self._copies.trim)
            held.enter_context(self._copies.holding(names))
            self._fetch(self._absent(names))
            yield

    def send(self, files: Iterable[tuple[Path, Path]]) -> None:
        sources = {target: source for source, target in files}
        names = [self._name(target) for target in sources]
        # Noted before they are there: what is deleted after that is sent once more, by `keep`.
        with self._lock:
            self._sent.update(names)
        try:
            computed = [path for path in sources if is_of_cache(self._name(path))]
            # After the photos: by these a start finds what a killed process has left.
            for part in ([*sources.keys() - computed], *keys_last(computed)):
                all_at_once(lambda path: self._objects.put(self._name(path), sources[path]), part)
        except BaseException:
            with self._lock:
                self._sent.difference_update(names)
            raise

    def keep(self, paths: Collection[Path]) -> None:
        with self._lock:
            sent = self._sent.intersection(map(self._name, paths))
        try:
            self._keep_all([path for path in paths if self._name(path) not in sent], self._keep)
        except BaseException:
            with self._lock:
                self._sent -= sent
                for path in paths:
                    if self._name(path) not in self._copies:
                        path.unlink(missing_ok=True)
            raise
        with self._lock:
            for name in sent:
                self._note(name, self._size(name))
            self._sent -= sent
        self._copies.trim()

    @contextmanager
    def using(
        self, cache: Path, *, reads: str | None = None, changes: bool = False
    ) -> Iterator[None]:
        """A task works in a folder of what can be computed again during the block.

        reads : how the names begin of what it reads there, which is here then, as `holding` has it; None for nothing.
        changes : what it has written and deleted is kept and deleted after the block, as `keep_changes` does.

        Raises FilesAway. Once no task works there any more, the folder has nothing but copies, and lacks nothing that
        can't be fetched: what could not be kept may be of photos that another machine forgets meanwhile.
        """
        with ExitStack() as ending:
            ending.callback(self._copies.trim)
            # Of what a task has deleted nothing is forgotten either, until that is kept.
            ending.enter_context(self._copies.holding(below=[self._name(cache)]))
            with self._lock:
                self._users[cache] += 1
            ending.callback(self._leave, cache)
            if reads is not None:
                self._refresh(cache, self._name(cache / reads))
            if changes:
                ending.callback(self.keep_changes, cache)
            yield

    def keep_changes(self, cache: Path) -> None:
        """Keeps what tasks have written into a folder of what can be computed again, and deletes what they have
        deleted there. Raises FilesAway; the next call does then what this one has not.

        Tasks that run still may write there and delete: no file is deleted here.
        """
        with self._lock:
            changing = self._changing.setdefault(cache, Lock())
        with changing:
            # Before the others are looked for: what takes the place of a file is written before that is deleted.
            gone = self._gone(cache)
            self._keep_all(self._new(cache), self._keep_if_there)
            for part in reversed(keys_last(gone)):  # no keys without their vectors
                self._objects.delete(part)
            self._copies.forget(gone)
            self._copies.trim()

    def delete(self, paths: Collection[Path]) -> None:
        names = [self._name(path) for path in paths]
        try:
            self._objects.delete(names)
        finally:  # whatever was deleted before the server was away
            with self._lock:
                self._sent.difference_update(names)
        with self._lock:
            self._deleted.update(self._fetching.keys() & set(names))
            self._copies.drop(names)

    def delete_folder(self, folder: Path) -> None:
        try:
            self._objects.delete([found.name for found in self._objects.found(self._name(folder))])
        finally:  # the copies are nobody's, and whatever was deleted before the server was away
            with self._lock:
                self._sent = {name for name in self._sent if not self._is_below(name, folder)}
                self._deleted.update(n for n in self._fetching if self._is_below(n, folder))
                self._copies.forget(self._copies.names(self._name(folder)))
            shutil.rmtree(folder, ignore_errors=True)

    def owners(self) -> list[Path]:
        return [self.root / name for name in self._objects.folders()]

    def written(self, folder: Path) -> dict[Path, float]:
        return {self.root / found.name: found.written for found in self._found(folder)}

    def drop_unused(self, for_s: float) -> None:
        """Deletes the copies here that were not used for so many seconds."""
        self._copies.trim(used_before=time.monotonic() - for_s)

    def drop_copies(self, folder: Path) -> None:
        """Deletes the copies here below a folder, but for what is held."""
        self._copies.drop_free(self._name(folder))

    # --------------------------------------------------------------------------------------------

    def _found(self, folder: Path) -> Iterator[Found]:
        return self._objects.found("" if folder == self.root else self._name(folder))

    def _absent(self, names: Iterable[str]) -> list[str]:
        """Those of the files that are not here; the others are used."""
        with self._lock:
            return [name for name in dict.fromkeys(names) if not self._copies.use(name)]

    def _fetch(self, names: Collection[str]) -> None:
        """Brings those here that are in the bucket."""
        for part in keys_last(names):
            all_at_once(self._get, part)

    def _get(self, name: str) -> None:
        """Brings the file here, unless it is in the bucket no more, or is deleted meanwhile.

        Who wants what is on its way already waits for that: a second copy might come once a task has deleted the
        first, and bring it back.
        """
        with self._lock:
            if self._copies.use(name):
                return
            fetching = self._fetching.get(name)
            if is_first := fetching is None:
                fetching = self._fetching[name] = Future()
        if is_first:
            try:
                self._bring(name)
            except BaseException as error:
                fetching.set_exception(error)
            else:
                fetching.set_result(None)
        fetching.result()

    def _bring(self, name: str) -> None:
        try:
            size = self._brought(name)
            with self._lock:
                if name in self._deleted:
                    (self.root / name).unlink(missing_ok=True)
                else:
                    self._note(name, size)
        except FileNotFoundError:
            return
        finally:
            with self._lock:
                del self._fetching[name]
                self._deleted.discard(name)

    def _brought(self, name: str) -> int:
        """Writes the file here; its bytes. On a full disk the copies make room that nobody holds."""
        try:
            return self._objects.get(name, self.root / name)
        except OSError as error:
            if not isinstance(error_of_disk(error), NoRoom):
                raise
            self._copies.trim(used_before=math.inf)
            return self._objects.get(name, self.root / name)

    def _refresh(self, cache: Path, beginning: str) -> None:
        """Makes the files that begin so the ones that are in the bucket."""
        for _ in range(_ATTEMPTS):
            self._wait_for(beginning)
            # Before the others are looked for: what is kept meanwhile is not among them.
            known = self._copies.names(beginning)
            names = [found.name for found in self._found(cache)]
            there = [name for name in names if name.startswith(beginning)]
            if not (absent := self._absent(there)):
                break
            self._fetch(absent)
            # Once more: another machine may have replaced some meanwhile.
        # Deleted by another machine, and so are the vectors in it. What took its place is here now.
        self._copies.drop(known - set(there))

    def _wait_for(self, beginning: str) -> None:
        """Waits for what is on its way: deleted in the bucket since, it would come while a task rewrites the rest."""
        with self._lock:
            coming = [self._fetching[name] for name in self._fetching if name.startswith(beginning)]
        wait(coming)

    def _new(self, cache: Path) -> list[Path]:
        """Files that tasks have written below the folder, in whole, and that are not in the bucket yet."""
        written = {self._name(path) for path in all_below(cache) if not is_unfinished(path)}
        return [self.root / name for name in self._unknown(written) - halves(written)]

    def _unknown(self, names: Iterable[str]) -> set[str]:
        """Those of the files that are here and neither in the bucket nor on their way."""
        with self._lock:
            known = (self._copies, self._fetching, self._sent)
            # A copy that has left meanwhile is not new, should it come back.
            return {
                name
                for name in names
                if not any(name in some for some in known) and (self.root / name).exists()
            }

    def _gone(self, cache: Path) -> list[str]:
        """Files that tasks have deleted below the folder, and that are in the bucket still."""
        with self._lock:
            return [
                name
                for name in self._copies.names(self._name(cache))
                if not (self.root / name).exists()
            ]

    def _leave(self, cache: Path) -> None:
        """A task has ended. After the last one, what could not be kept goes, and what could not be deleted may come
        back."""
        with self._lock:
            self._users -= Counter([cache])
            if cache in self._users:
                return
            written = [self._name(path) for path in all_below(cache) if not is_unfinished(path)]
            for part in reversed(keys_last(self._unknown(written))):
                for name in part:
                    (self.root / name).unlink(missing_ok=True)
            self._copies.forget(self._gone(cache))

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

    def _note(self, name: str, size: int) -> None:
        with self._lock:
            self._deleted.discard(name)
            self._copies.note(name, size)

    def _size(self, name: str) -> int:
        """The bytes of what was sent; 0 if a task has deleted it already, which puts shards together."""
        path = self.root / name
        return 0 if is_of_cache(name) and not path.exists() else path.stat().st_size

    def _is_below(self, name: str, start: Path) -> bool:
        return name.startswith(self._name(start))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()
