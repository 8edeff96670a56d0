"""Files below a temporary folder; what names them is in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from core.ports import Tidied
from tests.memory.folders import OwnerFolders
from tests.memory.tables import StoredEdit, Tables, now

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
        for owner_id, digest in self._doomed(keep_s):
            self._close_edits(owner_id, digest)
            del self._tables.photos[owner_id, digest]
            self._tables.erasures.add((owner_id, digest))
        erased: defaultdict[int, list[str]] = defaultdict(list)
        for owner_id, digest in sorted(self._tables.erasures - self._tables.photos.keys()):
            erased[owner_id].append(digest)
        for owner_id, digests in erased.items():
            self._folders.erase(owner_id, digests)
        return {owner_id: tuple(digests) for owner_id, digests in erased.items()}

    def _doomed(self, keep_s: float) -> list[tuple[int, str]]:
        """Photos without an example that no edit could bring back, or not for so long."""
        limit = now() - timedelta(seconds=keep_s)
        return [
            (owner_id, digest)
            for (owner_id, digest), photo in self._tables.photos.items()
            if photo.released_at
            and (photo.released_at <= limit or not self._is_wanted(owner_id, digest))
        ]

    def _is_wanted(self, owner_id: int, digest: str) -> bool:
        """True if undoing an edit would bring the photo back."""
        return any(
            _names(edit, digest)
            for stored in self._tables.datasets_of(owner_id)
            for edit in stored.edits.values()
        )

    def _close_edits(self, owner_id: int, digest: str) -> None:
        """What can't be brought back whole is not brought back, nor what was done before it."""
        for stored in self._tables.datasets_of(owner_id):
            last = max((n for n, edit in stored.edits.items() if _names(edit, digest)), default=0)
            for number, edit in stored.edits.items():
                edit.is_closed |= number <= last
                edit.before = {
                    one.id: one for one in edit.before.values() if one.photo.sha256 != digest
                }


def _names(edit: StoredEdit, digest: str) -> bool:
    return any(example.photo.sha256 == digest for example in edit.before.values())
