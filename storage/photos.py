"""Photos: their rows, and the folders of their bytes, one per owner.

Bytes come before the row that names them and go after it: between the two, a killed process leaves
files that no row names, or a row in `erasures`, and the next start clears both up.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

from core.entities import Reading, photo_path

# In the order of the listing that workers write and read (`core.datasets.listing`).
LISTED = (
    *("id", "label", "name", "origin", "is_test", "added_in"),
    *("sha256", "bytes", "width", "height"),
    *("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
    *("perceptual_hash", "colours", "twins"),
)
_CONTENT = ", ".join(LISTED[6:])

_STATEMENTS = (
    f"CREATE TEMP TABLE IF NOT EXISTS incoming ({', '.join(LISTED)})",
    "CREATE TEMP TABLE IF NOT EXISTS regrouped (sha256, twins)",
    "DELETE FROM incoming",
    "DELETE FROM regrouped",
)
_INSERT_INCOMING = f"INSERT INTO incoming VALUES ({', '.join('?' * len(LISTED))})"
_INSERT_PHOTOS = f"""
    INSERT INTO photos (owner_id, {_CONTENT})
    SELECT ?1, {_CONTENT} FROM incoming WHERE true
    ON CONFLICT (owner_id, sha256) DO NOTHING
"""
_INSERT_EXAMPLES = """
    INSERT INTO examples (dataset_id, photo_id, label, name, origin, is_test, added_in)
    SELECT ?2, photos.id, label, name, origin, is_test, ?3
    FROM incoming JOIN photos ON owner_id = ?1 AND photos.sha256 = incoming.sha256
    ORDER BY incoming.rowid
"""
_NAME_GROUPS = """
    UPDATE photos SET twins = regrouped.twins FROM regrouped
    WHERE owner_id = ?1 AND photos.sha256 = regrouped.sha256 AND photos.twins = ''
"""
# A group that photos of another dataset belong to is renamed as a whole.
_RENAMED_GROUPS = """
    SELECT DISTINCT photos.twins AS old, regrouped.twins AS new
    FROM regrouped JOIN photos ON owner_id = ?1 AND photos.sha256 = regrouped.sha256
    WHERE photos.twins <> regrouped.twins
"""


class PhotoFolders:
    """The owners' folders: photos, and what is computed from them."""

    def __init__(self, home: Path) -> None:
        self._owners = home / "owners"
        self._owners.mkdir(exist_ok=True)
        #: Held while photos are published with their rows, and while they are erased.
        self.lock = asyncio.Lock()

    def photos(self, owner_id: int) -> Path:
        return self._folder(owner_id, "photos")

    def cache(self, owner_id: int) -> Path:
        return self._folder(owner_id, "cache")

    def publish(self, owner_id: int, reading: Reading) -> None:
        """Moves the photos of a reading, and what was computed from them, to the owner's folders."""
        _move_tree(Path(reading.photos), self.photos(owner_id))
        _move_tree(Path(reading.cache), self.cache(owner_id))

    def erase(self, owner_id: int, digests: list[str]) -> None:
        """Deletes the bytes of photos."""
        folder = self.photos(owner_id)
        for digest in digests:
            (folder / photo_path(digest)).unlink(missing_ok=True)
        for part in {digest[:2] for digest in digests}:
            if (folder / part).is_dir():
                sync_folder(folder / part)

    def kept(self) -> Iterator[tuple[int, str]]:
        """Every photo whose bytes are there: its owner and its digest."""
        for owner in self._owners.iterdir():
            for part in (owner / "photos").glob("*"):
                for photo in part.iterdir():
                    yield int(owner.name), photo.name

    def _folder(self, owner_id: int, name: str) -> Path:
        folder = self._owners / str(owner_id) / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


async def import_reading(
    connection: aiosqlite.Connection, owner_id: int, dataset_id: int, number: int, reading: Reading
) -> None:
    """Within a transaction of the caller's: the photos and examples of a reading, as edit `number`.

    Set by set, inside SQLite, from the files that the worker wrote: the process that talks to
    Telegram never holds the table.
    """
    for statement in _STATEMENTS:
        await connection.execute(statement)
    await connection.executemany(_INSERT_INCOMING, _rows(reading.examples))
    await connection.executemany("INSERT INTO regrouped VALUES (?, ?)", _rows(reading.regrouped))
    await connection.execute(_INSERT_PHOTOS, (owner_id,))
    await connection.execute("INSERT INTO regrouped SELECT DISTINCT sha256, twins FROM incoming")
    await _regroup(connection, owner_id)
    await connection.execute(_INSERT_EXAMPLES, (owner_id, dataset_id, number))


async def _regroup(connection: aiosqlite.Connection, owner_id: int) -> None:
    await connection.execute(_NAME_GROUPS, (owner_id,))
    for old, new in await connection.execute_fetchall(_RENAMED_GROUPS, (owner_id,)):
        await connection.execute(
            "UPDATE photos SET twins = ?3 WHERE owner_id = ?1 AND twins = ?2", (owner_id, old, new)
        )


def _rows(path: str) -> Iterator[list[object]]:
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _move_tree(source: Path, target: Path) -> None:
    """Moves all files below `source`; a file that is there already is replaced by its like."""
    for folder, _, names in os.walk(source):
        below = target / Path(folder).relative_to(source)
        below.mkdir(parents=True, exist_ok=True)
        for name in names:
            Path(folder, name).replace(below / name)
        sync_folder(below)


def sync_folder(folder: Path) -> None:
    """Returns once the folder's entries are on the disk."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and renames are the journal's
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
