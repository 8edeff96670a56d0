"""A ZIP or a folder → the images in it that may be read, each with the class that the tree tells.

Nothing is ever unpacked to disk and no link is followed.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from core.entities import LabelSource, Note, NoteCode, Skipped
from core.errors import (
    BadInput,
    DataNotFound,
    EntryDamaged,
    EntryNameOdd,
    EntryNotImage,
    EntryTooLarge,
)
from core.photos import exported, layout
from core.photos.charsets import decode_names
from core.photos.printable import printable
from core.photos.sniff import (
    HEAD_BYTES,
    IMAGE_SUFFIXES,
    JUNK_NAMES,
    OTHER_SUFFIXES,
    looks_like_image,
    suffix_of,
)
from core.photos.tables import MAX_TABLE_MB, MAX_TABLES, TABLE_SUFFIXES
from core.photos.zipguard import open_checked

MAX_ENTRY_MB = 100
MAX_NAME_CHARACTERS = 255

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What zipfile raises on damaged entries."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is an image by its suffix or its first bytes.

    index : counts all that the source lists, from 0.
    label : its class, NFC; "" where the source tells none.
    is_test : it lies in a test part, which is scored and never trained on.
    """

    index: int
    name: str
    label: str
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A file as its source lists it, or an empty folder, whose name ends with "/".

    link : it is, or leads through, something else than a file. content : equal for equal bytes.
    """

    name: str
    bytes: int
    link: bool = False
    content: Hashable = None


class Source(ABC):
    """An open ZIP or folder; a context manager. `read` may be called from several threads.

    notes : what should be said of it before a training. refusal : why it can't be trained on though
    its images can be read, for whoever reads all of them to raise.
    """

    def __init__(self, files: Iterable[_File], labels: LabelSource) -> None:
        listed = [(i, file) for i, file in enumerate(files) if not _is_junk(file.name)]
        images: list[tuple[int, _File]] = []
        skipped: list[Skipped] = []
        for index, file in listed:
            if file.name.endswith("/") or exported.is_table(file.name):
                continue
            try:
                self._check(index, file)
                images.append((index, file))
            except BadInput as error:
                skipped.append(left_out(file.name, error))
        self.skipped = tuple(skipped)
        arranged = layout.arrange(self._tree(listed, images), labels)
        self.entries = tuple(
            Entry(index, printable(file.name), label, is_test)
            for (index, file), label, is_test in zip(
                images, arranged.labels, arranged.are_test, strict=True
            )
            if label is not None
        )
        self.notes = arranged.notes
        self.refusal = arranged.refusal

    @abstractmethod
    def read(self, index: int) -> bytes:
        """The bytes of an entry. Raises EntryDamaged."""

    @abstractmethod
    def head(self, index: int) -> bytes:
        """The first HEAD_BYTES bytes of an entry, no more of it inflated. Raises EntryDamaged."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, index: int, file: _File) -> None:
        """Raises EntryNameOdd, EntryNotImage, EntryTooLarge, EntryDamaged."""
        if _is_odd(file):
            raise EntryNameOdd
        suffix = suffix_of(file.name)
        if suffix in OTHER_SUFFIXES:
            raise EntryNotImage
        if suffix not in IMAGE_SUFFIXES and not looks_like_image(self.head(index)):
            raise EntryNotImage
        if file.bytes > MAX_ENTRY_MB * 1_000_000:
            raise EntryTooLarge(file.bytes // 1_000_000, MAX_ENTRY_MB)

    def _tree(
        self, listed: Sequence[tuple[int, _File]], images: Sequence[tuple[int, _File]]
    ) -> layout.Tree:
        photos = [layout.Photo(printable(file.name), file.content) for _, file in images]
        with_photos = {folder for photo in photos for folder in _folders(photo.name)}
        folders = {
            folder
            for _, file in listed
            if not _is_odd(file)
            for folder in _folders(printable(file.name))
        }
        return layout.Tree(photos, sorted(folders - with_photos), self._tables(listed))

    def _tables(self, listed: Sequence[tuple[int, _File]]) -> dict[str, bytes]:
        tables: dict[str, bytes] = {}
        for index, file in listed:
            is_table = suffix_of(file.name) in TABLE_SUFFIXES and not _is_odd(file)
            if is_table and file.bytes <= MAX_TABLE_MB * 1_000_000 and len(tables) < MAX_TABLES:
                try:
                    tables[printable(file.name)] = self.read(index)
                except EntryDamaged:
                    continue
        return tables


def open_source(path: Path, labels: LabelSource = LabelSource.FOLDERS) -> Source:
    """Opens a ZIP or a folder whose classes are taken from `labels`.

    Raises DataNotFound and, for a ZIP, what `zipguard` raises.
    """
    if path.is_dir():
        return _Folder(path, labels)
    if not path.exists():
        raise DataNotFound(str(path))
    return _Zip(open_checked(path), labels)


def left_out(name: str, error: BadInput) -> Skipped:
    """The report of a file that was left out; a name of thousands of characters is cut."""
    return Skipped(printable(name)[:MAX_NAME_CHARACTERS], error.code, str(error))


class _Zip(Source):
    def __init__(self, archive: zipfile.ZipFile, labels: LabelSource) -> None:
        self._archive = archive
        self._infos = archive.infolist()
        names, doubt = _zip_names(self._infos)
        try:
            super().__init__(map(_zipped, self._infos, names), labels)
        except BaseException:
            archive.close()
            raise
        if doubt:
            self.notes += (Note(NoteCode.CHARSET_DOUBTFUL, doubt),)

    def read(self, index: int) -> bytes:
        info = self._infos[index]
        # A read without a size inflates all the packed bytes in one call, whatever the size that
        # the directory states; with a size, zipfile stops there.
        data = self._first(info, info.file_size + 1)
        if len(data) != info.file_size:
            raise EntryDamaged
        return data

    def head(self, index: int) -> bytes:
        return self._first(self._infos[index], HEAD_BYTES)

    def close(self) -> None:
        self._archive.close()

    def _first(self, info: zipfile.ZipInfo, size: int) -> bytes:
        try:
            with self._archive.open(info) as file:
                return file.read(size)
        except _UNREADABLE as error:
            raise EntryDamaged from error


class _Folder(Source):
    def __init__(self, root: Path, labels: LabelSource) -> None:
        self._root = root
        files = sorted(_walk(root), key=lambda file: file.name)
        self._names = [file.name for file in files]
        super().__init__(files, labels)

    def read(self, index: int) -> bytes:
        try:
            return (self._root / self._names[index]).read_bytes()
        except OSError as error:
            raise EntryDamaged from error

    def head(self, index: int) -> bytes:
        try:
            with (self._root / self._names[index]).open("rb") as file:
                return file.read(HEAD_BYTES)
        except OSError as error:
            raise EntryDamaged from error

    def close(self) -> None:
        pass


def _walk(root: Path) -> Iterable[_File]:
    """All that is not a folder, links to folders included, and the empty folders, by names under the root."""
    for folder, subfolders, names in os.walk(root):
        if not names and not subfolders and Path(folder) != root:
            yield _File(Path(folder).relative_to(root).as_posix() + "/", 0)
        for name in [*names, *subfolders]:
            path = Path(folder, name)
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode):
                link = not stat.S_ISREG(status.st_mode)
                shown = path.relative_to(root).as_posix()
                yield _File(shown, status.st_size, link, (name, status.st_size))


