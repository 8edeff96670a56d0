"""The folder for what can be computed again, and atomic writing of files in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl


def cache_folder() -> Path:
    """The folder LUKOSHKO_CACHE, else `lukoshko` in the user's cache folder (XDG base
    directories)."""
    if chosen := os.environ.get("LUKOSHKO_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lukoshko"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Held by one process at a time: where files of the folder are rewritten, and nothing that is being
    deleted may come back. Elsewhere than on POSIX systems nothing is locked."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        if os.name == "posix":
            fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically, even while another process writes the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
