"""Stores of photos side by side: the table of `core.photos.store`.

`python -m tests.bench.bench_stores [FOLDER]`: 37 000 photos of 20 KB are written, 512 read at random, one
removed so that none of its bytes is left. FOLDER is on the disk to measure.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from core.entities import photo_path
from core.photos.store import PhotoStore

PHOTOS = 37_000
PHOTO_BYTES = 20_000
READ = 512
SYNC_THREADS = 8

NOISE = Random(0).randbytes(4_000_000)
DIGESTS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(PHOTOS)]
NUMBERS = {digest: number for number, digest in enumerate(DIGESTS)}


def photo(number: int) -> bytes:
    start = number * 7919 % (len(NOISE) - PHOTO_BYTES)
    return number.to_bytes(8) + NOISE[start : start + PHOTO_BYTES - 8]


class Store(ABC):
    """A candidate, in a folder of its own."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @abstractmethod
    def write(self) -> None:
        """All photos, on the disk when it returns."""

    @abstractmethod
    def read(self, digests: list[str]) -> Iterator[bytes]:
        """The photos, from a store that is not open yet."""

    @abstractmethod
    def remove(self, digest: str) -> None: ...


class OneDatabase(Store):
    name = "one SQLite file"

    def write(self) -> None:
        with closing(self._open()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY, sha256 UNIQUE, bytes)")
            for start in range(0, PHOTOS, READ):
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO photos (sha256, bytes) VALUES (?, ?)",
                    ((DIGESTS[n], photo(n)) for n in range(start, min(PHOTOS, start + READ))),
                )
                connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def read(self, digests: list[str]) -> Iterator[bytes]:
        with closing(self._open()) as connection:
            for digest in digests:
                query = "SELECT bytes FROM photos WHERE sha256 = ?"
                yield connection.execute(query, (digest,)).fetchone()[0]

    def remove(self, digest: str) -> None:
        with closing(self._open()) as connection:
            connection.execute("DELETE FROM photos WHERE sha256 = ?", (digest,))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "photos.db", isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection


class OnePack(Store):
    """Offsets are the photos' numbers here; a real one has them in the database."""

    name = "one append-only pack"

    def write(self) -> None:
        with (self.folder / "pack").open("wb") as pack:
            for number in range(PHOTOS):
                pack.write(photo(number))
            pack.flush()
            os.fsync(pack.fileno())

    def read(self, digests: list[str]) -> Iterator[bytes]:
        with (self.folder / "pack").open("rb") as pack:
            for digest in digests:
                yield os.pread(pack.fileno(), PHOTO_BYTES, NUMBERS[digest] * PHOTO_BYTES)

    def remove(self, digest: str) -> None:
        with (self.folder / "pack").open("rb+") as pack:
            os.pwrite(pack.fileno(), bytes(PHOTO_BYTES), NUMBERS[digest] * PHOTO_BYTES)
            os.fsync(pack.fileno())


class LooseFiles(Store):
    """`PhotoStore`, the one that is used."""

    name = "files, one sync at the end"

    def write(self) -> None:
        store = PhotoStore(self.folder)
        for number, digest in enumerate(DIGESTS):
            store.write(digest, photo(number))
        store.sync(DIGESTS)

    def read(self, digests: list[str]) -> Iterator[bytes]:
        return map(PhotoStore(self.folder).read, digests)

    def remove(self, digest: str) -> None:
        path = self.folder / photo_path(digest)
        path.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class SyncedFiles(LooseFiles):
    name = f"files, each synced, {SYNC_THREADS} threads"

    def write(self) -> None:
        store = PhotoStore(self.folder)

        def write(number: int) -> None:
            store.write(DIGESTS[number], photo(number))
            store.sync(DIGESTS[number : number + 1])

        with ThreadPoolExecutor(SYNC_THREADS) as threads:
            list(threads.map(write, range(PHOTOS)))


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def holds(folder: Path, content: bytes) -> bool:
    """True if the bytes are anywhere in the folder's files."""
    return any(content in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def measure(store: Store) -> None:
    some = Random(1).sample(DIGESTS, READ)
    removed = some[0]
    write_s = seconds(store.write)
    first_s, again_s = (seconds(lambda: list(store.read(some))) for _ in range(2))
    remove_s = seconds(lambda: store.remove(removed))
    left = "yes" if holds(store.folder, photo(NUMBERS[removed])) else "none"
    cells = f"{write_s:.1f} | {first_s:.3f} | {again_s:.3f} | {remove_s:.4f} | {left}"
    print(f"| {store.name} | {cells} |", flush=True)


def main(folder: str | None = None) -> None:
    print(f"{PHOTOS} photos of {PHOTO_BYTES // 1000} KB; seconds\n")
    print(f"| store | write | open and read {READ} | again | remove one | its bytes left |")
    print("|---|---|---|---|---|---|")
    for kind in (OneDatabase, OnePack, LooseFiles, SyncedFiles):
        with TemporaryDirectory(dir=folder) as home:
            measure(kind(Path(home) / "store"))


if __name__ == "__main__":
    main(*sys.argv[1:])
