"""Where the sealed files of all owners are kept: the tree, `<owner>/photos/…`, `<owner>/files/…`, `<owner>/cache/…`.

Here in one folder; `core.mirror` keeps it in a bucket.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

from storage.photos import sync_folder


class Tree(Protocol):
    """The sealed files of all owners. Its methods block, and may be called from any thread."""

    @property
    def root(self) -> Path:
        """The folder on this machine. A file may not be there that is kept elsewhere."""

    def holding(self, paths: Collection[Path]) -> AbstractContextManager[None]:
        """Brings here those that are not, which stay here during the block; nothing happens for one that is kept
        nowhere. Raises FilesAway."""

    def send(self, files: Iterable[tuple[Path, Path]]) -> None:
        """Takes files where they are to be kept, ahead of `keep`, which is quick then: each with the path at which it
        will be. Raises FilesAway."""

    def keep(self, paths: Collection[Path]) -> None:
        """Keeps files that were written here, before a row names them. Raises FilesAway; they are not kept then."""

    def delete(self, paths: Collection[Path]) -> None:
        """Deletes files, here or not. Raises FilesAway."""

    def delete_folder(self, folder: Path) -> None:
        """Deletes all that is kept below a folder. Raises FilesAway."""

    def owners(self) -> list[Path]:
        """The folders of owners of whom anything is kept. Raises FilesAway."""

    def written(self, folder: Path) -> dict[Path, float]:
        """What is kept below a folder, with the time when it was written, in seconds since the epoch. Raises
        FilesAway."""


class LocalTree:
    """Fulfils `Tree` where all is kept in the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def holding(self, paths: Collection[Path]) -> AbstractContextManager[None]:
        return nullcontext()

    def send(self, files: Iterable[tuple[Path, Path]]) -> None:
        """To move them later is quick."""

    def keep(self, paths: Collection[Path]) -> None:
        """They are kept."""

    def delete(self, paths: Collection[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in paths}:
            if folder.is_dir():
                sync_folder(folder)

    def delete_folder(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.is_dir():
            sync_folder(folder.parent)

    def owners(self) -> list[Path]:
        return list(self.root.iterdir())

    def written(self, folder: Path) -> dict[Path, float]:
        written: dict[Path, float] = {}
        # Files and whole folders are deleted meanwhile; `rglob` raises an error then.
        for below, _, names in os.walk(folder, onerror=_raise_if_there):
            for path in (Path(below, name) for name in names):
                with suppress(FileNotFoundError):
                    written[path] = path.stat().st_mtime
        return written


def _raise_if_there(error: OSError) -> None:
    """What can't be listed, and is no folder that was deleted, would be missing in a backup."""
    if not isinstance(error, FileNotFoundError):
        raise error
