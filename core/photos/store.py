"""The store of photos: one file per photo, named by its digest, in 256 folders.

Any photo can be read, encrypted and removed on its own, and no index has to be opened or checked for
it. With a key the files are sealed and their names too (`core.sealed`). Measured with 37 000 photos of 20 KB (two cores, local disk; seconds):

| store                          | write | open and read 512 at random | remove one for good |
| one SQLite file                | 4.1   | 0.015, again 0.011          | 0.003 (secure_delete, checkpoint) |
| one append-only pack           | 1.2   | 0.002, again 0.002          | 0.0003 (zeros written over it) |
| files, one sync at the end     | 5.4   | 0.013, again 0.009          | 0.0002 (unlink, folder synced) |
| files, each synced, 8 threads  | 7.8   | the same                    | the same |

A pack is the fastest, but needs offsets beside it, compaction, and a log of what is being overwritten.
Killed in the middle (10 times each, `tests/bench/store_kills.py`), none lost what was acknowledged; files
under way may be torn, which does no harm: they are written to a scratch folder and published by rename,
before the rows that name them (`tests/storage/test_kills.py`). Writing files costs 4 s of the 40 s that
reading as many photos takes, and runs beside the decoding. So: files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from core import sealed
from core.entities import photo_path
from core.errors import PhotoMissing, SealBroken
from core.sealed import Key, name_of

MAX_SYNCED_ONE_BY_ONE = 64
"""Photos. More of them are synced by one call for the whole file system, which is faster."""


class PhotoStore:
    """The photos in one folder, sealed where there is a key."""

    def __init__(self, folder: Path, key: Key | None = None) -> None:
        self._folder = folder
        self._key = key

    def read(self, sha256: str) -> bytes:
        """The bytes of a photo. Raises PhotoMissing."""
        try:
            return sealed.read(self.path(sha256), self._key)
        except (OSError, SealBroken) as error:
            raise PhotoMissing(sha256) from error

    def need(self, digests: Iterable[str]) -> None:
        """Raises PhotoMissing, which names all of these photos that are not there: whoever runs a task can fetch
        them at once and run it again."""
        missing = [digest for digest in dict.fromkeys(digests) if not self.path(digest).exists()]
        if missing:
            raise PhotoMissing(missing[0], tuple(missing[1:]))

    def write(self, sha256: str, data: bytes) -> None:
        """Writes the bytes of a photo; they are on the disk after `sync`.

        Only for a folder that nobody else reads yet: the file grows in place.
        """
        name = name_of(sha256, self._key)
        path = f"{self._folder}/{photo_path(name)}"
        try:
            file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 (a tenth of pathlib's time)
        except FileNotFoundError:
            self.path(sha256).parent.mkdir(parents=True, exist_ok=True)
            file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115
        with file:
            file.write(sealed.seal(data, self._key, name))

    def sync(self, digests: Iterable[str]) -> None:
        """Returns once the bytes of these photos are on the disk."""
        paths = [self.path(digest) for digest in digests]
        if len(paths) > MAX_SYNCED_ONE_BY_ONE and hasattr(os, "sync"):
            os.sync()
            return
        for path in paths:
            with path.open("rb+") as file:
                os.fsync(file.fileno())

    def path(self, sha256: str) -> Path:
        """Where the photo's file is, or will be."""
        return self._folder / photo_path(name_of(sha256, self._key))
