"""The owners' folders of photos, of what is computed from them, and of other files; all sealed.

An owner's folder is `sealed/<name>`, whose name does not tell whose it is. Bytes come before the row that names
them and go after it: between the two, a killed process leaves files that no row names, and the next start
deletes these.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core import sealed
from core.entities import Reading, photo_path
from core.sealed import Key, Stored, name_of
from storage.database import Database
from storage.keys import MasterKey, OwnerKeys
from storage.photos import sync_folder

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

    def kept_photos(self) -> set[Path]:
        """The photos whose bytes are there."""
        return set(self.path.glob("photos/??/*"))

    def kept_cache(self) -> list[Path]:
        """The files of the cache, the keys of shards after their vectors."""
        paths = [
            path for path in (self.path / "cache").rglob("*") if path.suffix in (".npy", ".zip")
        ]
        return sorted(paths, key=is_keys)


class PhotoFolders:
    """The owners' folders in a data folder."""

    def __init__(self, home: Path, master: MasterKey, keys: OwnerKeys) -> None:
        self.root = home / "sealed"
        self.root.mkdir(exist_ok=True)
        sync_folder(home)
        self._master = master
        self._keys = keys
        self._made: set[Path] = set()
        #: Held while photos are published with their rows, and while they are erased.
        self.lock = asyncio.Lock()

    async def of(self, owner_id: int) -> OwnerFolder:
        """The owner's folder, which is there from now on."""
        folder = OwnerFolder(self._path(owner_id), await self._keys.of(owner_id))
        if folder.path not in self._made:
            await asyncio.to_thread(folder.make)
            self._made.add(folder.path)
        return folder

    async def all(self) -> dict[int, OwnerFolder]:
        """The folders of all owners that have a key, there or not."""
        keys = await self._keys.all()
        return {owner_id: OwnerFolder(self._path(owner_id), key) for owner_id, key in keys.items()}

    async def publish(self, owner_id: int, reading: Reading) -> Key:
        """Moves the photos of a reading, and what was computed from them, to the owner's folders; what is not
        sealed yet is sealed on the way. Returns the owner's key."""
        folder = await self.of(owner_id)
        await asyncio.to_thread(_publish, reading, folder)
        return folder.key

    async def erase(self, owner_id: int, digests: Sequence[str]) -> None:
        """Deletes the bytes of photos."""
        key = await self._keys.find(owner_id)
        if key is not None:
            folder = OwnerFolder(self._path(owner_id), key)
            await asyncio.to_thread(erase, [folder.photo(digest) for digest in digests])

    async def erase_owner(self, owner_id: int) -> None:
        """Deletes the owner's key, and then what it opens: a copy of it can't be read any more either."""
        async with self.lock:
            await self._keys.delete(owner_id)
            await asyncio.to_thread(self.remove, owner_id)

    def remove(self, owner_id: int) -> None:
        """Deletes the owner's folder; the lock is held."""
        self._made.discard(self._path(owner_id))
        shutil.rmtree(self._path(owner_id), ignore_errors=True)
        sync_folder(self.root)

    def _path(self, owner_id: int) -> Path:
        return self.root / self._master.folder_of(owner_id)


async def named_digests(database: Database) -> tuple[tuple[int, str], ...]:
    """The files that rows name: owner and digest each."""
    return await database.fetch(lambda row: (int(row["owner_id"]), str(row["digest"])), NAMED_FILES)


def erase(paths: Collection[Path]) -> None:
    """Deletes files; their folders' entries are on the disk then."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        if folder.is_dir():
            sync_folder(folder)


def seal_photos(source: Path, folder: OwnerFolder) -> None:
    """Seals the photos of a plain store, laid out by digest, into the owner's folder, and deletes them."""
    _seal_all(source.glob("??/*"), lambda path: folder.photo(path.name), folder.key)


def seal_cache(source: Path, folder: OwnerFolder) -> None:
    """Seals what a plain cache holds into the owner's folder, and deletes it there."""

    def target(path: Path) -> Path:
        return folder.cache.path / path.relative_to(source)

    # The keys of a shard last: it is there whole or not at all.
    paths = [path for path in source.rglob("*") if path.is_file() and not _is_unfinished(path)]
    _seal_all(sorted(paths, key=is_keys), target, folder.key)


def seal_files(paths: Iterable[Path], folder: OwnerFolder) -> None:
    """Seals plain files, named by digest, into the owner's folder; they stay where they are, too."""
    _seal_all(paths, lambda path: folder.file(path.name), folder.key, deletes=False)


def _seal_all(
    paths: Iterable[Path], target: Callable[[Path], Path], key: Key, *, deletes: bool = True
) -> None:
    """The plain files go once the sealed ones are on the disk: a process that is killed in between does the
    same once more. A sealed file that is there already is replaced whole, since a row may name it.
    """
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


def _publish(reading: Reading, folder: OwnerFolder) -> None:
    if not reading.is_sealed:
        seal_photos(Path(reading.photos), folder)
        seal_cache(Path(reading.cache), folder)
        return
    _move_tree(Path(reading.photos), folder.photos.path)
    _move_tree(Path(reading.cache), folder.cache.path)
    for path in (folder.path, folder.path.parent):
        sync_folder(path)


def _move_tree(source: Path, target: Path) -> None:
    """Moves all files below `source`; a file that is there already is replaced by its like.

    From the bottom up, so that a folder's entry is on the disk once the one above it is.
    """
    for folder, _, names in os.walk(source, topdown=False):
        below = target / Path(folder).relative_to(source)
        below.mkdir(parents=True, exist_ok=True)
        for name in names:
            Path(folder, name).replace(below / name)
        sync_folder(below)


def is_keys(path: Path) -> bool:
    """True for the keys of a shard of features, `NAME.keys.npy`, whose vectors are in `NAME.npy`."""
    return path.name.endswith(".keys.npy")


def vectors_of(keys: Path) -> Path:
    """The file of the vectors that belong to a shard's keys."""
    return keys.with_name(keys.name.removesuffix(".keys.npy") + ".npy")


def _is_unfinished(path: Path) -> bool:
    return path.suffix in (".part", ".tmp") or path.name == ".lock"
