"""A dataset that is written out, and read again as the same one."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from core.datasets.exporting import write_part
from core.datasets.listing import read_listing
from core.datasets.reading import read_archive
from core.entities import Example
from core.errors import PhotoMissing
from core.photos.exported import TABLE_NAME
from core.photos.store import PhotoStore
from core.ports import DatasetFiles
from tests.core.learning import drawn_files, examples_of, ignore
from tests.factories import make_image, make_zip

AMPLE = 10**9
# Parts, wrappers, albums, samples, devices, leavings and what no folder can be called.
ODD = [
    *(
        "train",
        "test",
        "photos",
        "Photos from 2023",
        "2023-05-01",
        "apple-samples",
        "con",
        "LPT1.x",
    ),
    *("a/b", "a\\b", "a_b", "A_B", "..", ".hidden", "thumbs.db", "__MACOSX", "x.", "  ", "c:"),
    *("груша", "👩\u200d🌾🍋", "سیب\u200cزمینی", "=1+1", 'a "quoted", one', "é", "x" * 255),
]

Content = set[tuple[str, str, bool]]


def content_of(examples: tuple[Example, ...]) -> Content:
    return {(one.photo.sha256, one.label, one.is_test) for one in examples}


def labelled(files: DatasetFiles, labels: list[str]) -> tuple[Example, ...]:
    """The drawn photos under these classes, one after the other."""
    return tuple(
        replace(one, label=labels[place % len(labels)])
        for place, one in enumerate(examples_of(files))
    )


def exported(
    files: DatasetFiles, examples: tuple[Example, ...], folder: Path, max_bytes: int = AMPLE
) -> list[Path]:
    store, paths = PhotoStore(Path(files.photos)), [folder / "0.zip"]
    for number in range(1, write_part(examples, store, 0, max_bytes, paths[0])):
        paths.append(folder / f"{number}.zip")
        write_part(examples, store, number, max_bytes, paths[-1])
    return paths


def read(archive: Path, out: Path) -> tuple[Example, ...]:
    reading = read_archive(archive, (), out, ignore)
    assert reading.skipped == (), "the table is not told of"
    return read_listing(Path(reading.examples))


@pytest.fixture
def files(tmp_path: Path) -> DatasetFiles:
    return drawn_files(tmp_path / "drawn", classes=3, photos=20)


@pytest.mark.parametrize("has_test", [False, True])
def test_all_classes_and_photos_come_back(
    files: DatasetFiles, tmp_path: Path, has_test: bool
) -> None:
    labels = [label for label in ODD if label.strip()]
    examples = labelled(files, labels)
    if has_test:
        examples = tuple(replace(e, is_test=n % 3 == 0) for n, e in enumerate(examples))
    (archive,) = exported(files, examples, tmp_path)
    assert content_of(read(archive, tmp_path / "out")) == content_of(examples)
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(archive).extractall(unpacked / "fruits-1")
    assert content_of(read(unpacked, tmp_path / "again")) == content_of(examples)


def test_names_of_files_come_back_and_none_is_lost(files: DatasetFiles, tmp_path: Path) -> None:
    names = ["a/IMG.jpg", "b/IMG.jpg", "c/img.JPG", "d/x", "e/notes.txt", "f/..", "g/CON.jpg"]
    examples = tuple(
        replace(one, label="apple", name=name)
        for one, name in zip(examples_of(files), names, strict=False)
    )
    (archive,) = exported(files, examples, tmp_path)
    assert sorted(one.name for one in read(archive, tmp_path / "out")) == sorted(
        f"apple/{name}"
        for name in (
            *("IMG.jpg", "IMG (2).jpg", "img (3).JPG", "x", "notes.txt.jpg", "_", "_CON.jpg"),
        )
    )


def test_parts_are_small_enough_and_hold_all_classes(files: DatasetFiles, tmp_path: Path) -> None:
    examples = examples_of(files)
    max_bytes = sum(example.photo.bytes for example in examples) // 3
    archives = exported(files, examples, tmp_path, max_bytes)
    assert len(archives) in (4, 5)
    read_back = [read(path, tmp_path / f"out-{path.stem}") for path in archives]
    assert set().union(*map(content_of, read_back)) == content_of(examples)
    assert sum(map(len, read_back)) == len(examples)
    for path, part in zip(archives, read_back, strict=True):
        assert path.stat().st_size <= max_bytes
        assert len(part) < 4 or {example.label for example in part} == {"apple", "pear", "plum"}


def test_a_photo_larger_than_a_part_has_its_own(files: DatasetFiles, tmp_path: Path) -> None:
    examples = examples_of(files)[:3]
    archives = exported(files, examples, tmp_path, 1000)
    assert len(archives) == 3
    assert content_of(read(archives[1], tmp_path / "out")) <= content_of(examples)


def test_a_photo_moved_on_a_computer_has_its_new_folders_class(
    files: DatasetFiles, tmp_path: Path
) -> None:
    (archive,) = exported(files, labelled(files, ["a/b", "pear"]), tmp_path)
    with zipfile.ZipFile(archive) as source:
        contents = {name: source.read(name) for name in source.namelist()}
    first = next(name for name in contents if name.startswith("a_b/"))
    contents["pear/moved.jpg"] = contents.pop(first)
    contents["fig/new.jpg"] = make_image(5, 99)
    changed = read(make_zip(tmp_path / "changed.zip", contents), tmp_path / "out")
    labels = {example.name: example.label for example in changed}
    assert labels["pear/moved.jpg"] == "pear"
    assert labels["fig/new.jpg"] == "fig"
    assert set(labels.values()) == {"a/b", "pear", "fig"}


def test_a_table_has_no_formulas_and_brings_back_such_names(
    files: DatasetFiles, tmp_path: Path
) -> None:
    names = ["=1+1", "@sum", "-", "'=x"]
    (archive,) = exported(files, labelled(files, names), tmp_path)
    with zipfile.ZipFile(archive) as source:
        table = source.read(TABLE_NAME).decode("utf-8-sig")
    assert not [cell for row in csv.reader(table.splitlines()) for cell in row if cell[0] in "=@+-"]
    found = read(archive, tmp_path / "out")
    assert {example.label for example in found} == set(names)


def test_a_broken_table_is_as_none(tmp_path: Path) -> None:
    contents = {f"{label}/{n}.jpg": make_image(n) for label in ("fig", "kiwi") for n in range(2)}
    for table in (b"", b"\xff\xfe\x00", b'folder,class,part\n"fig', b"folder,class\nfig,apple"):
        archive = make_zip(tmp_path / "a.zip", {**contents, TABLE_NAME: table})
        out = tmp_path / f"out-{len(table)}"
        assert {example.label for example in read(archive, out)} == {"fig", "kiwi"}


def test_a_photo_that_is_gone_is_told_of(files: DatasetFiles, tmp_path: Path) -> None:
    store = PhotoStore(Path(files.photos))
    store.path(examples_of(files)[0].photo.sha256).unlink()
    with pytest.raises(PhotoMissing):
        write_part(examples_of(files), store, 0, AMPLE, tmp_path / "out.zip")
