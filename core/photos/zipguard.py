"""What a stranger's ZIP must pass before anything in it is unpacked.

Python's zipfile reads a directory of any length into memory and does not see overlapping entries
(Fifield, "A better zip bomb", WOOT 2019), so both are checked here.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from core.errors import (
    ArchiveEncrypted,
    ArchiveKindUnsupported,
    ArchiveMethodUnsupported,
    ArchiveOverlaps,
    ArchiveTooLarge,
    ArchiveTooManyEntries,
    ArchiveUnreadable,
)
from core.photos.sniff import HEAD_BYTES, archive_kind

MAX_ENTRIES = 100_000
MAX_UNPACKED_MB = 16_000
"""All entries together. Memory is safe without it, as entries are read one at a time."""

METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
METHOD_NAMES = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}

_ENCRYPTED_FLAG = 0x1
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30

# APPNOTE.TXT 4.3.14–4.3.16: the end record, and before it the locator and the record of ZIP64.
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2L4Q")
_MAX_COMMENT_BYTES = 0xFFFF


def open_checked(path: Path) -> zipfile.ZipFile:
    """Opens a ZIP whose entries are few, apart, not encrypted, and stored or deflated.

    Raises ArchiveKindUnsupported, ArchiveUnreadable, ArchiveTooManyEntries, ArchiveEncrypted, ArchiveMethodUnsupported,
    ArchiveOverlaps, ArchiveTooLarge.
    """
    try:
        with path.open("rb") as file:
            if kind := archive_kind(file.read(HEAD_BYTES)):
                raise ArchiveKindUnsupported(kind)
            entries = _count_entries(file)
        if entries > MAX_ENTRIES:
            raise ArchiveTooManyEntries(entries, MAX_ENTRIES)
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise ArchiveUnreadable from error
    try:
        _check(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def _count_entries(file: BinaryIO) -> int:
    """The entries in the directory, counted in its bytes: the number that the end record states may lie."""
    size = file.seek(0, 2)
    tail_bytes = min(size, _END.size + _MAX_COMMENT_BYTES + _LOCATOR.size)
    file.seek(size - tail_bytes)
    tail = file.read()
    end = _find_end(tail)
    directory_bytes = _END.unpack_from(tail, end)[5]
    directory_end = size - tail_bytes + end
    locator = end - _LOCATOR.size
    if locator >= 0 and tail.startswith(_LOCATOR_SIGNATURE, locator):
        directory_end -= _LOCATOR.size + _END64.size
        file.seek(directory_end)
        directory_bytes = _END64.unpack(file.read(_END64.size))[8]
    if directory_bytes > directory_end:
        raise ArchiveUnreadable
    file.seek(directory_end - directory_bytes)
    return file.read(directory_bytes).count(_DIRECTORY_ENTRY)


def _find_end(tail: bytes) -> int:
    """Where zipfile finds the end record: without a comment at the very end, else its last signature."""
    plain = len(tail) - _END.size
    if plain >= 0 and tail.startswith(_END_SIGNATURE, plain) and tail.endswith(b"\0\0"):
        return plain
    end = tail.rfind(_END_SIGNATURE)
    if end < 0 or end > plain:
        raise ArchiveUnreadable
    return end


def _check(archive: zipfile.ZipFile) -> None:
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise ArchiveEncrypted
        if info.compress_type not in METHODS:
            number = info.compress_type
            raise ArchiveMethodUnsupported(METHOD_NAMES.get(number, str(number)))
    _check_overlap(archive)
    unpacked_mb = sum(info.file_size for info in archive.infolist()) // 1_000_000
    if unpacked_mb > MAX_UNPACKED_MB:
        raise ArchiveTooLarge(unpacked_mb, MAX_UNPACKED_MB)


def _check_overlap(archive: zipfile.ZipFile) -> None:
    """No entry may begin before the one in front of it, or the space up to the directory, ends."""
    starts = sorted((info.header_offset, info.compress_size) for info in archive.infolist())
    end = 0
    for start, packed in starts:
        if start < end:
            raise ArchiveOverlaps
        end = start + _LOCAL_HEADER_BYTES + packed
    if end > archive.start_dir:
        raise ArchiveOverlaps
