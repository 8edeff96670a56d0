"""The folder for what can be computed again, and atomic writing of files in it."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder LUKOSHKO_CACHE, else `lukoshko` in the user's cache folder (XDG base
    directories)."""
    if chosen := os.environ.get("LUKOSHKO_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lukoshko"


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
