"""Files that a Bot API server in local mode has put on this machine's disk.

The server says where they are, and it is trusted less than the disk: whoever can change its answers must not be able
to have the bot read its own key, database or environment as if they were a photo that somebody sent. So a path is read
only inside the folder that the operator named, and no link below that folder is followed: a link could lead out of it,
and could be put in place of a file between a check of its path and its opening. A device or a pipe is not read either: it
may never end.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack, suppress
from pathlib import Path, PurePath
from typing import BinaryIO

_CHUNK_BYTES = 16 * 2**20
# Windows has neither of these, nor folders as the starting points of paths.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
# What an open says of a link in place of a file, and of one in place of a folder.
_OF_LINKS = (errno.ELOOP, errno.ENOTDIR)


class OutsideFolder(Exception):
    """A path that the Bot API server tells is not that of a file in its folder."""

    def __init__(self, folder: Path | None, told: str) -> None:
        where = f"BOT_API_DIR={folder}" if folder else "BOT_API_DIR, which is not set"
        super().__init__(f"the Bot API server tells a path that is not a file in {where}: {told}")


class LongerThanAllowed(Exception):
    """A file has more bytes than it may have."""


def copy_inside(folder: Path | None, told: str, out: Path, max_bytes: int) -> None:
    """Copies the file that the server tells of. The server's own stays, and is the server's to change and delete: a
    hard link would change with it.

    folder : the server's; None where the operator named none. told : an absolute path.

    Raises OutsideFolder, LongerThanAllowed, and OSError where the file is not there or can't be read.
    """
    with _open_inside(folder, told) as source, out.open("wb") as target:
        size = os.fstat(source.fileno()).st_size
        if size > max_bytes:
            raise LongerThanAllowed
        _copy(source, target, size)


def _open_inside(folder: Path | None, told: str) -> BinaryIO:
    path = PurePath(told)
    if folder is None or not path.is_relative_to(folder):
        raise OutsideFolder(folder, told)
    *folders, name = path.relative_to(folder).parts or ("",)
    if ".." in (*folders, name):
        raise OutsideFolder(folder, told)
    try:
        with ExitStack() as opened:
            parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            opened.callback(os.close, parent)
            for part in folders:
                parent = os.open(part, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK, dir_fd=parent)
                opened.callback(os.close, parent)
            number = os.open(name, os.O_RDONLY | _NO_LINK | _NO_WAIT, dir_fd=parent)
    except OSError as error:
        if error.errno in _OF_LINKS:
            raise OutsideFolder(folder, told) from error
        raise
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OutsideFolder(folder, told)
    return os.fdopen(number, "rb")


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copies at most `size` bytes: the file may still grow."""
    left = size - _copy_in_system(source, target, size)
    source.seek(size - left)
    target.seek(size - left)
    while left and (chunk := source.read(min(left, _CHUNK_BYTES))):
        target.write(chunk)
        left -= len(chunk)


def _copy_in_system(source: BinaryIO, target: BinaryIO, size: int) -> int:
    """How many bytes the system copied itself: it shares the blocks where the file system can (btrfs, XFS)."""
    copied = 0
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):
            while done := os.copy_file_range(source.fileno(), target.fileno(), size - copied):
                copied += done
    return copied
