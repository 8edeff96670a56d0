"""What a data folder holds by its database: read from a snapshot, while a bot may work in the folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from core.errors import DatabaseBroken, DatabaseLost, DatabaseTooNew
from storage.database import check_readable, connect, errors_of_sqlite3
from storage.folders import NAMED_FILES, OwnerFolder
from storage.home import DATABASE
from storage.keys import MasterKey
from storage.migrations import scripts

# Those of version 0.1.0 that are still in a ZIP have no file of their own.
_PHOTOS = """
    SELECT owner_id, sha256 AS digest FROM photos
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE photo_id = photos.id)
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a row names."""

    folder: OwnerFolder
    digest: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """folders : those of the owners with a key. files : those that rows name, photos too, by path."""

    folders: tuple[OwnerFolder, ...]
    files: Mapping[Path, Named]


@contextmanager
def snapshot(home: Path, master: MasterKey) -> Iterator[Path]:
    """A copy of the database as it is now, encrypted with the same key; every page was checked.

    Raises DatabaseLost, DatabaseBroken, DatabaseTooNew.
    """
    database = home / DATABASE
    if not database.exists():
        raise DatabaseLost(folder=str(home))
    with TemporaryDirectory(prefix="lukoshko-") as folder:
        copy = Path(folder) / DATABASE
        try:
            with errors_of_sqlite3():
                # Copied, a damaged page would look like a whole one.
                check_readable(database, master.database)
                _copy(database, copy, master)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                raise
            raise DatabaseBroken(database=str(database), detail=str(error)) from error
        yield copy


def take_inventory(database: Path, root: Path, master: MasterKey) -> Inventory:
    """What the database, a snapshot, says of the files in the tree with this root."""
    with errors_of_sqlite3(), closing(connect(database, master.database)) as connection:
        folders = {
            row["owner_id"]: OwnerFolder(
                root / master.folder_of(row["owner_id"]),
                master.unwrap(row["owner_id"], row["wrapped"]),
            )
            for row in connection.execute("SELECT * FROM owner_keys")
        }
        files: dict[Path, Named] = {}
        for query, path_of in ((_PHOTOS, OwnerFolder.photo), (NAMED_FILES, OwnerFolder.file)):
            for owner_id, digest in connection.execute(query):
                if owner_id in folders:  # the files of one without a key were not sealed yet
                    named = Named(folders[owner_id], digest)
                    files[path_of(named.folder, digest)] = named
    return Inventory(tuple(folders.values()), files)


def _copy(database: Path, copy: Path, master: MasterKey) -> None:
    with (
        closing(connect(database, master.database)) as source,
        closing(connect(copy, master.database)) as target,
    ):
        ((version,),) = source.execute("PRAGMA user_version").fetchall()
        if version > (known := len(scripts())):
            raise DatabaseTooNew(version=version, known=known)
        source.backup(target)
