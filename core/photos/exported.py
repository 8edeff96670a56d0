"""The layout of an exported dataset: class folders, and a table that tells the class of each folder.

The table brings back what a folder's name can't hold ("a/b", "con", "train" as a class), and keeps
the rules of `layout` from guessing. It names folders and no photos: who moves a photo to another folder
on a computer has moved it to another class. A folder that the table does not name is a class of its name.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from posixpath import basename, dirname, splitext

from core.names import file_name
from core.photos.cells import as_text, from_text
from core.photos.printable import printable
from core.photos.sniff import JUNK_NAMES, OTHER_SUFFIXES, suffix_of

TABLE_NAME = "lukoshko-classes.csv"

_HEADER = ("folder", "class", "part")
_TRAIN, _TEST = "train", "test"
Labelled = tuple[str, bool]
"""A class, and True for the test part."""


def folders_of(classes: Iterable[str], *, has_test: bool) -> dict[Labelled, str]:
    """The folder of each class; where there is a test set, one in each part of the split."""
    taken: set[str] = set()
    named = {label: _free(_safe(label), taken) for label in sorted(classes)}
    if not has_test:
        return {(label, False): folder for label, folder in named.items()}
    return {
        (label, is_test): f"{_TEST if is_test else _TRAIN}/{folder}"
        for label, folder in named.items()
        for is_test in (False, True)
    }


def names_in(folder: str, names: Iterable[str]) -> list[str]:
    """Safe names for photos in a folder, in order, no two the same. names : as they came."""
    taken: set[str] = set()
    return [f"{folder}/{_free(_photo_name(name), taken)}" for name in names]


def table_of(folders: Mapping[Labelled, str]) -> bytes:
    """The table, CSV in UTF-8 with a byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for (label, is_test), folder in folders.items():
        writer.writerow((as_text(folder), as_text(label), _TEST if is_test else _TRAIN))
    return text.getvalue().encode("utf-8-sig")


def is_table(name: str) -> bool:
    """True if an entry of this name is such a table."""
    return basename(name) == TABLE_NAME


def labels_of(tables: Mapping[str, bytes], photos: Sequence[str]) -> list[Labelled] | None:
    """The class of each photo, by its name in the archive; "" for one in no folder.

    None where no table of an export names a photo's folder.
    """
    for name, content in tables.items():
        if is_table(name):
            root = dirname(name)
            known = {_joined(root, folder): labelled for folder, labelled in _rows(content)}
            if any(dirname(photo) in known for photo in photos):
                return [_labelled(photo, root, known) for photo in photos]
    return None


def _rows(content: bytes) -> Iterable[tuple[str, Labelled]]:
    lines = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
    try:
        for row in csv.reader(lines):
            if len(row) == len(_HEADER) and row[1].strip():
                folder, label = (printable(from_text(cell.strip())) for cell in row[:2])
                yield folder, (label, row[2] == _TEST)
    except csv.Error:
        return


def _labelled(photo: str, root: str, known: Mapping[str, Labelled]) -> Labelled:
    folder = dirname(photo)
    if folder in known:
        return known[folder]
    inside = folder[len(root) :].strip("/") if folder.startswith(root) else folder
    is_test = inside.startswith(f"{_TEST}/")
    has_parts = any(path.startswith(_joined(root, f"{_TEST}/")) for path in known)
    names = inside.split("/")
    if has_parts and names[0] in (_TRAIN, _TEST):
        names = names[1:]
    return (names[0] if names else "", has_parts and is_test)


def _joined(root: str, folder: str) -> str:
    return f"{root}/{folder}" if root else folder


def _photo_name(name: str) -> str:
    """The file's own name. One that says it is no picture gets a picture's ending."""
    safe = _safe(basename(name))
    return f"{safe}.jpg" if suffix_of(safe) in OTHER_SUFFIXES else safe


def _safe(name: str) -> str:
    """A name that a file or folder may have on any system, and that is no system's own."""
    safe = file_name(name)
    return f"_{safe}" if safe.casefold() in JUNK_NAMES else safe


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where another one is taken for the same by some system."""
    stem, suffix = splitext(name)
    candidate, number = name, 1
    while _key(candidate) in taken:
        number += 1
        candidate = f"{stem} ({number}){suffix}"
    taken.add(_key(candidate))
    return candidate


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
