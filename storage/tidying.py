"""Photos that no example names any more leave the disk; nothing else does.

The rows go first, leaving a note in `erasures`, then the bytes; the note goes when what was computed
from the photos is gone too. A process that is killed in between deletes the bytes at its next start.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import sealed
from core.errors import DatabaseForeign, SealBroken
from storage.database import Database
from storage.edits import close_void
from storage.folders import OwnerFolder, PhotoFolders
from storage.keyfile import write_whole
from storage.tree import Tree

IDENTITY_FILE = "identity"

_TEMPORARY = (
    "CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY, owner_id, sha256)",
    "CREATE TEMP TABLE IF NOT EXISTS lost (dataset_id INTEGER PRIMARY KEY, number)",
    "DELETE FROM doomed",
    "DELETE FROM lost",
)
# Without an example, and no edit could bring it back, or not for as long as undoing is possible.
_DOOM = """
    INSERT INTO doomed SELECT id, owner_id, sha256 FROM photos WHERE released_at IS NOT NULL
    AND (released_at <= ? OR NOT EXISTS (SELECT 1 FROM changes WHERE photo_id = photos.id))
    AND owner_id NOT IN (SELECT owner_id FROM jobs WHERE state IN ('queued', 'running'))
"""
_NOTED = "SELECT owner_id, json_group_array(sha256) AS digests FROM erasures GROUP BY owner_id"
# Not of owners with a job, which may be reading what was computed from the photos.
_ERASED = """
    SELECT owner_id, json_group_array(sha256) AS digests FROM erasures
    WHERE owner_id NOT IN (SELECT owner_id FROM jobs WHERE state IN ('queued', 'running'))
    GROUP BY owner_id
"""
_STILL_NOTED = """
    SELECT sha256 FROM erasures WHERE owner_id = ? AND sha256 IN (SELECT value FROM json_each(?))
