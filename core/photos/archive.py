"""A ZIP or a folder → the images in it that may be read, each labelled by the folder that holds it.

Nothing is ever unpacked to disk and no link is followed.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from core.entities import Skipped
from core.errors import (
    BadInput,
    DataNotFound,
    EntryDamaged,
    EntryNameOdd,
    EntryNotImage,
    EntryTooLarge,
)
from core.photos.zipguard import open_checked

MAX_ENTRY_MB = 100
MAX_NAME_CHARACTERS = 255
# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff",
    ".avif", ".heic", ".heif", ".hif",
})
# fmt: on
JUNK_NAMES = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir"})

_UTF8_FLAG = 0x800
_LATIN_BESIDE_CYRILLIC = re.compile(r"[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file with an image's suffix. `index` counts all that the source lists from 0.

    label : the name of the folder that holds it, NFC; "" at the top, in no folder.
    """

    index: int
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class _File:
    """A file as its source lists it. `link`: it is, or leads through, something else than a file."""

    name: str
    bytes: int
    link: bool = False


class Source(ABC):
    """An open ZIP or folder; a context manager. `read` may be called from several threads."""

    def __init__(self, files: Iterable[_File]) -> None:
        entries: list[Entry] = []
        skipped: list[Skipped] = []
        for index, file in enumerate(files):
            if _is_junk(file.name):
                continue
            try:
                entries.append(_entry(index, file))
            except BadInput as error:
                skipped.append(left_out(file.name, error))
        self.entries = tuple(entries)
        self.skipped = tuple(skipped)

    @abstractmethod
    def read(self, index: int) -> bytes:
        """The bytes of an entry. Raises EntryDamaged, EntryTooLarge."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_source(path: Path) -> Source:
    """Opens a ZIP or a folder. Raises DataNotFound and, for a ZIP, what `zipguard` raises."""
    if path.is_dir():
        return _Folder(path)
    if not path.exists():
        raise DataNotFound(str(path))
    return _Zip(open_checked(path))


def left_out(name: str, error: BadInput) -> Skipped:
    """The report of a file that was left out; a name of thousands of characters is cut."""
    return Skipped(_printable(name)[:MAX_NAME_CHARACTERS], error.code, str(error))


class _Zip(Source):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos = archive.infolist()
        super().__init__(
            _File(_zip_name(info), info.file_size, stat.S_ISLNK(info.external_attr >> 16))
            for info in self._infos
        )

    def read(self, index: int) -> bytes:
        info = self._infos[index]
        try:
            with self._archive.open(info) as file:
                # A read without a size inflates all the packed bytes in one call, whatever the size
                # that the directory states; with a size, zipfile stops there.
                data = file.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            RuntimeError,
            ValueError,
            struct.error,
        ) as error:
            raise EntryDamaged from error
        if len(data) != info.file_size:
            raise EntryDamaged
        return data

    def close(self) -> None:
        self._archive.close()


class _Folder(Source):
    def __init__(self, root: Path) -> None:
        self._root = root
        files = sorted(_walk(root), key=lambda file: file.name)
        self._names = [file.name for file in files]
        super().__init__(files)

    def read(self, index: int) -> bytes:
        try:
            return (self._root / self._names[index]).read_bytes()
        except OSError as error:
            raise EntryDamaged from error

    def close(self) -> None:
        pass


def _walk(root: Path) -> Iterable[_File]:
    """All that is not a folder, links to folders included, by its name under the root."""
    for folder, subfolders, names in os.walk(root):
        for name in [*names, *subfolders]:
            path = Path(folder, name)
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode):
                link = not stat.S_ISREG(status.st_mode)
                yield _File(path.relative_to(root).as_posix(), status.st_size, link)


def _entry(index: int, file: _File) -> Entry:
    """Raises EntryNameOdd, EntryNotImage, EntryTooLarge."""
    path = PurePosixPath(file.name)
    odd = path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", file.name)
    if odd or file.link or len(file.name) > MAX_NAME_CHARACTERS:
        raise EntryNameOdd
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise EntryNotImage
    if file.bytes > MAX_ENTRY_MB * 1_000_000:
        raise EntryTooLarge(file.bytes // 1_000_000, MAX_ENTRY_MB)
    return Entry(index, _printable(file.name), _printable(path.parent.name).strip())


def _is_junk(name: str) -> bool:
    """A ZIP's entry for a folder, what systems leave beside photos, and all hidden ("._a.jpg")."""
    return name.endswith("/") or any(
        part.lower() in JUNK_NAMES or (part.startswith(".") and part != "..")
        for part in PurePosixPath(name).parts
    )


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The entry's name as its packer meant it, with "/" between folders."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        name = _decode_name(name.encode("cp437"))
    return name.replace("\\", "/")


def _decode_name(raw: bytes) -> str:
    """Bytes without the UTF-8 flag: UTF-8 (macOS), else cp866 (Russian Windows), else cp437.

    cp866 decodes any bytes; what gives it away is a word of Latin and Cyrillic letters ("cafВ").
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("cp866")
    return raw.decode("cp437") if _LATIN_BESIDE_CYRILLIC.search(name) else name


def _printable(name: str) -> str:
    """NFC, with what does not print (controls, turns of direction, halves of pairs) replaced."""
    composed = unicodedata.normalize("NFC", name)
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in composed
    )