def _is_odd(file: _File) -> bool:
    leads_out = file.name.startswith("/") or ".." in file.name.split("/")
    has_drive = re.match(r"[A-Za-z]:", file.name) is not None
    return leads_out or has_drive or file.link or len(file.name) > MAX_NAME_CHARACTERS


def _folders(name: str) -> Iterable[str]:
    """The folder that holds the file and all around it; of a folder ("apple/") itself too."""
    parts = [part for part in name.split("/")[:-1] if part not in ("", ".")]
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _is_junk(name: str) -> bool:
    """What systems leave beside photos, and all hidden ("._a.jpg")."""
    return any(
        part.lower() in JUNK_NAMES or (part.startswith(".") and part not in (".", ".."))
        for part in name.split("/")
    )


def _zipped(info: zipfile.ZipInfo, name: str) -> _File:
    link = stat.S_ISLNK(info.external_attr >> 16)
    return _File(name, info.file_size, link, (info.CRC, info.file_size))


def _zip_names(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], tuple[str, ...]]:
    """The entries' names as their packer meant them, with "/" between folders, and where that is
    doubtful one of them in both readings."""
    known = [_flagged_name(info) for info in infos]
    unflagged = [i for i, name in enumerate(known) if name is None]
    decoded = decode_names([infos[i].orig_filename.encode("cp437") for i in unflagged])
    read = dict(zip(unflagged, decoded.names, strict=True))
    names = [name if name is not None else read[i] for i, name in enumerate(known)]
    pairs = zip(decoded.names, decoded.other or (), strict=False)
    doubt = next((pair for pair in pairs if pair[0] != pair[1]), ())
    return [name.replace("\\", "/") for name in names], tuple(map(printable, doubt))


def _flagged_name(info: zipfile.ZipInfo) -> str | None:
    """The name that is marked as UTF-8: by the flag, or in Info-ZIP's Unicode path extra field
    (APPNOTE.TXT 4.6.9), which counts while its CRC is that of the raw name."""
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    raw_crc = zlib.crc32(info.orig_filename.encode("cp437"))
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        is_path = kind == _UNICODE_PATH and field[:1] == b"\x01" and len(field) > 5
        if is_path and int.from_bytes(field[1:5], "little") == raw_crc:
            return field[5:].decode("utf-8", "replace")
    return None
