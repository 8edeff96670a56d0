"""DATA on the command line: a ZIP or a folder, read once and cached by its content."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from core.cache_folder import cache_folder, write_whole
from core.entities import LabelSource, Reading
from core.errors import DataNotFound
from core.ports import ArchiveReading, DatasetFiles, OnProgress
from core.serialization import from_json, to_json

# Grows when what is remembered changes its form.
CACHE_VERSION = 2


@dataclass(frozen=True)
class Data:
    """A dataset that was read: what the reading said, and what a worker needs of it.

    seconds : what reading it took now, 0 where it was remembered.
    """

    reading: Reading
    files: DatasetFiles
    seconds: float


async def read_data(
    reading: ArchiveReading, path: Path, labels: LabelSource, on_progress: OnProgress
) -> Data:
    """Reads DATA in a worker, with the chat's limits, or remembers it: photos, thumbnails and
    features are kept in the user's cache folder.

    labels : where the classes are taken from. Raises DataNotFound and what reading raises.
    """
    workspace = await asyncio.to_thread(_workspace, path, labels)
    found, seconds = _remembered(workspace), 0.0
    if found is None:
        with TemporaryDirectory(dir=workspace.parent, ignore_cleanup_errors=True) as folder:
            found = await reading.read_archive(path, labels, None, Path(folder), on_progress)
            _remember(found, workspace)
            seconds = found.seconds
    files = DatasetFiles(
        listing=str(workspace / "examples"),
        photos=str(workspace / "photos"),
        cache=str(workspace / "cache"),
    )
    return Data(found, files, seconds)


def _workspace(path: Path, labels: LabelSource) -> Path:
    """Where DATA is remembered; its parent is there. Raises DataNotFound."""
    if not path.exists():
        raise DataNotFound(path=str(path))
    workspace = cache_folder() / f"v{CACHE_VERSION}" / f"{_digest(path)}-{labels}"
    workspace.parent.mkdir(parents=True, exist_ok=True)
    return workspace


def _remember(found: Reading, workspace: Path) -> None:
    """Makes what was read the workspace, unless another process was faster with the same."""
    out = Path(found.examples).parent
    write_whole(out / "reading.json", to_json(found).encode())
    if _remembered(workspace) is None:
        shutil.rmtree(workspace, ignore_errors=True)  # what is damaged there
        # The other process may be as fast as this one, and then a folder is in the way.
        with suppress(OSError):
            out.replace(workspace)


def _remembered(workspace: Path) -> Reading | None:
    """What was remembered, if it is there whole and in today's form."""
    try:
        return from_json((workspace / "reading.json").read_text("utf-8"), Reading)
    except (FileNotFoundError, ValueError):
        return None


def _digest(path: Path) -> str:
    """SHA-256 of a file's content, or of the names, sizes and modification times of a folder's
    files."""
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
