from __future__ import annotations

import csv
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.reading import channel_levels, read_archive
from core.entities import Progress
from core.errors import NoClassFolders, NoImages
from core.photos.duplicates import LAYOUT_SIDE
from core.photos.images import decode
from core.photos.thumbnails import SIDE, Thumbnails
from tests.core.conftest import Read
from tests.factories import make_dataset, make_files, make_image, make_picture, make_zip, to_bytes


def test_a_dataset_is_described(tmp_path: Path, read: Read) -> None:
    reading = read(make_dataset(tmp_path / "a.zip", classes=3, photos=5))
    description = reading.description
    assert description.classes == {"apple": 5, "pear": 5, "plum": 5}
    assert description.images == len(reading.records) == 15
    assert description.duplicates.exact == description.duplicates.near == 0
    assert (description.sizes.width.min, description.sizes.height.max) == (96, 96)
    assert description.skipped == ()
    assert description.seconds > 0


def test_a_record_tells_what_is_in_the_file(tmp_path: Path, read: Read) -> None:
    data = make_image(kind=2)
    (record,) = read(make_zip(tmp_path / "a.zip", {"a/notes.txt": b"", "a/1.jpg": data})).records
    assert (record.source, record.index, record.name, record.label) == ("source", 1, "a/1.jpg", "a")
    assert (record.bytes, record.width, record.height) == (len(data), 96, 96)
    pixels = np.asarray(decode(data)).reshape(-1, 3)
    assert record.mean == pytest.approx(pixels.mean(axis=0))
    assert record.std == pytest.approx(pixels.std(axis=0))
    assert len(record.perceptual_hash) == 16
    assert len(bytes.fromhex(record.colours)) == 2 * LAYOUT_SIDE**2


