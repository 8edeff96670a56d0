"""Features that were computed once, kept by the image's content."""

from __future__ import annotations

import io
import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core import sealed
from core.sealed import Key
from core.tree_names import DOOMED, KEYS, VECTORS, keys_of, vectors_of

_ATTEMPTS = 5

T = TypeVar("T")


class FeatureCache:
    """Vectors by the SHA-256 of an image, in immutable shards in one folder.

    A shard is two files, `NAME.npy` (float32 (n, dimension)) and `NAME.keys.npy` (n digests); the
    keys are renamed into place last, and away first, so a shard is there whole or not at all, and several
    processes may add shards at once. With a key both are sealed; shards are then decrypted into memory one after
    the other, and without one they are mapped.
    """

    def __init__(self, folder: Path, key: Key | None = None) -> None:
        self._folder = folder
        self._key = key

    def missing(self, digests: Iterable[str]) -> list[str]:
        """Those of the digests that have no vector yet, each once, in their order."""
        known = _again_if_replaced(self._known)
        return [digest for digest in dict.fromkeys(digests) if digest not in known]

    def append(self, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keeps vectors, float32 (n, dimension), one for each of the n digests."""
        self._folder.mkdir(parents=True, exist_ok=True)
        shard = self._folder / f"{uuid.uuid4().hex}{VECTORS}"
        self._save(shard, vectors)
        self._save(keys_of(shard), np.array(digests, dtype="S64"))

    def forget(self, digests: Collection[str]) -> None:
        """Deletes the vectors of these digests: a shard that holds some is written anew without them. One
        process at a time may do so; where it is killed, the next one completes what it left."""
        for doomed in self._folder.glob(f"*{DOOMED}"):
            _delete_doomed(doomed)
        for path, keys in list(self._shards()):
            kept = [row for row, digest in enumerate(keys) if digest not in digests]
            if len(kept) == len(keys):
                continue
            if kept:
                self.append([keys[row] for row in kept], self._read(path)[kept])
            _delete(path)

    def compact(self, most: int, small_bytes: int) -> None:
        """Makes one shard of the small ones, of at most `small_bytes`, where there are more than `most`: each is
        two open files while it is read, and a chat that teaches adds one a lesson."""
        shards = [
            (path, keys) for path, keys in self._shards() if path.stat().st_size <= small_bytes
        ]
        if len(shards) <= most:
            return
        keys = [digest for _, digests in shards for digest in digests]
        self.append(keys, np.concatenate([self._read(path) for path, _ in shards]))
        for path, _ in shards:
            _delete(path)

    def load(self, digests: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of the digests, float32 (n, dimension). Raises KeyError if one is missing."""
        return _again_if_replaced(lambda: self._load(digests))

    def _load(self, digests: Sequence[str]) -> NDArray[np.float32]:
        positions = defaultdict[str, list[int]](list)
        for position, digest in enumerate(digests):
            positions[digest].append(position)
        loaded = np.empty((0, 0), np.float32)
        for path, keys in self._shards():
            found = [(row, positions.pop(key)) for row, key in enumerate(keys) if key in positions]
            if found:
                vectors = self._read(path)
                if not loaded.size:
                    loaded = np.empty((len(digests), vectors.shape[1]), np.float32)
                rows = np.repeat([row for row, _ in found], [len(places) for _, places in found])
                loaded[[place for _, places in found for place in places]] = vectors[rows]
        if positions:
            raise KeyError(next(iter(positions)))
        return loaded

    def _known(self) -> set[str]:
        return {digest for _, keys in self._shards() for digest in keys}

    def _shards(self) -> Iterator[tuple[Path, list[str]]]:
        for keys in sorted(self._folder.glob(f"*{KEYS}")):
            yield vectors_of(keys), [digest.decode() for digest in self._read(keys)]

    def _read(self, path: Path) -> NDArray[Any]:
        if self._key is None:
            mapped: NDArray[Any] = np.load(path, mmap_mode="r")
            return mapped
        return _array(sealed.read(path, self._key))

    def _save(self, path: Path, array: NDArray[np.generic]) -> None:
        content = io.BytesIO()
        np.save(content, array)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(sealed.seal(content.getvalue(), self._key, path.name))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _delete(path: Path) -> None:
    """Deletes a shard. A process that is killed meanwhile leaves a name by which `forget` finds the rest."""
    doomed = path.with_suffix(DOOMED)
    keys_of(path).replace(doomed)
    _delete_doomed(doomed)


def _delete_doomed(doomed: Path) -> None:
    doomed.with_suffix(VECTORS).unlink(missing_ok=True)
    doomed.unlink()


def _array(content: bytes) -> NDArray[Any]:
    """The array in the bytes of an NPY file, not copied: `np.load` copies it in small pieces, and takes three
    times as long."""
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, _, kind = np.lib.format.read_array_header_1_0(file)
    array: NDArray[Any] = np.frombuffer(content, kind, offset=file.tell()).reshape(shape)
    return array


def _again_if_replaced(read: Callable[[], T]) -> T:
    """Reads again where `forget` deletes a shard meanwhile, in another process: what it keeps is in a new
    one."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(FileNotFoundError):
            return read()
    return read()
