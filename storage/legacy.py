"""A data folder of version 0.1.0: its photos leave the ZIPs that they were kept in.

At the first start after the schema was brought up to date; one that is cut short goes on at the next
start. The ZIPs were checked when they were uploaded; here each entry is read up to the size that was
found then, and kept only under the digest that was found then. What can't be read stays named, so that
its ZIP is not deleted, and is tried again at every start.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import sealed
from storage.database import Database
from storage.folders import OwnerFolder, PhotoFolders, seal_cache
from storage.photos import sync_folder

logger = logging.getLogger(__name__)

# What `zipfile` raises where a ZIP's bytes are not those that were written.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(RuntimeError, ValueError, IndexError),
)

_ENTRIES = """
    SELECT photo_id, owner_id, sha256, bytes, entry FROM entries JOIN photos ON photos.id = photo_id
    WHERE source = ? ORDER BY entry
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    photo_id: int
    owner_id: int
    sha256: str
    bytes: int
    index: int


async def take_photos_out(home: Path, database: Database, folders: PhotoFolders) -> None:
    """Moves the photos of each ZIP to their owners' folders; then no row names the ZIP any more."""
    sources = await database.fetch(_source, "SELECT DISTINCT source FROM entries ORDER BY source")
    for source in sources:
        entries = await database.fetch(_entry, _ENTRIES, (source,))
        of = {entry.owner_id: await folders.of(entry.owner_id) for entry in entries}
        taken = await asyncio.to_thread(_take_out, home / "files" / source, entries, of)
        await database.execute(
            "DELETE FROM entries WHERE photo_id IN (SELECT value FROM json_each(?))",
            (json.dumps(taken),),
        )
    await _move_workspaces(home, await _owners(database), folders)


def _take_out(
    path: Path, entries: Sequence[_Entry], folders: Mapping[int, OwnerFolder]
) -> list[int]:
    """The numbers of the photos that are in their owners' folders now, on the disk."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        logger.warning("%d photos: %s can't be read: %s", len(entries), path.name, error)
        return []
    written: dict[Path, int] = {}
    with archive:
        infos = archive.infolist()
        for entry in entries:
            data = _read(archive, infos, entry)
            if data is None:
                logger.warning("photo %s: its ZIP %s is damaged", entry.sha256, path.name)
                continue
            folder = folders[entry.owner_id]
            target = folder.photo(entry.sha256)
            target.parent.mkdir(exist_ok=True)
            sealed.write(target, data, folder.key)
            written[target] = entry.photo_id
    _sync(written)
    return list(written.values())


def _read(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], entry: _Entry
) -> bytes | None:
    """The bytes of an entry, if they are the ones that were found at the upload."""
    with suppress(*_DAMAGE):
        with archive.open(infos[entry.index]) as file:
            data = file.read(entry.bytes + 1)
        if hashlib.sha256(data).hexdigest() == entry.sha256:
            return data
    return None


def _sync(photos: Collection[Path]) -> None:
    """Returns once the photos, and the folders `sealed/<owner>/photos/<ab>` that name them, are on the disk."""
    for photo in photos:
        with photo.open("rb+") as file:
            os.fsync(file.fileno())
    for folder in {folder for photo in photos for folder in photo.parents[:4]}:
        sync_folder(folder)


async def _move_workspaces(home: Path, owners: dict[str, int], folders: PhotoFolders) -> None:
    """Features and thumbnails of a dataset become its owner's: a second fit costs no image work."""
    for workspace in (home / "workspaces").glob("*"):
        if workspace.name in owners:
            folder = await folders.of(owners[workspace.name])
            await asyncio.to_thread(seal_cache, workspace, folder)
    await asyncio.to_thread(shutil.rmtree, home / "workspaces", ignore_errors=True)


async def _owners(database: Database) -> dict[str, int]:
    pairs = await database.fetch(
        lambda row: (str(row["id"]), int(row["owner_id"])), "SELECT id, owner_id FROM datasets"
    )
    return dict(pairs)


def _source(row: sqlite3.Row) -> str:
    return str(row["source"])


def _entry(row: sqlite3.Row) -> _Entry:
    return _Entry(row["photo_id"], row["owner_id"], row["sha256"], row["bytes"], row["entry"])
