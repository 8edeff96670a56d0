"""The data folder: one process at a time works in it, as a user who may write."""

from __future__ import annotations

import getpass
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import FolderNotUsable, StorageInUse

DATABASE = "lukoshko.db"
CLAIM = "claim.db"

# A process that was told to stop may take 2.5 s (measured); a restart waits for it.
CLAIM_WAIT_S = 5.0


def claim(home: Path, wait_s: float = CLAIM_WAIT_S) -> sqlite3.Connection:
    """Creates the folder and locks it until the connection is closed or the process ends, on every
    system. Raises StorageInUse.

    A second process would empty the scratch folder and interrupt the jobs of the first.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(PermissionError):  # one who may write in it, and it is another's
        home.chmod(0o700)
    claim = sqlite3.connect(
        home / CLAIM, timeout=wait_s, isolation_level=None, check_same_thread=False
    )
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        claim.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise StorageInUse(folder=str(home)) from error
        raise
    return claim


@contextmanager
def errors_of_folder(home: Path) -> Iterator[None]:
    """Raises FolderNotUsable where the system or the database says that a file can't be written."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        detail = error.strerror if isinstance(error, OSError) else str(error)
        raise FolderNotUsable(
            folder=str(home), detail=detail or str(error), user=_user(home)
        ) from error


def _user(home: Path) -> str:
    """Who this process is, and whose the folder is if it is another's."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, in a container
        name = str(os.getuid())
    return name
