"""Photos that no example names any more leave the disk; nothing else does.

The rows go first, leaving a note in `erasures`, then the bytes; the note goes when what was computed
from the photos is gone too. A process that is killed in between deletes the bytes at its next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.database import Database
from storage.edits import close_void
from storage.photos import PhotoFolders, sync_folder

logger = logging.getLogger(__name__)

_IDENTITY_FILE = "identity"

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
_UNNAMED = """
    SELECT value AS sha256 FROM json_each(?2) WHERE NOT EXISTS (
        SELECT 1 FROM photos WHERE owner_id = ?1 AND sha256 = value)
"""


class Tidying:
    """Deletes photos without an example, in a folder that is the database's own."""

    def __init__(self, home: Path, database: Database, folders: PhotoFolders) -> None:
        self._identity = home / _IDENTITY_FILE
        self._database = database
        self._folders = folders

    async def adopt(self) -> None:
        """At a start: the database that a folder was made with, or that came with a folder of version
        0.1.0, owns the folder from now on.

        An empty database beside files is not theirs: theirs was lost. It never becomes so, and nothing
        is deleted as long as there are files.
        """
        if await asyncio.to_thread(self._identity.exists):
            return
        identity, has_folder = await self._database_identity()
        if not has_folder and await asyncio.to_thread(self._has_files):
            return
        await self._database.execute("UPDATE identity SET has_folder = 1")
        await asyncio.to_thread(_write, self._identity, identity)

    async def may_delete(self) -> bool:
        """True if the folder's files belong to this database, and not to one that was lost."""
        try:
            of_folder = await asyncio.to_thread(self._identity.read_text)
        except FileNotFoundError:
            of_folder = ""
        of_database, _ = await self._database_identity()
        if of_folder == of_database:
            return True
        logger.warning("the database is not the one that the files belong to: nothing is deleted")
        return False

    async def clear_up(self) -> None:
        """At a start, where deleting is allowed: photos that a killed process wrote and no row names."""
        kept: defaultdict[int, list[str]] = defaultdict(list)
        for owner_id, digest in await asyncio.to_thread(lambda: list(self._folders.kept())):
            kept[owner_id].append(digest)
        for owner_id, digests in kept.items():
            unnamed = await self._database.fetch(_sha256, _UNNAMED, (owner_id, json.dumps(digests)))
            if unnamed:
                await self._database.execute(
                    "INSERT OR IGNORE INTO erasures SELECT ?, value FROM json_each(?)",
                    (owner_id, json.dumps(unnamed)),
                )
                await asyncio.to_thread(self._folders.erase, owner_id, unnamed)

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
            # Those of earlier calls too: erasing may have failed then. None of them has a row.
            for owner_id, digests in await self._database.fetch(_owners_digests, _NOTED):
                await asyncio.to_thread(self._folders.erase, owner_id, digests)

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

    def _has_files(self) -> bool:
        files = self._identity.with_name("files")
        return any(self._folders.kept()) or (files.is_dir() and any(files.iterdir()))

    async def _database_identity(self) -> tuple[str, bool]:
        """Its id, and True once it is known to own a folder."""
        (identity,) = await self._database.fetch(
            lambda row: (str(row["id"]), bool(row["has_folder"])), "SELECT * FROM identity"
        )
        return identity


def _owners_digests(row: sqlite3.Row) -> tuple[int, tuple[str, ...]]:
    return row["owner_id"], tuple(json.loads(row["digests"]))


def _write(path: Path, text: str) -> None:
    """The file is there whole or not at all."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def _sha256(row: sqlite3.Row) -> str:
    return str(row["sha256"])
