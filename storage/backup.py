"""Backups: one file that holds a data folder as it was at one moment, encrypted as it is there.

The file is a TAR of what the folder holds: `key-id`, `identity`, the database, and the owners' folders. The key
is not in it, and its own copy of the database is encrypted with the same key.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from contextlib import closing
from pathlib import Path, PurePosixPath

from core.errors import BackupRefused, BackupUnsteady, RestoreRefused
from core.objects import SEALED
from core.tree_names import is_keys, vectors_of
from storage.checking import Checked, check
from storage.home import CLAIM, DATABASE, claim
from storage.inventory import Inventory, snapshot, take_inventory
from storage.keyfile import KEY_ID_FILE, KeySettings, find_key
from storage.keys import MasterKey
from storage.photos import sync_folder
from storage.tidying import IDENTITY_FILE
from storage.tree import LocalTree, Tree

# What the tables name may be deleted while it is copied; then the tables are looked at again.
_ATTEMPTS = 20
_RESTORING = "restoring"
# The database last: until it is there, no start takes the folder for a whole one.
_PARTS = (SEALED, IDENTITY_FILE, KEY_ID_FILE, DATABASE)


def back_up(home: Path, master: MasterKey, file: Path, tree: Tree | None = None) -> int:
    """Writes a backup, also while a bot works in the folder; returns its bytes. tree : where the folder's files
    are, None for the folder.

    Files never change, so they are copied first, and then the tables, with the files that are new. Where one was
    deleted in between, the tables are copied once more. Raises BackupRefused, BackupUnsteady, DatabaseBroken,
    DatabaseLost.
    """
    if file.exists():
        raise BackupRefused(file=str(file), detail="it is there already")
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("xb") as target:
            with tarfile.open(fileobj=target, mode="w") as archive:
                _Writer(archive, home, tree or LocalTree(home / SEALED)).write(master)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise BackupRefused(file=str(file), detail=error.strerror or str(error)) from error
    finally:
        if not file.exists():
            unfinished.unlink(missing_ok=True)
    sync_folder(file.parent)
    return file.stat().st_size


def restore(file: Path, home: Path, settings: KeySettings) -> Checked:
    """Unpacks a backup into an empty data folder, or one in which this was cut short; what its check found.

    Raises RestoreRefused, StorageInUse, KeyMissing, KeyWrong, KeyInvalid, DatabaseBroken.
    """
    with closing(claim(home)):
        _empty_after_cut(home, file)
        unpacked = home / _RESTORING
        unpacked.mkdir()
        try:
            _unpack(file, home, unpacked)
            checked = check(unpacked, find_key(unpacked, settings))
        except BaseException:
            shutil.rmtree(unpacked)
            raise
        for name in _PARTS:
            (unpacked / name).rename(home / name)
        sync_folder(home)
        shutil.rmtree(unpacked)
    return checked


class _Writer:
    """Writes a backup into an archive."""

    def __init__(self, archive: tarfile.TarFile, home: Path, tree: Tree) -> None:
        self._archive = archive
        self._home = home
        self._tree = tree
        self._written: set[Path] = set()

    def write(self, master: MasterKey) -> None:
        """Writes all; the database at the end. Raises BackupUnsteady."""
        for name in (KEY_ID_FILE, IDENTITY_FILE):
            self._archive.add(self._home / name, name)
        with snapshot(self._home, master) as database:
            self._add(take_inventory(database, self._tree.root, master))
        for _ in range(_ATTEMPTS):
            with snapshot(self._home, master) as database:
                if self._add(take_inventory(database, self._tree.root, master)):
                    self._archive.add(database, DATABASE)
                    return
        raise BackupUnsteady

    def _add(self, inventory: Inventory) -> bool:
        """Adds what is not in the archive yet. False if a file that rows name is not there any more."""
        named = [path for path in inventory.files if path not in self._written]
        missing = [path for path in named if not self._add_file(path)]
        for folder in inventory.folders:
            for path in folder.kept_cache(self._tree):
                # A shard is read by its keys: without their vectors they are not to be there.
                is_readable = not is_keys(path) or vectors_of(path) in self._written
                if path not in self._written and is_readable:
                    self._add_file(path)
        return not missing

    def _add_file(self, path: Path) -> bool:
        name = Path(SEALED, path.relative_to(self._tree.root))
        try:
            with self._tree.holding([path]):
                self._archive.add(path, name, recursive=False)
        except FileNotFoundError:
            return False
        self._written.add(path)
        return True


def _empty_after_cut(home: Path, file: Path) -> None:
    """Raises RestoreRefused if the folder holds anything but what a restore left that was cut short."""
    if (home / _RESTORING).exists():
        for path in (home / name for name in (*_PARTS, _RESTORING)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if any(not path.name.startswith(CLAIM) for path in home.iterdir()):
        raise RestoreRefused(file=str(file), folder=str(home), detail="the folder is not empty")


def _unpack(file: Path, home: Path, target: Path) -> None:
    (target / SEALED).mkdir()
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                _extract(archive, member, target)
    except (tarfile.TarError, OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) else "it is no backup, or not whole"
        raise RestoreRefused(
            file=str(file), folder=str(home), detail=detail or str(error)
        ) from error
    if not all((target / name).exists() for name in _PARTS):
        raise RestoreRefused(file=str(file), folder=str(home), detail="it is not whole")
    if hasattr(os, "sync"):
        os.sync()


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Raises ValueError for what no backup holds."""
    parts = PurePosixPath(member.name).parts
    content = archive.extractfile(member) if member.isfile() else None
    if content is None or parts[0] not in _PARTS or ".." in parts:
        raise ValueError(member.name)
    path = target.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with content, path.open("wb") as out:
        shutil.copyfileobj(content, out)
