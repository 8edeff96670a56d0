"""Archives of photos, and what is left out of them."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import MAX_NAMED, BadInput


@dataclass(eq=False)
class ArchiveUnreadable(BadInput):
    """This is not a readable ZIP: it is damaged, cut off or something else. Pack it again and retry."""


@dataclass(eq=False)
class ArchiveKindUnsupported(BadInput):
    """This is a {kind} archive, and only ZIPs are read: unpack it, then pack the folders as a ZIP
    (on Windows "Compress to ZIP file", on a Mac "Compress")."""

    kind: str


@dataclass(eq=False)
class ArchiveEncrypted(BadInput):
    """This ZIP is protected with a password: pack it again without one."""


@dataclass(eq=False)
class ArchiveMethodUnsupported(BadInput):
    """This ZIP is packed with the method {method}, which is not read: pack it as an ordinary ZIP (deflate)."""

    method: str


@dataclass(eq=False)
class ArchiveOverlaps(BadInput):
    """The entries of this ZIP overlap, as in a ZIP bomb: pack it again with an ordinary program."""


@dataclass(eq=False)
class ArchiveTooManyEntries(BadInput):
    """This ZIP has {entries} entries, at most {max_entries} are read: split it."""

    entries: int
    max_entries: int


@dataclass(eq=False)
class ArchiveTooLarge(BadInput):
    """This ZIP unpacks to {megabytes} MB, at most {max_megabytes} MB are read: split it or use smaller photos."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class EntryDamaged(BadInput):
    """This entry of the ZIP is damaged."""


@dataclass(eq=False)
class EntryTooLarge(BadInput):
    """This file has {megabytes} MB, at most {max_megabytes} MB are read."""

    megabytes: int
    max_megabytes: int


@dataclass(eq=False)
class EntryNameOdd(BadInput):
    """This name leads out of the archive, is a link or is too long."""


@dataclass(eq=False)
class EntryNotImage(BadInput):
    """This is not an image."""


@dataclass(eq=False)
class EntryInNoFolder(BadInput):
    """This image is in no class folder."""


@dataclass(eq=False)
class EntryWithoutClass(BadInput):
    """Neither its name nor a table tells this image's class."""


@dataclass(eq=False)
class AlreadyThere(BadInput):
    """This photo is in the dataset already."""


@dataclass(eq=False)
class AlreadySorted(BadInput):
    """This photo is in the dataset under a class that was given by hand ({label}), which stays."""

    label: str


@dataclass(eq=False)
class NoImages(BadInput):
    """There are no images that can be read in it ({skipped} files left out, the first: {first}). Put
    photos into one folder per class and retry."""

    skipped: int
    first: str


@dataclass(eq=False)
class NothingNew(BadInput):
    """All the images in it are in the dataset already ({skipped} files)."""

    skipped: int


@dataclass(eq=False)
class NoClassFolders(BadInput):
    """There are no class folders: put the photos of each class into a folder with the class's name
    (apple/1.jpg, pear/1.jpg) and pack the folders."""


@dataclass(eq=False)
class OnlyParts(BadInput):
    """The folders in it ({parts}) are parts of a dataset, not classes: put the photos of each class
    into a folder with the class's name inside them (train/apple/1.jpg, test/apple/2.jpg)."""

    parts: str


@dataclass(eq=False)
class ClassesUnclear(BadInput):
    """There are no class folders in it, but the classes can be taken {choices}."""

    # Values of LabelSource; the table that names classes, "" without one; the first classes by the
    # files' names.
    offers: tuple[str, ...]
    table: str
    classes: tuple[str, ...]
    choices: str

    @classmethod
    def of(cls, *, table: str = "", classes: tuple[str, ...] = ()) -> ClassesUnclear:
        """Offers the table, the names, or both, with the command line's option for each."""
        ways = {}
        if table:
            ways["table"] = f"from {table} (--classes table)"
        if classes:
            named = ", ".join(classes[:MAX_NAMED])
            ways["names"] = f"from the files' names, such as {named} (--classes names)"
        return cls(tuple(ways), table, classes[:MAX_NAMED], " or ".join(ways.values()))


@dataclass(eq=False)
class TableMissing(BadInput):
    """There is no table in it that names the classes of its photos: put a labels.csv with the columns
    filename and label beside them."""


@dataclass(eq=False)
class TooManyClasses(BadInput):
    """There are {classes} classes in it, at most {max_classes} are taken: is each photo in a folder of
    its own?"""

    classes: int
    max_classes: int