"""
# As many as a bucket deletes by one call; whoever waits for the lock gets it in between.
_ERASED_AT_ONCE = 1000
_DELETE_ROWS = (
    # An edit that can't be taken back whole is not taken back, nor is what was done before it.
    """
    INSERT INTO lost SELECT dataset_id, max(number) FROM changes
    JOIN doomed ON doomed.id = photo_id GROUP BY dataset_id
    """,
    """
    UPDATE edits SET closed = 1 FROM lost
    WHERE edits.dataset_id = lost.dataset_id AND edits.number <= lost.number AND closed = 0
    """,
    """
    DELETE FROM changes WHERE rowid IN (
        SELECT changes.rowid FROM lost JOIN changes
        ON changes.dataset_id = lost.dataset_id AND changes.number <= lost.number)
    """,
    "INSERT OR IGNORE INTO erasures SELECT owner_id, sha256 FROM doomed",
    "DELETE FROM photos WHERE id IN (SELECT id FROM doomed)",
)


class Tidying:
    """Deletes photos without an example, in a folder that is the database's own."""

    def __init__(self, home: Path, database: Database, folders: PhotoFolders) -> None:
        self._home = home
        self._identity = home / IDENTITY_FILE
        self._database = database
        self._folders = folders

    async def adopt(self) -> None:
        """At a start: the database that a folder was made with, or that came with a folder of version
        0.1.0, owns the folder from now on. Raises DatabaseForeign where it is another database.

        An empty database beside files is not theirs: theirs was lost.
        """
        identity, has_folder = await self._database_identity()
        try:
            of_folder = await asyncio.to_thread(self._identity.read_text)
        except FileNotFoundError:
            of_folder = ""
        if of_folder == identity:
            return
        if of_folder or (not has_folder and await asyncio.to_thread(has_files, self._home)):
            raise DatabaseForeign(folder=str(self._home))
        await self._database.execute("UPDATE identity SET has_folder = 1")
        await asyncio.to_thread(write_whole, self._identity, identity)

    async def clear_up(self) -> None:
        """At a start: photos that a killed process wrote and no row names, and folders whose owner is gone
        with the key."""
        tree = self._folders.tree
        await self._folders.delete_ownerless()
        for owner_id, folder in (await self._folders.all()).items():
            named = await named_photos(self._database, owner_id, folder)
            unnamed = await asyncio.to_thread(folder.kept_photos, tree) - named
            if unnamed:
                # What was computed from them may be there, by the digest.
                digests = await asyncio.to_thread(_digests, unnamed, folder, tree)
                await self._database.execute(
                    "INSERT OR IGNORE INTO erasures SELECT ?, value FROM json_each(?)",
                    (owner_id, json.dumps(digests)),
                )
                await asyncio.to_thread(tree.delete, unnamed)

    async def erase_photos(self, keep_s: float) -> Mapping[int, tuple[str, ...]]:
        """Deletes the rows and bytes of photos without an example; the digests of each owner's, those
        of earlier calls too whose features may be there still."""
        moment = datetime.now(UTC) - timedelta(seconds=keep_s)
        # Shielded: a thread that deletes can't be stopped, and the lock is held until it is done.
        await asyncio.shield(self._erase(moment.isoformat(timespec="milliseconds")))
        return dict(await self._database.fetch(_owners_digests, _ERASED))

    async def _erase(self, released_by: str) -> None:
        async with self._folders.lock:
            await self._delete_rows(released_by)
        # Those of earlier calls too: erasing may have failed then.
        for owner_id, digests in await self._database.fetch(_owners_digests, _NOTED):
            for start in range(0, len(digests), _ERASED_AT_ONCE):
                await self._erase_noted(owner_id, digests[start : start + _ERASED_AT_ONCE])

    async def _erase_noted(self, owner_id: int, digests: Sequence[str]) -> None:
        """Deletes the bytes of photos, but of those that came back meanwhile: what is noted has no row."""
        async with self._folders.lock:
            noted = await self._database.fetch(
                lambda row: str(row["sha256"]), _STILL_NOTED, (owner_id, json.dumps(digests))
            )
            await self._folders.erase(owner_id, noted)

    async def _delete_rows(self, released_by: str) -> None:
        async with self._database.transaction() as connection:
            for statement in _TEMPORARY:
                await connection.execute(statement)
            await connection.execute(_DOOM, (released_by,))
            owners = list(await connection.execute_fetchall("SELECT DISTINCT owner_id FROM doomed"))
            for statement in _DELETE_ROWS if owners else ():
                await connection.execute(statement)
            for (owner_id,) in owners:
                await close_void(connection, owner_id)

    async def forgotten(self, owner_id: int, digests: tuple[str, ...]) -> None:
        """What was computed from these erased photos is gone too."""
        await self._database.execute(
            "DELETE FROM erasures WHERE owner_id = ?"
            " AND sha256 IN (SELECT value FROM json_each(?))",
            (owner_id, json.dumps(digests)),
        )

    async def _database_identity(self) -> tuple[str, bool]:
        """Its id, and True once it is known to own a folder."""
        (identity,) = await self._database.fetch(
            lambda row: (str(row["id"]), bool(row["has_folder"])), "SELECT * FROM identity"
        )
        return identity


def _owners_digests(row: sqlite3.Row) -> tuple[int, tuple[str, ...]]:
    return row["owner_id"], tuple(json.loads(row["digests"]))


def has_files(home: Path) -> bool:
    """True if a data folder holds files that a database names, or once named."""
    folders = [home / name for name in ("files", "owners", "sealed")]
    return any(folder.is_dir() and any(folder.iterdir()) for folder in folders)


async def named_photos(database: Database, owner_id: int, folder: OwnerFolder) -> set[Path]:
    """Where the photos are that rows name, those still in a ZIP of version 0.1.0 not counted."""
    digests = await database.fetch(
        lambda row: str(row["sha256"]),
        "SELECT sha256 FROM photos WHERE owner_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM entries WHERE photo_id = photos.id)",
        (owner_id,),
    )
    return await asyncio.to_thread(lambda: {folder.photo(digest) for digest in digests})


def _digests(photos: Collection[Path], folder: OwnerFolder, tree: Tree) -> list[str]:
    """Those of the photos that can be read."""
    digests = []
    for photo in photos:
        with suppress(SealBroken), tree.holding([photo]):
            digests.append(sealed.digest_of(sealed.read(photo, folder.key)))
    return digests
