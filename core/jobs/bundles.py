"""Files of a task on their way between the bot and a node that share no folder: a sealed TAR in the bucket.

Each bundle has a key of its own, which travels with the call and is forgotten with it.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath

from core import sealed
from core.errors import ResultUnreadable, SealBroken
from core.sealed import Key

Folders = Mapping[str, Path]
"""Folders by name, with absolute paths; the bot and each node have their own of each."""

_NO_LINK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def pack(folders: Folders, paths: Iterable[Path], key: Key, bundle: Path) -> None:
    """Writes files, each in one of the folders, to a bundle. Raises OSError."""
    with (
        bundle.open("wb") as file,
        sealed.writing(file, key, bundle.name) as writer,
        closing(tarfile.open(fileobj=writer, mode="w|")) as archive,
    ):
        for path in paths:
            _add(archive, path, _name_in(folders, path))


def unpack(bundle: Path, key: Key, folders: Folders) -> None:
    """Writes what a bundle has to the folders of the same names. Raises ResultUnreadable, OSError."""
    try:
        with (
            sealed.reader(bundle, key) as source,
            closing(tarfile.open(fileobj=source, mode="r|")) as archive,
        ):
            for member in archive:
                _extract(archive, member, folders)
    except (tarfile.TarError, SealBroken) as error:
        raise ResultUnreadable(f"{type(error).__name__}: {error}") from error


def files_below(path: Path) -> Iterator[Path]:
    """The path, where it is a file, or the files below it; links are none."""
    if path.is_file() and not path.is_symlink():
        yield path
    for folder, _, names in os.walk(path):
        for file in (Path(folder, name) for name in names):
            if stat.S_ISREG(file.lstat().st_mode):
                yield file


def folder_of(folders: Folders, path: Path) -> str | None:
    """The name of the folder that the path is in; None where it is in no one."""
    whole = path.absolute()
    return next((name for name in folders if whole.is_relative_to(folders[name])), None)


def moved(path: Path, folders: Folders, to: Folders) -> Path:
    """The path with the folder that it is in replaced by the one of the same name; itself where it is in no one."""
    name = folder_of(folders, path)
    return path if name is None else to[name] / path.absolute().relative_to(folders[name])


def _name_in(folders: Folders, path: Path) -> str:
    name = folder_of(folders, path)
    if name is None:
        raise ValueError(f"{path} is in none of the folders")
    return f"{name}/{path.absolute().relative_to(folders[name]).as_posix()}"


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    # Opened so that a link is not followed, whatever a worker puts there meanwhile.
    with os.fdopen(os.open(path, _NO_LINK), "rb") as file:
        archive.addfile(archive.gettarinfo(arcname=name, fileobj=file), file)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folders: Folders) -> None:
    name, *parts = PurePosixPath(member.name).parts
    content = archive.extractfile(member) if member.isfile() else None
    if content is None or name not in folders or ".." in parts:
        raise ResultUnreadable("a file that leads out of the task's folders")
    path = folders[name].joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with content, path.open("wb") as out:
        shutil.copyfileobj(content, out)
