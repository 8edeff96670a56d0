"""A dataset written as ZIPs of class folders, which are read as the same dataset again."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.entities import Example
from core.photos import exported
from core.photos.store import PhotoStore

# Of an entry in a ZIP, beside its name, which is there twice: the headers' 76 bytes, and some to spare.
_ENTRY_BYTES = 100
_END_BYTES = 100


@dataclass(frozen=True, slots=True)
class _File:
    """A photo in an archive. place : 0–1, its place among the photos of its folder."""

    name: str
    sha256: str
    bytes: int
    place: float


def write_part(
    examples: Sequence[Example], store: PhotoStore, number: int, max_bytes: int, out: Path
) -> int:
    """Writes part `number`, from 0, of the dataset as a ZIP; returns how many parts there are.

    Each part has photos of all classes, as far as there are enough, and at most `max_bytes`; a photo that
    is larger has a part of its own. The photos are copied as they are.

    Raises PhotoMissing.
    """
    has_test = any(example.is_test for example in examples)
    folders = exported.folders_of({example.label for example in examples}, has_test=has_test)
    table = exported.table_of(folders)
    parts = _in_parts(_files(examples, folders), max_bytes - len(table) - _END_BYTES)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        store.need(file.sha256 for file in parts[number])
        archive.writestr(exported.TABLE_NAME, table)
        for file in parts[number]:
            archive.writestr(file.name, store.read(file.sha256))
    return len(parts)


def _files(examples: Sequence[Example], folders: dict[exported.Labelled, str]) -> list[_File]:
    """The photos with their names, the photos of all folders mixed evenly."""
    by_folder: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_folder[folders[example.label, example.is_test]].append(example)
    files = [
        _File(name, example.photo.sha256, example.photo.bytes, place / len(members))
        for folder, members in by_folder.items()
        for place, (name, example) in enumerate(
            zip(exported.names_in(folder, (e.name for e in members)), members, strict=True)
        )
    ]
    return sorted(files, key=lambda file: file.place)


def _in_parts(files: Iterable[_File], max_bytes: int) -> list[list[_File]]:
    parts: list[list[_File]] = [[]]
    size = 0
    for file in files:
        needed = file.bytes + 2 * len(file.name.encode()) + _ENTRY_BYTES
        if parts[-1] and size + needed > max_bytes:
            parts.append([])
            size = 0
        parts[-1].append(file)
        size += needed
    return parts
