"""A data folder of versions 0.1.0 to 0.3.0 becomes an encrypted one, at the first start.

A process that is killed in the middle loses nothing: what is plain goes once what is sealed is on the disk, and
the next start goes on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from core.errors import DatabaseBroken, DatabaseTooNew
from core.sealed import Key
from storage.database import Database, check_readable, connect, errors_of_sqlite3
from storage.folders import PhotoFolders, named_digests, seal_cache, seal_files, seal_photos
from storage.migrations import scripts
from storage.photos import sync_folder

logger = logging.getLogger(__name__)

_PLAIN_HEADER = b"SQLite format 3\0"


def is_plain(database: Path) -> bool:
    """True if the database is there and not encrypted."""
    try:
        with database.open("rb") as file:
            return file.read(len(_PLAIN_HEADER)) == _PLAIN_HEADER
    except FileNotFoundError:
        return False


def encrypt(database: Path, key: Key) -> None:
    """Replaces a plain database by an encrypted one with the same content.

    Raises DatabaseBroken, DatabaseTooNew, sqlite3.Error; the plain one is there then.
    """
    encrypted = database.with_name(f"{database.name}.encrypting")
    encrypted.unlink(missing_ok=True)
    try:
        with errors_of_sqlite3():
            _export(database, encrypted, key)
            check_readable(encrypted, key)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # the disk is full, or locked
            raise
        raise DatabaseBroken(database=str(database), detail=str(error)) from error
    with encrypted.open("rb+") as file:
        os.fsync(file.fileno())
    encrypted.replace(database)
    sync_folder(database.parent)
    logger.info("the database is encrypted now")


def _export(database: Path, encrypted: Path, key: Key) -> None:
    with closing(connect(database, None)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if version > (known := len(scripts())):
            raise DatabaseTooNew(version=version, known=known)
        ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise DatabaseBroken(database=str(database), detail=found.splitlines()[-1])
        # The log, which would outlive the plain database beside the encrypted one, is applied and deleted.
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        connection.execute(f"ATTACH ? AS encrypted KEY \"x'{key.hex()}'\"", (str(encrypted),))
        connection.execute("SELECT sqlcipher_export('encrypted')").fetchall()
        connection.execute(f"PRAGMA encrypted.user_version = {version}")
        connection.execute("DETACH encrypted")


async def seal_folder(home: Path, database: Database, folders: PhotoFolders) -> None:
    """Seals the photos, caches and files that are plain still."""
    started = time.monotonic()
    plain = [folder for folder in (home / "owners", home / "files") if folder.is_dir()]
    if not plain:
        return
    logger.warning("what is kept from an earlier version is being encrypted")
    await _seal_owners(home / "owners", database, folders)
    await _seal_files(home / "files", database, folders)
    logger.warning("encrypted, in %.0f s", time.monotonic() - started)


async def _seal_owners(owners: Path, database: Database, folders: PhotoFolders) -> None:
    known = set(await database.fetch(lambda row: str(row["id"]), "SELECT id FROM users"))
    for path in await asyncio.to_thread(lambda: list(owners.glob("*"))):
        if path.name in known:  # nothing in the database names what another folder holds
            folder = await folders.of(int(path.name))
            await asyncio.to_thread(seal_photos, path / "photos", folder)
            await asyncio.to_thread(seal_cache, path / "cache", folder)
        await asyncio.to_thread(shutil.rmtree, path)
    await asyncio.to_thread(shutil.rmtree, owners, ignore_errors=True)


async def _seal_files(files: Path, database: Database, folders: PhotoFolders) -> None:
    """ZIPs of version 0.1.0 that can't be read, whose photos rows still name, stay as they are."""
    named = defaultdict[int, list[Path]](list)
    for owner_id, digest in await named_digests(database):
        if await asyncio.to_thread((files / digest).is_file):
            named[owner_id].append(files / digest)
    for owner_id, paths in named.items():
        await asyncio.to_thread(seal_files, paths, await folders.of(owner_id))
    kept = await database.fetch(
        lambda row: str(row["source"]), "SELECT DISTINCT source FROM entries"
    )
    await asyncio.to_thread(_delete_but, files, frozenset(kept))


def _delete_but(folder: Path, kept: frozenset[str]) -> None:
    if not folder.is_dir():
        return
    for path in [path for path in folder.iterdir() if path.name not in kept]:
        path.unlink()
    if not kept:
        folder.rmdir()
        return
    logger.warning("%d ZIPs of version 0.1.0 in %s can't be read, and stay", len(kept), folder)
