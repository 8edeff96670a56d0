"""Features that were computed once, kept by the image's content."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_ATTEMPTS = 5


class FeatureCache:
    """Vectors by the SHA-256 of an image, in immutable shards in one folder.

    A shard is two files, `NAME.npy` (float32 (n, dimension)) and `NAME.keys.npy` (n digests); the
    keys are renamed into place last, so a shard is there whole or not at all, and several processes
    may add shards at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def missing(self, digests: Iterable[str]) -> list[str]:
        """Those of the digests that have no vector yet, each once, in their order."""
        known = self._places().keys()
        return [digest for digest in dict.fromkeys(digests) if digest not in known]

    def append(self, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keeps vectors, float32 (n, dimension), one for each of the n digests."""
        self._folder.mkdir(parents=True, exist_ok=True)
        shard = self._folder / f"{uuid.uuid4().hex}.npy"
        _save(shard, vectors)
        _save(shard.with_suffix(".keys.npy"), np.array(digests, dtype="S64"))

    def forget(self, digests: Collection[str]) -> None:
        """Deletes the vectors of these digests: a shard that holds some is written anew without them."""
        for path, keys in list(self._shards()):
            kept = [row for row, digest in enumerate(keys) if digest not in digests]
            if len(kept) == len(keys):
                continue
            if kept:
                self.append([keys[row] for row in kept], np.load(path)[kept])
            path.with_suffix(".keys.npy").unlink()
            path.unlink()

    def compact(self, most: int, small_bytes: int) -> None:
        """Makes one shard of the small ones, of at most `small_bytes`, where there are more than `most`: each is
        two open files while it is read, and a chat that teaches adds one a lesson."""
        shards = [
            (path, keys) for path, keys in self._shards() if path.stat().st_size <= small_bytes
        ]
        if len(shards) <= most:
            return
        keys = [digest for _, digests in shards for digest in digests]
        self.append(keys, np.concatenate([np.load(path) for path, _ in shards]))
        for path, _ in shards:
            path.with_suffix(".keys.npy").unlink()
            path.unlink()

    def load(self, digests: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of the digests, float32 (n, dimension). Raises KeyError if one is missing."""
        places = self._places()
        first, _ = places[digests[0]]
        loaded = np.empty((len(digests), first.shape[1]), np.float32)
        for index, digest in enumerate(digests):
            vectors, row = places[digest]
            loaded[index] = vectors[row]
        return loaded

    def _places(self) -> dict[str, tuple[NDArray[np.float32], int]]:
        """Where the vector of each digest is: a shard, mapped into memory, and a row of it.

        Looked for again where `forget` deletes a shard meanwhile, in another process: what it keeps is
        in a new one.
        """
        for _ in range(_ATTEMPTS - 1):
            with suppress(FileNotFoundError):
                return self._read_places()
        return self._read_places()

    def _read_places(self) -> dict[str, tuple[NDArray[np.float32], int]]:
        places: dict[str, tuple[NDArray[np.float32], int]] = {}
        for path, keys in self._shards():
            vectors = np.load(path, mmap_mode="r")
            places |= {digest: (vectors, row) for row, digest in enumerate(keys)}
        return places

    def _shards(self) -> Iterator[tuple[Path, list[str]]]:
        for keys in sorted(self._folder.glob("*.keys.npy")):
            shard = keys.with_name(keys.name.removesuffix(".keys.npy") + ".npy")
            yield shard, [digest.decode() for digest in np.load(keys)]


def _save(path: Path, array: NDArray[np.generic]) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
