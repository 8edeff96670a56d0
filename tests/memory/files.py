"""Files below a temporary folder; what names them is in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from core.ports import Asked, Tidied
from core.sealed import Stored
from tests.memory.edits import close_void
from tests.memory.folders import OwnerFolders
from tests.memory.jobs import unended
from tests.memory.tables import Tables, now

GRACE_S = 3600.0
"""Files that are younger stay: the row that names one may still be on its way."""


class MemoryFiles:
    """Fulfils `core.ports.Files`, but for what survives a killed process: nothing does."""

    def __init__(self, home: Path, tables: Tables, folders: OwnerFolders) -> None:
        self._tables = tables
        self._folders = folders
        self._contents = home / "files"
        self._scratch = home / "scratch"
        for folder in (self._contents, self._scratch, home / "fetched"):
            folder.mkdir(parents=True, exist_ok=True)

    async def put(self, owner_id: int, path: Path) -> str:
        return await asyncio.to_thread(self._put, path)

    async def read(self, owner_id: int, digest: str) -> bytes:
        return (self._contents / digest).read_bytes()

    async def stored(self, owner_id: int, digest: str) -> Stored:
        return Stored(self._contents / digest)

    def staging(self, scratch: Path) -> Path:
        return scratch

    async def key(self, owner_id: int) -> None:
        return None

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Path]:
        folder = Path(mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def photos(self, owner_id: int) -> Stored:
        return Stored(self._folders.photos(owner_id))

    def fetched(self, asked: Asked) -> Path:
        return self._scratch.with_name("fetched") / "{}-{}".format(*asked)

    async def cache(self, owner_id: int) -> Stored:
        return Stored(self._folders.cache(owner_id))

    async def erase_owner(self, owner_id: int) -> None:
        for folder in (await self.photos(owner_id), await self.cache(owner_id)):
            shutil.rmtree(folder.path)

    async def free_megabytes(self) -> int:
        return 10**6

    async def free_scratch_megabytes(self) -> int:
        return 10**6

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        self._tables.erasures -= {(owner_id, digest) for digest in digests}

    async def tidy(self, keep_s: float) -> Tidied:
        files = self._collect()
        return Tidied(files, self._erase_photos(keep_s))

    def _put(self, path: Path) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        os.utime(path)
        path.replace(self._contents / digest)
        return digest

    def _collect(self) -> int:
        named = {model.file for model in self._tables.models.values()}
        named |= {stored.dataset.sheet or "" for stored in self._tables.datasets.values()}
        limit = time.time() - GRACE_S
        unnamed = [path for path in self._contents.iterdir() if path.name not in named]
        doomed = [path for path in unnamed if path.stat().st_mtime < limit]
        for path in doomed:
            path.unlink()
        return len(doomed)

    def _erase_photos(self, keep_s: float) -> Mapping[int, tuple[str, ...]]:
        """The digests of each owner's, those of earlier calls too that were not forgotten yet."""
        doomed = self._doomed(keep_s)
        self._close_edits(doomed)
        for photo in doomed:
            del self._tables.photos[photo]
        self._tables.erasures |= doomed
        erased: defaultdict[int, list[str]] = defaultdict(list)
        for owner_id, digest in sorted(self._tables.erasures - self._tables.photos.keys()):
            erased[owner_id].append(digest)
        for owner_id, digests in erased.items():
            self._folders.erase(owner_id, digests)
        return {
            owner_id: tuple(digests)
            for owner_id, digests in erased.items()
            if not unended(self._tables, owner_id)
        }

    def _doomed(self, keep_s: float) -> set[tuple[int, str]]:
        """Photos without an example that no edit could bring back, or not for so long."""
        limit = now() - timedelta(seconds=keep_s)
        wanted = {self._tables.photo_key(change) for change in self._tables.changes}
        return {
            key
            for key, photo in self._tables.photos.items()
            if photo.released_at
            and (photo.released_at <= limit or key not in wanted)
            and not unended(self._tables, key[0])
        }

    def _close_edits(self, doomed: Set[tuple[int, str]]) -> None:
        """What can't be taken back whole is not taken back, nor what was done before it."""
        tables, lost = self._tables, defaultdict[int, int](int)
        for dataset_id, number in (
            change.edit for change in tables.changes if tables.photo_key(change) in doomed
        ):
            lost[dataset_id] = max(lost[dataset_id], number)
        for dataset_id, last in lost.items():
            for number, edit in tables.datasets[dataset_id].edits.items():
                edit.is_closed |= number <= last
        tables.changes = [one for one in tables.changes if one.number > lost[one.dataset_id]]
        for owner_id in {owner_id for owner_id, _ in doomed}:
            close_void(tables, owner_id)
