"""Archives: where their classes are taken from, what reading one gives, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LabelSource(StrEnum):
    """Where the classes of an archive's photos are taken from."""

    FOLDERS = "folders"
    NAMES = "names"
    TABLE = "table"


class NoteCode(StrEnum):
    """What a note says. Its `names` are those of (a few may be cut off, `count` says how many there are):

    CLASSES_ALIKE : two or more classes whose names differ in case, accents or spaces alone.
    CLASS_EMPTY : classes without a photo that can be read.
    CLASSES_ARE_DATES : classes with the name of a date, a session or a camera's folder.
    TEST_PART_FOUND : the parts of a split; count: the photos of the test part.
    PARTS_FOUND : the parts of a split, none of which is to be the test part.
    BESIDE_PARTS : folders beside the parts of a split, left out; count: their photos.
    UNLABELLED : none; count: photos of which the archive tells no class (a test part without answers).
    SESSIONS_FOLDED : folders that lie in several classes and are no classes themselves.
    GROUPS_FOUND : folders that hold the class folders and are no classes themselves.
    CLASSES_JOINED : classes whose folders lie in several groups under the same name.
    SUBFOLDERS_FOLDED : folders inside classes, whose photos count for the class around them.
    ALBUM_COPIES : albums by date, left out as most of their photos lie in other classes; count: photos.
    TABLE_FOUND : a table that names classes too, which was not used; count: its classes.
    NAMES_FOUND : classes that the files' names tell, where the folders tell one alone.
    CHARSET_DOUBTFUL : a file as its name was read, and as it would read in the next likely charset.
    """

    CLASSES_ALIKE = "classes_alike"
    CLASS_EMPTY = "class_empty"
    CLASSES_ARE_DATES = "classes_are_dates"
    TEST_PART_FOUND = "test_part_found"
    PARTS_FOUND = "parts_found"
    BESIDE_PARTS = "beside_parts"
    UNLABELLED = "unlabelled"
    SESSIONS_FOLDED = "sessions_folded"
    GROUPS_FOUND = "groups_found"
    CLASSES_JOINED = "classes_joined"
    SUBFOLDERS_FOLDED = "subfolders_folded"
    ALBUM_COPIES = "album_copies"
    TABLE_FOUND = "table_found"
    NAMES_FOUND = "names_found"
    CHARSET_DOUBTFUL = "charset_doubtful"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an archive that its sender should hear before a model is trained on it."""

    code: NoteCode
    names: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out. `reason` is an error's code, `detail` its English sentence."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an archive gave, as files: tables of any length cross no process border.

    examples : path of the listing of what was found (`core.datasets.listing`).
    photos : folder of the new photos' bytes, laid out as a store.
    cache : folder of what was computed from them, laid out as a cache.
    regrouped : path of the listing of known photos whose group of near duplicates has changed.
    classes : how many examples of each class were found, in order of the names.
    test_images : how many of them are in a test part.
    is_sealed : True if the files are sealed with their owner's key (`core.sealed`).
    """

    examples: str
    photos: str
    cache: str
    regrouped: str
    classes: Mapping[str, int]
    test_images: int
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    seconds: float
    is_sealed: bool = False

    @property
    def images(self) -> int:
        """How many examples were found."""
        return sum(self.classes.values())