def test_the_size_is_the_upright_originals_though_a_reduced_picture_is_looked_at(
    tmp_path: Path, read: Read
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    data = to_bytes(make_picture(side=1000).crop((0, 0, 1000, 900)), exif=exif)
    (record,) = read(make_zip(tmp_path / "a.zip", {"a/1.jpg": data})).records
    assert (record.width, record.height) == (900, 1000)


def test_levels_of_a_known_picture() -> None:
    halves = Image.new("RGB", (10, 10), (10, 0, 255))
    halves.paste((20, 0, 255), (0, 0, 5, 10))
    assert channel_levels(halves) == ((15, 0, 255), (5, 0, 0))


def test_each_image_has_a_thumbnail(tmp_path: Path, workspace: Path, read: Read) -> None:
    files = {"a/1.jpg": make_image(side=300), "b/1.jpg": make_image(side=300), **make_files(2, 1)}
    records = read(make_zip(tmp_path / "a.zip", files)).records
    with Thumbnails(workspace) as thumbnails:
        sizes = [max(thumbnails.get(record.sha256).size) for record in records]
        assert sizes == [SIDE, SIDE, 96, 96]
        with pytest.raises(KeyError):
            thumbnails.get("0" * 64)


def test_a_second_reading_adds_only_what_is_new_and_describes_the_whole(
    tmp_path: Path, workspace: Path, read: Read
) -> None:
    files = make_files(classes=2, photos=3)
    first = read(make_zip(tmp_path / "a.zip", files))
    old = files["apple/00.jpg"]
    more = {"apple/again.jpg": old, "pear/as_pear.jpg": old, "plum/1.jpg": make_image(kind=2)}
    second = read(make_zip(tmp_path / "b.zip", more), known=first.records)
    assert [record.name for record in second.records] == ["pear/as_pear.jpg", "plum/1.jpg"]
    assert [(file.name, file.reason) for file in second.description.skipped] == [
        ("apple/again.jpg", "already_there")
    ]
    assert second.description.classes == {"apple": 3, "pear": 4, "plum": 1}
    assert second.description.duplicates.across_classes == (("apple", "pear", 1),)
    with Thumbnails(workspace) as thumbnails:
        for record in (*first.records, *second.records):
            assert thumbnails.get(record.sha256).mode == "RGB"


def test_a_zip_of_known_images_alone_is_refused_and_leaves_nothing(
    tmp_path: Path, workspace: Path, read: Read
) -> None:
    dataset = make_dataset(tmp_path / "a.zip")
    known = read(dataset).records
    packs = set(workspace.iterdir())
    with pytest.raises(NoImages, match="in the dataset already"):
        read(dataset, known)
    assert set(workspace.iterdir()) == packs


def test_images_in_no_folder_are_reported_beside_others(tmp_path: Path, read: Read) -> None:
    files = {"cover.jpg": make_image(), "apple/1.jpg": make_image(kind=1)}
    description = read(make_zip(tmp_path / "a.zip", files)).description
    assert description.classes == {"apple": 1}
    assert [file.reason for file in description.skipped] == ["entry_in_no_folder"]


@pytest.mark.parametrize("files", [{}, {"1.jpg": make_image(), "notes.txt": b""}])
def test_a_zip_without_class_folders_is_refused_with_the_hint(
    files: dict[str, bytes], tmp_path: Path, read: Read
) -> None:
    with pytest.raises(NoClassFolders):
        read(make_zip(tmp_path / "a.zip", files))


def test_what_cannot_be_read_is_reported(tmp_path: Path, read: Read) -> None:
    files = {
        "a/good.jpg": make_image(),
        "a/cut.jpg": make_image()[:500],
        "a/text.jpg": b"hello",
        "a/dot.png": to_bytes(Image.new("RGB", (1, 1)), "PNG"),
        "a/heic.jpg": make_image(kind=1, encoding="PNG"),
    }
    description = read(make_zip(tmp_path / "a.zip", files)).description
    assert description.classes == {"a": 2}
    assert {file.name: file.reason for file in description.skipped} == {
        "a/cut.jpg": "image_unreadable",
        "a/text.jpg": "image_unreadable",
        "a/dot.png": "image_too_small",
    }


def test_a_damaged_entry_alone_is_named_in_the_refusal(tmp_path: Path, read: Read) -> None:
    zipped = make_zip(tmp_path / "a.zip", {"a/1.jpg": b"damage"}, zipfile.ZIP_STORED)
    zipped.write_bytes(zipped.read_bytes().replace(b"damage", b"DAMAGE"))
    with pytest.raises(NoImages, match=r"a/1\.jpg: This entry of the ZIP is damaged"):
        read(zipped)


def test_a_folder_of_class_folders_is_read_too(tmp_path: Path, read: Read) -> None:
    with zipfile.ZipFile(make_dataset(tmp_path / "a.zip")) as unpacked:
        unpacked.extractall(tmp_path / "data")
    assert read(tmp_path / "data").description.classes == {"apple": 5, "pear": 5, "plum": 5}


def test_progress_begins_with_the_check_and_ends_with_the_last_image(
    tmp_path: Path, workspace: Path
) -> None:
    reports: list[Progress] = []
    dataset = make_dataset(tmp_path / "a.zip", classes=4, photos=20)
    read_archive(dataset, "source", (), workspace, reports.append)
    assert reports[0] == Progress("check")
    assert reports[-1] == Progress("read", 80, 80)
    assert [report.done for report in reports] == sorted(report.done for report in reports)


def test_an_interrupted_reading_leaves_no_file(tmp_path: Path, workspace: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "read":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_archive(make_dataset(tmp_path / "a.zip"), "source", (), workspace, interrupt)
    assert list(workspace.iterdir()) == []


def test_real_photos_are_read_faster_than_they_are_opened_once_and_again(
    grocery: Path, tmp_path: Path, read: Read
) -> None:
    with (grocery / "train.txt").open() as lines:
        paths = [grocery / row[0] for row in list(csv.reader(lines))[::20]]
    files = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}
    zipped = make_zip(tmp_path / "a.zip", files)
    started = time.process_time()
    assert read(zipped).description.images == len(paths)
    once = time.process_time() - started
    started = time.process_time()
    for path in paths:
        for _ in range(3):
            pixels = np.asarray(Image.open(path).convert("RGB"))
            assert pixels.mean() + pixels.std() > 0
    assert once < time.process_time() - started
