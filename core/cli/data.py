"""DATA on the command line: a ZIP or a folder, read once and remembered by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.cache_folder import cache_folder, write_whole
from core.datasets.reading import read_archive
from core.entities import Progress, Reading
from core.errors import DataNotFound
from core.ports import DatasetFiles
from core.serialization import from_json, to_json

# Grows when what is remembered changes its form.
CACHE_VERSION = 1
_SOURCE = "data"


@dataclass(frozen=True)
class Data:
    """A dataset that was read: what was found, and what a worker needs of it."""

    reading: Reading
    files: DatasetFiles


def read_data(path: Path, report: Callable[[Progress], None]) -> Data:
    """Reads DATA, or remembers it: thumbnails and features are kept in the user's cache folder.

    Raises DataNotFound and what reading raises.
    """
    if not path.exists():
        raise DataNotFound(path=str(path))
    workspace = cache_folder() / f"v{CACHE_VERSION}" / _digest(path)
    memory = workspace / "reading.json"
    reading = _remembered(memory)
    if reading is None:
        reading = read_archive(path, _SOURCE, (), workspace, report)
        write_whole(memory, to_json(reading).encode())
    files = DatasetFiles(reading.records, {_SOURCE: str(path)}, str(workspace))
    return Data(reading, files)


def _remembered(memory: Path) -> Reading | None:
    """What was remembered, if it is there whole and in today's form."""
    try:
        return from_json(memory.read_text("utf-8"), Reading)
    except (FileNotFoundError, ValueError):
        return None


def _digest(path: Path) -> str:
    """Of a file its content; of a folder its files' names, sizes and moments of change."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    listing = hashlib.sha256(str(path.resolve()).encode())
    for file_path in sorted(path.rglob("*")):
        stat = file_path.lstat()
        listing.update(
            f"{file_path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="surrogateescape")
        )
    return listing.hexdigest()
