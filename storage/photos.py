"""Photos: their rows, and the folders of their bytes, one per owner.

Bytes come before the row that names them and go after it: between the two, a killed process leaves
files that no row names, and the next start deletes these.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
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
    "CREATE INDEX IF NOT EXISTS temp.regrouped_sha256 ON regrouped (sha256)",
    "DELETE FROM incoming",
    "DELETE FROM regrouped",
)
_INSERT_INCOMING = f"INSERT INTO incoming VALUES ({', '.join('?' * len(LISTED))})"
_INSERT_PHOTOS = f"""
    INSERT INTO photos (owner_id, {_CONTENT})
    SELECT ?1, {_CONTENT} FROM incoming WHERE true
    ON CONFLICT (owner_id, sha256)
    DO UPDATE SET colours = excluded.colours WHERE photos.colours = ''
"""
# The dataset may have changed since the archive was compared with it: what is there is not doubled,
# and a class that was given by hand meanwhile stays.
# CROSS JOIN: the planner knows nothing of the temporary tables' size, and would look through them for
# every photo (37 000 photos: 170 s).
_INSERT_EXAMPLES = """
    INSERT INTO examples (dataset_id, photo_id, label, name, origin, is_test, added_in)
    SELECT ?2, photos.id, label, name, origin, is_test, ?3
    FROM incoming CROSS JOIN photos ON owner_id = ?1 AND photos.sha256 = incoming.sha256
    WHERE NOT EXISTS (
        SELECT 1 FROM examples AS there
        WHERE there.photo_id = photos.id AND there.dataset_id = ?2 AND there.added_in < ?3
        AND (there.label = incoming.label OR there.origin = 'hand'))
    ORDER BY incoming.rowid
"""
_NAME_GROUPS = """
    UPDATE photos SET twins = regrouped.twins FROM regrouped
    WHERE owner_id = ?1 AND photos.sha256 = regrouped.sha256 AND photos.twins = ''
"""
# Names of one group: the one that its photos have, and the one that they were found to have now.
_SAME_GROUPS = """
    SELECT DISTINCT photos.twins AS old, regrouped.twins AS new
    FROM regrouped CROSS JOIN photos ON owner_id = ?1 AND photos.sha256 = regrouped.sha256
    WHERE photos.twins <> regrouped.twins
"""


class PhotoFolders:
    """The owners' folders: photos, and what is computed from them."""

    def __init__(self, home: Path) -> None:
        self._owners = home / "owners"
        self._owners.mkdir(exist_ok=True)
        sync_folder(home)
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
        for folder in (self._owners / str(owner_id), self._owners):
            sync_folder(folder)

    def erase(self, owner_id: int, digests: Sequence[str]) -> None:
        """Deletes the bytes of photos."""
        folder = self.photos(owner_id)
        for digest in digests:
            (folder / photo_path(digest)).unlink(missing_ok=True)
        for part in {digest[:2] for digest in digests}:
            if (folder / part).is_dir():
                sync_folder(folder / part)

    def remove(self, owner_id: int) -> None:
        """Deletes all that is kept for an owner."""
        shutil.rmtree(self._owners / str(owner_id), ignore_errors=True)
        sync_folder(self._owners)

    def kept(self) -> Iterator[tuple[int, str]]:
        """Every photo whose bytes are there: its owner and its digest."""
        for photo in self._owners.glob("*/photos/??/*"):
            owner = photo.parts[-4]
            if owner.removeprefix("-").isdecimal() and photo_path(photo.name) == "/".join(
                photo.parts[-2:]
            ):
                yield int(owner), photo.name

    def _folder(self, owner_id: int, name: str) -> Path:
        folder = self._owners / str(owner_id) / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


async def import_reading(
    connection: aiosqlite.Connection, owner_id: int, dataset_id: int, number: int, reading: Reading
) -> int:
    """Within a transaction of the caller's: the photos and examples of a reading, as edit `number`.
    Returns how many examples there were to add."""
    await import_photos(connection, owner_id, reading)
    added = await connection.execute(_INSERT_EXAMPLES, (owner_id, dataset_id, number))
    return added.rowcount


async def import_photos(connection: aiosqlite.Connection, owner_id: int, reading: Reading) -> None:
    """Within a transaction of the caller's: the photos of a reading.

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
    await connection.execute(
        "DELETE FROM erasures WHERE owner_id = ? AND sha256 IN (SELECT sha256 FROM incoming)",
        (owner_id,),
    )


async def _regroup(connection: aiosqlite.Connection, owner_id: int) -> None:
    """Groups of near duplicates go across the owner's datasets: found to be one, they get one name."""
    await connection.execute(_NAME_GROUPS, (owner_id,))
    pairs = await connection.execute_fetchall(_SAME_GROUPS, (owner_id,))
    for old, new in _renamed((old, new) for old, new in pairs):
        await connection.execute(
            "UPDATE photos SET twins = ?3 WHERE owner_id = ?1 AND twins = ?2", (owner_id, old, new)
        )


def _renamed(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Old and new name of each group, where pairs of names are known to mean one group.

    A name may be in several pairs, as old and as new: all that are linked get the same name.
    """
    members: dict[str, set[str]] = {}
    for pair in pairs:
        union = members.get(pair[0], {pair[0]}) | members.get(pair[1], {pair[1]})
        members.update(dict.fromkeys(union, union))
    names = {name: min(union) for name, union in members.items()}
    return [(old, new) for old, new in names.items() if old != new]


def digests_of(reading: Reading) -> list[str]:
    """The digests of the photos that the reading lists."""
    return [str(row[LISTED.index("sha256")]) for row in _rows(reading.examples)]


def _rows(path: str) -> Iterator[list[object]]:
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


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


def sync_folder(folder: Path) -> None:
    """Returns once the folder's entries are on the disk."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and renames are the journal's
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
