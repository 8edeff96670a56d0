"""The owners' folders of photos, of what is computed from them, and of other files; all sealed.

An owner's folder is `sealed/<name>`, whose name does not tell whose it is. Bytes come before the row that names
them and go after it: between the two, a killed process leaves files that no row names, and the next start
deletes these.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakValueDictionary

from core import sealed
from core.entities import Reading, photo_path
from core.errors import FilesAway
from core.sealed import Key, Stored, name_of
from core.tree_names import is_keys, is_unfinished
from storage.database import Database
from storage.keys import MasterKey, OwnerKeys
from storage.photos import sync_folder
from storage.tree import Tree

# So many files are written before they are synced to the disk, by one call for the whole file system.
_BATCH = 4096

NAMED_FILES = """
    SELECT owner_id, sheet AS digest FROM datasets WHERE sheet IS NOT NULL
    UNION SELECT owner_id, file FROM models
    UNION SELECT owner_id, file FROM suggested_photos
    JOIN suggestions ON suggestions.id = suggestion_id JOIN datasets ON datasets.id = dataset_id
"""


@dataclass(frozen=True, slots=True)
class OwnerFolder:
    """What one owner keeps."""

    path: Path
    key: Key

    @property
    def photos(self) -> Stored:
        return Stored(self.path / "photos", self.key)

    @property
    def cache(self) -> Stored:
        return Stored(self.path / "cache", self.key)

    @property
    def files(self) -> Stored:
        return Stored(self.path / "files", self.key)

    def photo(self, sha256: str) -> Path:
        """Where the photo with this digest is."""
        return self.path / "photos" / photo_path(name_of(sha256, self.key))

    def file(self, digest: str) -> Path:
        """Where the file with this digest is."""
        return self.path / "files" / name_of(digest, self.key)

    def make(self) -> None:
        for part in ("photos", "cache", "files"):
            (self.path / part).mkdir(parents=True, exist_ok=True)

    def kept_photos(self, tree: Tree) -> set[Path]:
        """The photos whose bytes are there."""
        return set(tree.written(self.photos.path))

    def kept_cache(self, tree: Tree) -> list[Path]:
        """The files of the cache, the keys of shards after their vectors."""
        paths = tree.written(self.cache.path)
        return sorted((path for path in paths if not is_unfinished(path)), key=is_keys)


class PhotoFolders:
    """The owners' folders in a data folder. tree : where they are kept."""

    def __init__(self, tree: Tree, master: MasterKey, keys: OwnerKeys) -> None:
        self.tree = tree
        self.root = tree.root
        # Beside it, so that what is sealed there can be moved; it is emptied at a start.
        self._staging = self.root.parent / "staging"
        self.root.mkdir(exist_ok=True)
        sync_folder(self.root.parent)
        self._master = master
        self._keys = keys
        self._made: set[Path] = set()
        #: Held while photos are published with their rows, and while they are erased.
        self.lock = asyncio.Lock()
        self._changing: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    def changing(self, owner_id: int) -> asyncio.Lock:
        """Held while the owner gets a key, and while the folder of one who has none goes; after `lock`, where both
        are."""
        return self._lock_of(self._path(owner_id))

    def _lock_of(self, path: Path) -> asyncio.Lock:
        return self._changing.setdefault(path, asyncio.Lock())

    async def of(self, owner_id: int) -> OwnerFolder:
        """The owner's folder, which is there from now on. Raises FilesAway for an owner who is new."""
        key = await self._keys.find(owner_id)
        if key is None:
            # Shielded, as everything that deletes folders: a thread can't be stopped, and the lock is held until it
            # is done.
            key = await asyncio.shield(self._new_key(owner_id))
        folder = OwnerFolder(self._path(owner_id), key)
        if folder.path not in self._made:
            await asyncio.to_thread(folder.make)
            self._made.add(folder.path)
        return folder

    async def _new_key(self, owner_id: int) -> Key:
        """A key for an owner who has none, and a folder without what an earlier one opened: an account may have
        ended while the bucket was away."""
        async with self.changing(owner_id):
            if key := await self._keys.find(owner_id):
                return key
            await asyncio.to_thread(self._delete, self._path(owner_id))
            return await self._keys.of(owner_id)

    async def all(self) -> dict[int, OwnerFolder]:
        """The folders of all owners that have a key, there or not."""
        keys = await self._keys.all()
        return {owner_id: OwnerFolder(self._path(owner_id), key) for owner_id, key in keys.items()}

    async def send(self, owner_id: int, reading: Reading) -> None:
        """Takes what `publish` will publish where it is to be kept. That may last, and nobody waits for it: the lock
        is not held. Raises FilesAway."""
        folder = await self.of(owner_id)
        if reading.is_sealed:
            photos = _moves(Path(reading.photos), folder.photos.path)
            cache = _moves(Path(reading.cache), folder.cache.path)
            await asyncio.to_thread(self.tree.send, chain(photos, cache))

    async def publish(self, owner_id: int, reading: Reading) -> Key:
        """Moves the photos of a reading, and what was computed from them, to the owner's folders; what is not
        sealed yet is sealed on the way. Returns the owner's key. Raises FilesAway."""
        folder = await self.of(owner_id)
        await asyncio.to_thread(lambda: self.tree.keep(_publish(reading, folder)))
        return folder.key

    @asynccontextmanager
    async def sealed_files(self, owner_id: int, paths: Iterable[Path]) -> AsyncIterator[Path]:
        """A folder with plain files, named by digest, that are sealed there and sent ahead as `send` does; the plain
        ones stay where they are, too. Raises FilesAway."""
        folder = await self.of(owner_id)
        self._staging.mkdir(exist_ok=True, mode=0o700)
        with TemporaryDirectory(dir=self._staging) as name:
            staged = OwnerFolder(Path(name), folder.key)
            await asyncio.to_thread(seal_files, paths, staged)
            files = staged.files.path
            await asyncio.to_thread(self.tree.send, _moves(files, folder.files.path))
            yield files

    async def keep_files(self, owner_id: int, files: Path) -> None:
        """Moves the folder of `sealed_files` into the owner's. Raises FilesAway."""
        target = (await self.of(owner_id)).files.path
        await asyncio.to_thread(lambda: self.tree.keep(_move_tree(files, target)))

    async def erase(self, owner_id: int, digests: Sequence[str]) -> None:
        """Deletes the bytes of photos."""
        key = await self._keys.find(owner_id)
        if key is not None:
            folder = OwnerFolder(self._path(owner_id), key)
            photos = [folder.photo(digest) for digest in digests]
            await asyncio.to_thread(self.tree.delete, photos)

    async def erase_owner(self, owner_id: int) -> None:
        """Deletes the owner's key, and then what it opens: a copy of it can't be read any more either."""
        await asyncio.shield(self._erase_owner(owner_id))

    async def _erase_owner(self, owner_id: int) -> None:
        async with self.ending(owner_id):
            await self._keys.delete(owner_id)

    @asynccontextmanager
    async def ending(self, owner_id: int) -> AsyncIterator[None]:
        """The block deletes the owner's rows and key; then the folder goes, for which nobody else waits: of a
        hundred thousand photos it takes a bucket minutes.

        What can't be reached now goes with the next tidying: nobody can read it.
        """
        async with AsyncExitStack() as held:
            async with self.lock:
                await held.enter_async_context(self.changing(owner_id))
                yield
            with suppress(FilesAway):
                await asyncio.to_thread(self._delete, self._path(owner_id))

    async def delete_ownerless(self) -> None:
        """Deletes the folders of owners who have no key any more. Raises FilesAway."""
        paths = await asyncio.to_thread(self.tree.owners)
        owned = await self._owned()
        for path in paths:
            if path not in owned:
                await asyncio.shield(self._delete_if_ownerless(path))

    async def _delete_if_ownerless(self, path: Path) -> None:
        async with self._lock_of(path):
            if path not in await self._owned():  # somebody may have come back
                await asyncio.to_thread(self._delete, path)

    async def _owned(self) -> set[Path]:
        return {folder.path for folder in (await self.all()).values()}

    def _delete(self, path: Path) -> None:
        self._made.discard(path)
        self.tree.delete_folder(path)

    def _path(self, owner_id: int) -> Path:
        return self.root / self._master.folder_of(owner_id)


