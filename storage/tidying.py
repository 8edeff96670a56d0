"""Photos that no example names any more leave the disk; nothing else does.

The rows go first, leaving a note in `erasures`, then the bytes; the note goes when what was computed
from the photos is gone too. A process that is killed in between goes on at its next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.database import Database
from storage.photos import PhotoFolders

logger = logging.getLogger(__name__)

_IDENTITY_FILE = "identity"

# Without an example, and no edit could bring it back, or not for as long as undoing is possible.
_DOOM = """
    CREATE TEMP TABLE doomed AS
    SELECT id, owner_id, sha256 FROM photos WHERE released_at IS NOT NULL
    AND (released_at <= ? OR NOT EXISTS (SELECT 1 FROM changes WHERE photo_id = photos.id))
"""
_ERASE = (
    # What can't be brought back whole is not brought back, nor what was done before it.
    """
    UPDATE edits SET closed = 1 WHERE EXISTS (
        SELECT 1 FROM changes WHERE changes.dataset_id = edits.dataset_id
        AND changes.number >= edits.number AND photo_id IN (SELECT id FROM doomed))
    """,
    "DELETE FROM changes WHERE photo_id IN (SELECT id FROM doomed)",
    "INSERT OR IGNORE INTO erasures SELECT owner_id, sha256 FROM doomed",
    "DELETE FROM photos WHERE id IN (SELECT id FROM doomed)",
    "DROP TABLE doomed",
)
# A photo that came again since has a row: it is not to be erased any more.
_STILL_ERASED = """
    SELECT owner_id, sha256 FROM erasures WHERE NOT EXISTS (
        SELECT 1 FROM photos
        WHERE photos.owner_id = erasures.owner_id AND photos.sha256 = erasures.sha256)
"""
_UNNAMED = """
    SELECT value AS sha256 FROM json_each(?2) WHERE NOT EXISTS (
        SELECT 1 FROM photos WHERE owner_id = ?1 AND sha256 = value)
"""


class Tidying:
    def __init__(self, home: Path, database: Database, folders: PhotoFolders) -> None:
        self._identity = home / _IDENTITY_FILE
        self._database = database
        self._folders = folders

    async def adopt(self, *, is_new: bool) -> None:
        """At a start: a folder without files belongs to the database from now on, and a folder of
        version 0.1.0 to the database that came with it.

        is_new : the database had no tables before this start.
        """
        if await asyncio.to_thread(self._identity.exists):
            return
        if is_new and await asyncio.to_thread(self._has_files):
            return
        identity = await self._database_identity()
        await asyncio.to_thread(self._identity.write_text, identity)

    async def may_delete(self) -> bool:
        """True if the folder's files belong to this database, and not to one that was lost."""
        try:
            of_folder = await asyncio.to_thread(self._identity.read_text)
        except FileNotFoundError:
            of_folder = ""
        if of_folder == await self._database_identity():
            return True
        logger.warning("the database is not the one that the files belong to: nothing is deleted")
        return False

    async def clear_up(self) -> None:
        """At a start: deletes photos that a killed process wrote and no row names."""
        if not await self.may_delete():
            return
        kept: defaultdict[int, list[str]] = defaultdict(list)
        for owner_id, digest in await asyncio.to_thread(lambda: list(self._folders.kept())):
            kept[owner_id].append(digest)
        for owner_id, digests in kept.items():
            unnamed = await self._database.fetch(_sha256, _UNNAMED, (owner_id, json.dumps(digests)))
            await asyncio.to_thread(self._folders.erase, owner_id, list(unnamed))

    async def erase_photos(self, keep_s: float) -> Mapping[int, tuple[str, ...]]:
        """Deletes the rows and bytes of photos without an example; the digests of each owner's, those
        of earlier calls too whose features may be there still."""
        moment = datetime.now(UTC) - timedelta(seconds=keep_s)
        async with self._folders.lock:
            async with self._database.transaction() as connection:
                await connection.execute(_DOOM, (moment.isoformat(timespec="milliseconds"),))
                for statement in _ERASE:
                    await connection.execute(statement)
            erased: defaultdict[int, list[str]] = defaultdict(list)
            for owner_id, sha256 in await self._database.fetch(tuple, _STILL_ERASED):
                erased[owner_id].append(sha256)
            for owner_id, digests in erased.items():
                await asyncio.to_thread(self._folders.erase, owner_id, digests)
        return {owner_id: tuple(digests) for owner_id, digests in erased.items()}

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

    async def _database_identity(self) -> str:
        (identity,) = await self._database.fetch(
            lambda row: str(row["id"]), "SELECT id FROM identity"
        )
        return identity


def _sha256(row: sqlite3.Row) -> str:
    return str(row["sha256"])
