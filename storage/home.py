"""The data folder: one process at a time works in it, as a user who may write."""

from __future__ import annotations

import getpass
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import (
    FolderNotUsable,
    LukoshkoError,
    NoRoom,
    NothingKept,
    StorageInUse,
)

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
    except (OSError, sqlite3.OperationalError, NoRoom, NothingKept) as error:
        raise FolderNotUsable(str(home), _not_ours(home) or _said(error), _user()) from error


def _said(error: BaseException) -> str:
    if isinstance(error, LukoshkoError) and error.__cause__:  # what people are told is no detail
        return _said(error.__cause__)
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _not_ours(home: Path) -> str:
    """What belongs to another user and can't be used by this one; "" for nothing."""
    with suppress(OSError):  # not even looked at
        for path in (home, home / CLAIM, home / DATABASE):
            if path.exists() and not os.access(path, os.R_OK | os.W_OK):
                return f"{path} is for the user {_owner(path)} alone"
    return ""


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, NotImplementedError):  # one without a name, as in a container; Windows
        return str(path.stat().st_uid)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # one without a name
        return str(os.getuid())