async def named_digests(database: Database) -> tuple[tuple[int, str], ...]:
    """The files that rows name: owner and digest each."""
    return await database.fetch(lambda row: (int(row["owner_id"]), str(row["digest"])), NAMED_FILES)


def seal_photos(source: Path, folder: OwnerFolder) -> list[Path]:
    """Seals the photos of a plain store, laid out by digest, into the owner's folder, and deletes them; where they
    are now."""
    return _seal_all(source.glob("??/*"), lambda path: folder.photo(path.name), folder.key)


def seal_cache(source: Path, folder: OwnerFolder) -> list[Path]:
    """Seals what a plain cache holds into the owner's folder, and deletes it there; where it is now."""

    def target(path: Path) -> Path:
        return folder.cache.path / path.relative_to(source)

    # The keys of a shard last: it is there whole or not at all.
    paths = [path for path in source.rglob("*") if path.is_file() and not is_unfinished(path)]
    return _seal_all(sorted(paths, key=is_keys), target, folder.key)


def seal_files(paths: Iterable[Path], folder: OwnerFolder) -> list[Path]:
    """Seals plain files, named by digest, into the owner's folder; they stay where they are, too. Returns where
    they are in the folder."""
    return _seal_all(paths, lambda path: folder.file(path.name), folder.key, deletes=False)


