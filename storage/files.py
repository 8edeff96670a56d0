"""Each owner's files by the SHA-256 of their content, and folders for work.

A file appears under its name whole or not at all: its bytes reach the disk first, then the rename, then the
folder's entry.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from threading import Lock

from core import sealed
from core.ports import Asked, Tidied
from core.sealed import Key, Stored
from storage.database import Database
from storage.folders import OwnerFolder, PhotoFolders, named_digests
from storage.photos import sync_folder
from storage.tidying import Tidying

# A file is put right before the row that names it is written. As git does with new objects, nothing
# young is collected: an hour is longer than that takes.
GRACE_S = 3600.0


class Files:
    """Fulfils `core.ports.Files`. Empties the folders for work.

    scratch : the folder of the scratches.
    """

    def __init__(
        self, home: Path, scratch: Path, database: Database, folders: PhotoFolders, tidying: Tidying
    ) -> None:
        self._database = database
        self._folders = folders
        self._tree = folders.tree
        self._tidying = tidying
        self._scratch = scratch
        self._staging = home / "staging"
        self._lock = Lock()  # between a `put` of known content and its collection
        self._fetched = scratch / "fetched"
        for folder in (home / "scratch", self._staging):  # the first: up to 0.3.0
            shutil.rmtree(folder, ignore_errors=True)
        _empty(self._scratch, self._fetched.name)
        for folder in (self._scratch, self._staging):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def put(self, owner_id: int, path: Path) -> str:
        """The digest, in 64 hexadecimal digits."""
        return await asyncio.to_thread(self._put, path, await self._folders.of(owner_id))

    async def read(self, owner_id: int, digest: str) -> bytes:
        file = await self.stored(owner_id, digest)

        def read() -> bytes:
            with self._tree.holding([file.path]):
                return sealed.read(file.path, file.key)

        return await asyncio.to_thread(read)

    async def stored(self, owner_id: int, digest: str) -> Stored:
        folder = await self._folders.of(owner_id)
        return Stored(folder.file(digest), folder.key)

    @property
    def work_folders(self) -> tuple[Path, Path]:
        """Where work is done: all scratches, and what is sealed on its way."""
        return self._scratch, self._staging

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Path]:
        # Made anew where a cleaner of temporary files has deleted it.
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            for work in (folder, self._staging / folder.name):
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)

    def staging(self, scratch: Path) -> Path:
        folder = self._staging / scratch.name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def fetched(self, asked: Asked) -> Path:
        self._fetched.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._fetched / "{}-{}".format(*asked)

    async def key(self, owner_id: int) -> Key | None:
        return (await self._folders.of(owner_id)).key

    async def photos(self, owner_id: int) -> Stored:
        return (await self._folders.of(owner_id)).photos

    async def cache(self, owner_id: int) -> Stored:
        return (await self._folders.of(owner_id)).cache

    async def erase_owner(self, owner_id: int) -> None:
        await self._folders.erase_owner(owner_id)

    async def tidy(self, keep_s: float) -> Tidied:
        await self._drop_fetched()
        await self._folders.delete_ownerless()
        return Tidied(await self._collect(GRACE_S), await self._tidying.erase_photos(keep_s))

    async def clear_up(self) -> None:
        """At a start: files that a killed process wrote and no row names."""
        for folder in (await self._folders.all()).values():
            if await asyncio.to_thread(folder.path.is_dir):
                await asyncio.to_thread(folder.make)  # it may have been cut short
        await self._collect(0)

    async def free_megabytes(self) -> int:
        return await asyncio.to_thread(_free_megabytes, self._folders.root)

    async def free_scratch_megabytes(self) -> int:
        return await asyncio.to_thread(_free_megabytes, self._scratch)

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        await self._tidying.forgotten(owner_id, digests)

    async def _drop_fetched(self) -> None:
        """What was fetched for an update that is handled, or set aside, is wanted no more."""
        waiting = await self._database.fetch(
            lambda row: str(row["id"]), "SELECT id FROM updates WHERE handled = 0"
        )

        def drop() -> None:
            for path in self._fetched.iterdir() if self._fetched.is_dir() else ():
                if path.name.partition("-")[0] not in waiting:
                    path.unlink(missing_ok=True)

        await asyncio.to_thread(drop)

    async def _collect(self, grace_s: float) -> int:
        """Files younger than `grace_s` stay, whatever names them."""
        folders = await self._folders.all()
        old = await asyncio.to_thread(self._old_files, self._tree.root, folders.values(), grace_s)
        digests = await named_digests(self._database)
        named = {folders[owner].file(digest) for owner, digest in digests if owner in folders}
        unnamed = {path: folder for path, folder in old.items() if path not in named}
        return await asyncio.to_thread(self._delete, unnamed, grace_s)

    def _put(self, path: Path, folder: OwnerFolder) -> str:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        target = folder.file(digest)
        with TemporaryDirectory(dir=self._staging) as folder_of_it:
            unfinished = Path(folder_of_it) / target.name
            with unfinished.open("wb") as file:
                file.write(sealed.seal(content, folder.key, target.name))
                file.flush()
                os.fsync(file.fileno())
            self._tree.send([(unfinished, target)])
            with self._lock:
                unfinished.replace(target)
                sync_folder(target.parent)
                self._tree.keep([target])  # young from now on, known content too
        path.unlink()
        return digest

    def _delete(self, unnamed: Mapping[Path, OwnerFolder], grace_s: float) -> int:
        with self._lock:
            # Once more: what was put again since the question was asked is young.
            old = {
                path
                for folder in set(unnamed.values())
                for path in self._old_files(folder.files.path, [folder], grace_s)
            }
            doomed = [path for path in unnamed if path in old]
            self._tree.delete(doomed)
        return len(doomed)

    def _old_files(
        self, below: Path, folders: Iterable[OwnerFolder], grace_s: float
    ) -> dict[Path, OwnerFolder]:
        """The files of owners below a path that were written so long ago, with their folders."""
        limit = time.time() - grace_s
        owners = {folder.files.path: folder for folder in folders}
        return {
            path: owners[path.parent]
            for path, written in self._tree.written(below).items()
            if path.parent in owners and written <= limit
        }


def _free_megabytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free // 1_000_000


def _empty(folder: Path, kept: str) -> None:
    """Deletes all that is in the folder but this."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != kept:
            shutil.rmtree(path, ignore_errors=True)


def default_scratch(home: Path) -> Path:
    """A folder of this data folder's own in the system's folder for temporary files."""
    name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"lukoshko-{name}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_ours = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except (OSError, AttributeError):  # Windows has no users of this kind, and folders of their own
        is_ours = os.name != "posix"
    return folder if is_ours else Path(mkdtemp(prefix="lukoshko-"))
