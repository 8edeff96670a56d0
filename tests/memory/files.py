"""Files below a temporary folder; what names them is in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from core.ports import Tidied
from tests.memory.edits import close_void
from tests.memory.folders import OwnerFolders
from tests.memory.tables import Change, Tables, now

GRACE_S = 3600.0
"""Files that are younger stay: the row that names one may still be on its way."""


class MemoryFiles:
    """Fulfils `core.ports.Files`, but for what survives a killed process: nothing does."""

    def __init__(self, home: Path, tables: Tables, folders: OwnerFolders) -> None:
        self._tables = tables
        self._folders = folders
        self._contents = home / "files"
        self._scratch = home / "scratch"
        for folder in (self._contents, self._scratch):
            folder.mkdir(parents=True, exist_ok=True)

    async def put(self, path: Path) -> str:
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

    def photos(self, owner_id: int) -> Path:
        return self._folders.photos(owner_id)

    def cache(self, owner_id: int) -> Path:
        return self._folders.cache(owner_id)

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        self._tables.erasures -= {(owner_id, digest) for digest in digests}

    async def tidy(self, keep_s: float) -> Tidied:
        files = self._collect()
        return Tidied(files, self._erase_photos(keep_s))

    def _put(self, path: Path) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        os.utime(path)
        path.replace(self.path(digest))
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
        for owner_id, digest in doomed:
            del self._tables.photos[owner_id, digest]
            self._folders.erase(owner_id, [digest])
        close_void(self._tables)
        self._tables.erasures |= doomed
        erased: defaultdict[int, list[str]] = defaultdict(list)
        for owner_id, digest in sorted(self._tables.erasures):
            erased[owner_id].append(digest)
        return {owner_id: tuple(digests) for owner_id, digests in erased.items()}

    def _doomed(self, keep_s: float) -> set[tuple[int, str]]:
        """Photos without an example that no edit could bring back, or not for so long."""
        limit = now() - timedelta(seconds=keep_s)
        wanted = {_photo_of(self._tables, change) for change in self._tables.changes}
        return {
            key
            for key, photo in self._tables.photos.items()
            if photo.released_at and (photo.released_at <= limit or key not in wanted)
        }

    def _close_edits(self, doomed: Collection[tuple[int, str]]) -> None:
        """An edit that can't be taken back whole is not taken back, nor is what was done before it."""
        changes = self._tables.changes
        last: dict[int, int] = {}
        for change in changes:
            if _photo_of(self._tables, change) in doomed:
                dataset_id, number = change.edit
                last[dataset_id] = max(number, last.get(dataset_id, 0))
        for dataset_id, lost in last.items():
            for number, edit in self._tables.datasets[dataset_id].edits.items():
                edit.is_closed |= number <= lost
        self._tables.changes = [
            change for change in changes if change.edit[1] > last.get(change.edit[0], 0)
        ]


def _photo_of(tables: Tables, change: Change) -> tuple[int, str]:
    return tables.owner_of(change.before), change.before.sha256
