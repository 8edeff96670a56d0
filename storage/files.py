"""Files by the SHA-256 of their content, and folders for work.

A file appears under its digest whole or not at all: its bytes reach the disk first, then the rename,
then the folder's entry.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

from core.ports import Asked, Tidied
from storage.database import Database
from storage.photos import PhotoFolders, sync_folder
from storage.tidying import Tidying

# A file is put right before the row that names it is written. As git does with new objects, nothing
# young is collected: an hour is longer than that takes.
GRACE_S = 3600.0

_UNNAMED = """
    SELECT value FROM json_each(?)
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE source = value)
    AND NOT EXISTS (SELECT 1 FROM datasets WHERE sheet = value)
    AND NOT EXISTS (SELECT 1 FROM models WHERE file = value)
"""


class Files:
    """Fulfils `core.ports.Files`; `home` is the only folder it touches. Empties the scratch."""

    def __init__(
        self, home: Path, database: Database, folders: PhotoFolders, tidying: Tidying
    ) -> None:
        self._database = database
        self._folders = folders
        self._tidying = tidying
        self._contents = home / "files"
        self._scratch = home / "scratch"
        self._lock = Lock()  # between a `put` of known content and its collection
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._fetched = home / "fetched"
        for folder in (self._contents, self._scratch, self._fetched):
            folder.mkdir(exist_ok=True)

    async def put(self, path: Path) -> str:
        """The digest, in 64 hexadecimal digits. `path` is on the same file system, as a scratch is."""
        return await asyncio.to_thread(self._put, path)

    def path(self, digest: str) -> Path:
        return self._contents / digest

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Path]:
        folder = Path(mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def fetched(self, asked: Asked) -> Path:
        return self._fetched / "{}-{}".format(*asked)

    def photos(self, owner_id: int) -> Path:
        return self._folders.photos(owner_id)

    def cache(self, owner_id: int) -> Path:
        return self._folders.cache(owner_id)

    async def tidy(self, keep_s: float) -> Tidied:
        if not await self._tidying.may_delete():
            return Tidied(0, {})
        await self._drop_fetched()
        return Tidied(await self._collect(), await self._tidying.erase_photos(keep_s))

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        await self._tidying.forgotten(owner_id, digests)

    async def _drop_fetched(self) -> None:
        """What was fetched for an update that is handled, or set aside, is wanted no more."""
        wanted = await self._database.fetch(
            _value, "SELECT id AS value FROM updates WHERE handled = 0"
        )
        waiting = {str(number) for number in wanted}

        def drop() -> None:
            for path in self._fetched.iterdir():
                if path.name.partition("-")[0] not in waiting:
                    path.unlink(missing_ok=True)

        await asyncio.to_thread(drop)

    async def _collect(self) -> int:
        """Files younger than GRACE_S stay, whatever names them."""
        old = await asyncio.to_thread(lambda: [path.name for path in self._old_files()])
        unnamed = await self._database.fetch(_value, _UNNAMED, (json.dumps(old),))
        return await asyncio.to_thread(self._delete, frozenset(unnamed))

    def _put(self, path: Path) -> str:
        digest = _digest_of(path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        with self._lock:
            os.utime(path)  # young from now on, known content too
            path.replace(self.path(digest))
        sync_folder(self._contents)
        return digest

    def _old_files(self) -> Iterator[Path]:
        limit = time.time() - GRACE_S
        return (path for path in self._contents.iterdir() if path.stat().st_mtime < limit)

    def _delete(self, digests: frozenset[str]) -> int:
        with self._lock:
            # Once more: what was put again since the question was asked is young.
            doomed = [path for path in self._old_files() if path.name in digests]
            for path in doomed:
                path.unlink()
        return len(doomed)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _value(row: sqlite3.Row) -> str:
    return str(row["value"])