def _seal_all(
    paths: Iterable[Path], target: Callable[[Path], Path], key: Key, *, deletes: bool = True
) -> list[Path]:
    """The plain files go once the sealed ones are on the disk: a process that is killed in between does the
    same once more. A sealed file that is there already is replaced whole, since a row may name it.
    """
    all_written: list[Path] = []
    for batch in _batches(paths):
        written = [target(path) for path in batch]
        unfinished = [path.with_name(f"{path.name}.part") for path in written]
        for path, sealed_path, part in zip(batch, written, unfinished, strict=True):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(sealed.seal(path.read_bytes(), key, sealed_path.name))
        _sync(unfinished)
        for part, sealed_path in zip(unfinished, written, strict=True):
            part.replace(sealed_path)
        for folder in {folder for path in written for folder in path.parents[:3]}:
            sync_folder(folder)
        for path in batch if deletes else ():
            path.unlink()
        all_written += written
    return all_written


def _batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    rest = list(paths)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]


def _sync(paths: Sequence[Path]) -> None:
    if hasattr(os, "sync") and len(paths) > 1:
        os.sync()
        return
    for path in paths:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _publish(reading: Reading, folder: OwnerFolder) -> list[Path]:
    photos, cache = Path(reading.photos), Path(reading.cache)
    if not reading.is_sealed:
        return seal_photos(photos, folder) + seal_cache(cache, folder)
    moved = _move_tree(photos, folder.photos.path) + _move_tree(cache, folder.cache.path)
    for path in (folder.path, folder.path.parent):
        sync_folder(path)
    return moved


def _moves(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """All files below `source`, and where `_move_tree` moves them."""
    for path in source.rglob("*"):
        if path.is_file():
            yield path, target / path.relative_to(source)


def _move_tree(source: Path, target: Path) -> list[Path]:
    """Moves all files below `source`; a file that is there already is replaced by its like. Returns where they
    are now.

    From the bottom up, so that a folder's entry is on the disk once the one above it is. The keys of a shard last:
    it is there whole or not at all.
    """
    moved: list[Path] = []
    for folder, _, names in os.walk(source, topdown=False):
        below = target / Path(folder).relative_to(source)
        below.mkdir(parents=True, exist_ok=True)
        moved += [Path(folder, name).replace(below / name) for name in sorted(names, key=is_keys)]
        sync_folder(below)
    return moved
