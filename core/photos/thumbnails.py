"""The thumbnails in a cache: one immutable ZIP of `<sha256>.jpg` per reading."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from PIL import Image

from core import sealed
from core.sealed import Key

SIDE = 128
"""The longer side of a thumbnail in pixels, at most."""

_JPEG_QUALITY = 80
_PACKS = "thumbnails-*.zip"
_ATTEMPTS = 5


class Pack:
    """A pack that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._digests: set[str] = set()

    def add(self, sha256: str, jpeg: bytes) -> None:
        """Adds the thumbnail of the image with this digest; exact duplicates share one."""
        if sha256 not in self._digests:
            self._digests.add(sha256)
            self._archive.writestr(f"{sha256}.jpg", jpeg)


@contextmanager
def new_pack(cache: Path, key: Key | None = None) -> Iterator[Pack]:
    """A pack that is in the folder, whole, once the block has ended without an error; sealed where there is a
    key."""
    cache.mkdir(parents=True, exist_ok=True)
    finished = cache / f"thumbnails-{uuid4().hex}.zip"
    unfinished = finished.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            with (
                sealed.writing(file, key, finished.name) as writer,
                zipfile.ZipFile(writer, "w", zipfile.ZIP_STORED) as archive,
            ):
                yield Pack(archive)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(finished)
    finally:
        unfinished.unlink(missing_ok=True)


class Thumbnails:
    """All thumbnails of a cache, as its packs were when this was made; a context manager."""

    def __init__(self, cache: Path, key: Key | None = None) -> None:
        self._key = key
        for _ in range(_ATTEMPTS - 1):
            # A pack may be replaced meanwhile, in another process.
            with suppress(FileNotFoundError):
                self._open_packs(cache)
                return
        self._open_packs(cache)

    def _open_packs(self, cache: Path) -> None:
        with ExitStack() as stack:
            archives = [
                stack.enter_context(_archive(path, self._key))
                for path in sorted(cache.glob(_PACKS))
            ]
            self._packs = {name: archive for archive in archives for name in archive.namelist()}
            self._open = stack.pop_all()

    def __contains__(self, sha256: str) -> bool:
        return f"{sha256}.jpg" in self._packs

    def get(self, sha256: str) -> Image.Image:
        """The RGB thumbnail of the image with this digest. Raises KeyError."""
        name = f"{sha256}.jpg"
        return Image.open(io.BytesIO(self._packs[name].read(name)), formats=("JPEG",))

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def forget(cache: Path, digests: Collection[str], key: Key | None = None) -> None:
    """Deletes the thumbnails of these photos: a pack that holds some is written anew without them. One
    process at a time may do so; what a killed one was writing is deleted."""
    for unfinished in cache.glob("thumbnails-*.part"):
        unfinished.unlink()
    for path in list(cache.glob(_PACKS)):
        with _archive(path, key) as archive:
            kept = [name for name in archive.namelist() if Path(name).stem not in digests]
            if len(kept) == len(archive.namelist()):
                continue
            if kept:
                with new_pack(cache, key) as pack:
                    for name in kept:
                        pack.add(Path(name).stem, archive.read(name))
        path.unlink()


def compact(cache: Path, most: int, small_bytes: int, key: Key | None = None) -> None:
    """Makes one pack of the small ones, of at most `small_bytes`, where there are more than `most`: each is an
    open file while a sheet is drawn."""
    paths = [path for path in cache.glob(_PACKS) if path.stat().st_size <= small_bytes]
    if len(paths) <= most:
        return
    with new_pack(cache, key) as pack:
        for path in paths:
            with _archive(path, key) as archive:
                for name in archive.namelist():
                    pack.add(Path(name).stem, archive.read(name))
    for path in paths:
        path.unlink()


@contextmanager
def _archive(path: Path, key: Key | None) -> Iterator[zipfile.ZipFile]:
    with sealed.reader(path, key) as file, zipfile.ZipFile(file) as archive:
        yield archive


def shrink(image: Image.Image) -> Image.Image:
    """A copy of at most SIDE × SIDE pixels, its aspect kept."""
    # Reduced by a whole factor first: 0.6 ms instead of the default's 1.7 ms for 348 × 348 pixels.
    small = image.reduce(max(1, max(image.size) // SIDE))
    small.thumbnail((SIDE, SIDE), Image.Resampling.HAMMING)
    return small


def to_jpeg(thumbnail: Image.Image) -> bytes:
    buffer = io.BytesIO()
    thumbnail.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
