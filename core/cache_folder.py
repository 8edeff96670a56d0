"""Where a user's machine keeps what can be computed again, and how a file gets there whole."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """LUKOSHKO_CACHE, else `lukoshko` in the user's cache folder (XDG base directories)."""
    if chosen := os.environ.get("LUKOSHKO_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lukoshko"


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that is there whole or not at all, though another process may write the same one."""
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
