"""Candidates for the store of photos, which live in the benchmark alone: one is `PhotoStore`.

All hold the same made-up photos, by their numbers. Each 500 bytes of a photo carry its number, so that
a piece of one is found wherever it was left: SQLite keeps a photo in pages that are not side by side.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from itertools import islice
from pathlib import Path
from random import Random

from core.errors import PhotoMissing
from core.photos.store import PhotoStore
from storage.photos import sync_folder

PHOTO_BYTES = 20_000
SYNC_THREADS = 8
PHOTOS_PER_COMMIT = 512

_PIECE_BYTES = 500
_MARK = b"\xf1photo:"
_NUMBER_BYTES = 4
_NOISE_BYTES = _PIECE_BYTES - len(_MARK) - _NUMBER_BYTES
_NOISE = Random(0).randbytes(4_000_000)
_MARKED = re.compile(re.escape(_MARK) + rb"(.{%d})" % _NUMBER_BYTES, re.DOTALL)


def photo(number: int) -> bytes:
    start = number * 7919 % (len(_NOISE) - PHOTO_BYTES)
    stamp = _MARK + number.to_bytes(_NUMBER_BYTES)
    return b"".join(
        stamp + _NOISE[at : at + _NOISE_BYTES]
        for at in range(start, start + PHOTO_BYTES, _PIECE_BYTES)
    )


def digest(number: int) -> str:
    """What the photo is named by."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def numbers_in(folder: Path) -> set[int]:
    """The photos of which a piece is anywhere in the folder's files, whatever the store says.

    What a file system keeps in blocks that it has freed is not looked for.
    """
    files = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    return {number for path in files for number in _numbers_in_file(path)}


def _numbers_in_file(path: Path) -> Iterator[int]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for found in _MARKED.finditer(content):
            yield int.from_bytes(found[1])


class Store(ABC):
    """A candidate, in a folder that is there. It is opened by the first call."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened = ExitStack()

    @abstractmethod
    def write(self, numbers: Sequence[int]) -> None:
        """Adds photos, the next ones in order; they are on the disk when it returns."""

    @abstractmethod
    def read(self, numbers: Sequence[int]) -> Iterator[bytes | None]:
        """The photos, None for one that is not there."""

    @abstractmethod
    def remove(self, number: int) -> None:
        """No file holds a byte of the photo when it returns, and that is on the disk."""

    def close(self) -> None:
        """Closes what was opened."""
        self._opened.close()


class OneDatabase(Store):
    name = "one SQLite file"

    def write(self, numbers: Sequence[int]) -> None:
        rest = iter(numbers)
        while batch := list(islice(rest, PHOTOS_PER_COMMIT)):
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO photos (sha256, bytes) VALUES (?, ?)",
                ((digest(number), photo(number)) for number in batch),
            )
            self._connection.execute("COMMIT")

    def read(self, numbers: Sequence[int]) -> Iterator[bytes | None]:
        query = "SELECT bytes FROM photos WHERE sha256 = ?"
        for number in numbers:
            row = self._connection.execute(query, (digest(number),)).fetchone()
            yield row[0] if row else None

    def remove(self, number: int) -> None:
        self._connection.execute("DELETE FROM photos WHERE sha256 = ?", (digest(number),))
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "photos.db", isolation_level=None)
        self._opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS photos (id INTEGER PRIMARY KEY, sha256 UNIQUE, bytes)"
        )
        return connection


class OnePack(Store):
    """The offsets follow from the numbers here; a real one has to keep them. It has no log of what is
    being overwritten."""

    name = "one append-only pack"

    def write(self, numbers: Sequence[int]) -> None:
        with (self.folder / "pack").open("ab") as pack:
            for number in numbers:
                pack.write(photo(number))
            pack.flush()
            os.fsync(pack.fileno())

    def read(self, numbers: Sequence[int]) -> Iterator[bytes | None]:
        zeros = bytes(PHOTO_BYTES)
        with (self.folder / "pack").open("rb") as pack:
            for number in numbers:
                found = os.pread(pack.fileno(), PHOTO_BYTES, number * PHOTO_BYTES)
                yield found if found not in (b"", zeros) else None

    def remove(self, number: int) -> None:
        with (self.folder / "pack").open("rb+") as pack:
            os.pwrite(pack.fileno(), bytes(PHOTO_BYTES), number * PHOTO_BYTES)
            os.fsync(pack.fileno())


class LooseFiles(Store):
    """`PhotoStore`, the one that is used."""

    name = "files, one sync at the end"

    def write(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._photos.write(digest(number), photo(number))
        self._photos.sync(map(digest, numbers))

    def read(self, numbers: Sequence[int]) -> Iterator[bytes | None]:
        return map(self._read, numbers)

    def remove(self, number: int) -> None:
        path = self._photos.path(digest(number))
        path.unlink()
        sync_folder(path.parent)

    @cached_property
    def _photos(self) -> PhotoStore:
        return PhotoStore(self.folder)

    def _read(self, number: int) -> bytes | None:
        try:
            return self._photos.read(digest(number))
        except PhotoMissing:
            return None


class SyncedFiles(LooseFiles):
    name = f"files, each synced, {SYNC_THREADS} threads"

    def write(self, numbers: Sequence[int]) -> None:
        with ThreadPoolExecutor(SYNC_THREADS) as threads:
            folders = set(threads.map(self._write_one, numbers))
            list(threads.map(sync_folder, folders))

    def _write_one(self, number: int) -> Path:
        self._photos.write(digest(number), photo(number))
        self._photos.sync([digest(number)])
        return self._photos.path(digest(number)).parent


KINDS: tuple[type[Store], ...] = (OneDatabase, OnePack, LooseFiles, SyncedFiles)
