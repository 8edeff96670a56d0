"""The storage and its backups: the operator can correct what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import LukoshkoError


@dataclass(eq=False)
class StorageInUse(LukoshkoError):
    """Another process works in {folder}: stop it first, or choose another DATA_DIR."""

    folder: str


@dataclass(eq=False)
class FolderNotUsable(LukoshkoError):
    """{folder} can't be written by the user {user} ({detail}): give the folder to that user, make room on its
    disk, or choose another DATA_DIR."""

    folder: str
    detail: str
    user: str


@dataclass(eq=False)
class DatabaseTooNew(LukoshkoError):
    """The database is at version {version}, this program knows {known}: start the newer program again."""

    version: int
    known: int


@dataclass(eq=False)
class DatabaseBroken(LukoshkoError):
    """{database} is damaged ({detail}) and was left as it is: put it and its folder away, and restore a
    backup with python -m storage restore."""

    database: str
    detail: str


@dataclass(eq=False)
class DatabaseLost(LukoshkoError):
    """{folder} holds files, and their database is not there or empty; nothing was changed: put
    lukoshko.db back, or put the folder away and restore a backup with python -m storage restore."""

    folder: str


@dataclass(eq=False)
class DatabaseForeign(LukoshkoError):
    """The database in {folder} is not the one that the files beside it belong to; nothing was changed: put
    the right lukoshko.db back, or put the folder away and restore a backup with python -m storage restore."""

    folder: str


@dataclass(eq=False)
class FilesRefused(LukoshkoError):
    """FILES={files} can't be used ({detail}); nothing was changed: look at the bucket's name and at the settings
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL."""

    files: str
    detail: str


@dataclass(eq=False)
class FilesForeign(LukoshkoError):
    """{files} holds the files of another data folder than {folder}; nothing was changed: choose another prefix
    in FILES, or the DATA_DIR that belongs to it."""

    files: str
    folder: str


@dataclass(eq=False)
class FilesElsewhere(LukoshkoError):
    """The files of {folder} are in {files}; nothing was changed: set FILES to it."""

    folder: str
    files: str


@dataclass(eq=False)
class KeyMissing(LukoshkoError):
    """The key of {folder} is not at {place}; nothing was changed: put the key file back there, or say where
    it is by KEY_FILE."""

    folder: str
    place: str


@dataclass(eq=False)
class KeyWrong(LukoshkoError):
    """The key in {source} is not the one that {folder} is encrypted with; nothing was changed: set KEY_FILE or
    LUKOSHKO_KEY to the right one."""

    folder: str
    source: str


@dataclass(eq=False)
class KeyInvalid(LukoshkoError):
    """The key in {source} can't be used: it must be 32 bytes in base64, which are 44 characters."""

    source: str


@dataclass(eq=False)
class KeyNotWritten(LukoshkoError):
    """A key file can't be made at {place} ({detail}): set KEY_FILE to a file outside the data folder, in a
    folder that can be written."""

    place: str
    detail: str


@dataclass(eq=False)
class SealBroken(LukoshkoError):
    """The file {file} is damaged, or was encrypted with another key: look for the extent with python -m storage
    check, and restore a backup."""

    file: str


@dataclass(eq=False)
class BackupRefused(LukoshkoError):
    """The backup can't be written to {file} ({detail}): choose another file."""

    file: str
    detail: str


@dataclass(eq=False)
class BackupUnsteady(LukoshkoError):
    """So much was deleted meanwhile that no backup was complete: start it again in a quieter hour."""


@dataclass(eq=False)
class RestoreRefused(LukoshkoError):
    """{file} can't be restored into {folder} ({detail}); nothing was changed: it takes a whole backup and an
    empty folder, which DATA_DIR names."""

    file: str
    folder: str
    detail: str
