"""The rows of ../shared/cases/README.md that are about archives, through the library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.entities import LabelSource, NoteCode
from core.errors import ClassesUnclear, OnlyParts
from core.photos.archive import open_source
from tests.core.learning import SHARED

APPLE_PEAR = {"apple": 8, "pear": 8}
READ = {
    "suffix_noext.zip": (APPLE_PEAR, ()),
    "suffix_jpg_large.zip": (APPLE_PEAR, ()),
    "suffix_jpgd.zip": (APPLE_PEAR, ()),
    "nested_sessions.zip": ({"apple": 12, "pear": 12}, (NoteCode.SESSIONS_FOLDED,)),
    "enc_7075_gbk.zip": ({"苹果": 4, "梨": 4}, ()),
    "enc_7075_qmark.zip": ({"苹果": 4, "梨": 4}, ()),
    "enc_1251.zip": ({"Яблоки": 4, "Груши": 4}, ()),
    "takeout_albums_and_year.zip": ({"Яблоки": 6, "Груши": 6}, (NoteCode.ALBUM_COPIES,)),
    "case.zip": (
        {"Apple": 8, "Pear": 8, "apple": 3, "pear": 3},
        (NoteCode.TEST_PART_FOUND, NoteCode.CLASSES_ALIKE, NoteCode.CLASSES_ALIKE),
    ),
    "emptyclass.zip": (APPLE_PEAR, (NoteCode.CLASS_EMPTY,)),
    "tm_project.zip": ({"Class 1": 10, "Class 2": 10}, ()),
}


@pytest.fixture(scope="session")
def cases() -> Path:
    if not (SHARED / "cases").is_dir():
        pytest.skip("needs the samples in ../shared/cases")
    return SHARED / "cases"


@pytest.mark.parametrize("name", READ)
def test_an_archive_reads_as_it_was_meant(name: str, cases: Path) -> None:
    classes, notes = READ[name]
    with open_source(cases / name) as source:
        assert Counter(entry.label for entry in source.entries) == classes
        assert tuple(note.code for note in source.notes) == notes
        assert source.refusal is None


def test_the_flat_parts_of_kaggle_offer_the_names(cases: Path) -> None:
    with open_source(cases / "kaggle_flat.zip") as source:
        assert isinstance(source.refusal, ClassesUnclear)
        assert (source.refusal.offers, source.refusal.classes) == (("names",), ("cat", "dog"))
    with open_source(cases / "kaggle_flat.zip", LabelSource.NAMES) as source:
        assert Counter(entry.label for entry in source.entries) == {"cat": 12, "dog": 12, "": 8}


def test_parts_without_any_class_are_refused(cases: Path) -> None:
    with open_source(cases / "robo_multiclass.zip") as source:
        assert isinstance(source.refusal, OnlyParts)
