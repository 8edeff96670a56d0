from __future__ import annotations

import csv
import json
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.reading import channel_levels, read_archive
from core.entities import ExampleOrigin, Progress
from core.errors import NoClassFolders, NoImages, NothingNew
from core.photos.images import decode
from core.photos.store import PhotoStore
from core.photos.thumbnails import SIDE, Thumbnails
from tests.core.conftest import Read
from tests.factories import make_dataset, make_files, make_image, make_picture, make_zip, to_bytes


def test_a_dataset_is_described(tmp_path: Path, read: Read) -> None:
    reading = read(make_dataset(tmp_path / "a.zip", classes=3, photos=5))
    description = reading.description
    assert description.classes == {"apple": 5, "pear": 5, "plum": 5}
    assert reading.reading.classes == description.classes
    assert description.images == len(reading.examples) == 15
    assert description.duplicates.exact == description.duplicates.near == 0
    assert (description.sizes.width.min, description.sizes.height.max) == (96, 96)
    assert reading.skipped == ()
    assert reading.reading.seconds > 0


def test_a_photo_tells_what_is_in_the_file(tmp_path: Path, read: Read) -> None:
    data = make_image(kind=2)
    found = read(make_zip(tmp_path / "a.zip", {"a/notes.txt": b"", "a/1.jpg": data}))
    (example,) = found.examples
    photo = example.photo
    assert (example.name, example.label) == ("a/1.jpg", "a")
    assert (photo.bytes, photo.width, photo.height) == (len(data), 96, 96)
    pixels = np.asarray(decode(data)).reshape(-1, 3)
    assert photo.mean == pytest.approx(pixels.mean(axis=0))
    assert photo.std == pytest.approx(pixels.std(axis=0))
    assert len(photo.perceptual_hash) == 16
    assert len(photo.colours) == 64
    assert photo.twins == photo.sha256
    assert PhotoStore(Path(found.reading.photos)).read(photo.sha256) == data


def test_the_size_is_the_upright_originals_though_a_reduced_picture_is_looked_at(
    tmp_path: Path, read: Read
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    data = to_bytes(make_picture(side=1000).crop((0, 0, 1000, 900)), exif=exif)
    (example,) = read(make_zip(tmp_path / "a.zip", {"a/1.jpg": data})).examples
    assert (example.photo.width, example.photo.height) == (900, 1000)


def test_levels_of_a_known_picture() -> None:
    halves = Image.new("RGB", (10, 10), (10, 0, 255))
    halves.paste((20, 0, 255), (0, 0, 5, 10))
    assert channel_levels(halves) == ((15, 0, 255), (5, 0, 0))


def test_each_image_has_a_thumbnail(tmp_path: Path, read: Read) -> None:
    files = {"a/1.jpg": make_image(side=300), "b/1.jpg": make_image(side=300), **make_files(2, 1)}
    found = read(make_zip(tmp_path / "a.zip", files))
    with Thumbnails(Path(found.reading.cache)) as thumbnails:
        sizes = [max(thumbnails.get(example.photo.sha256).size) for example in found.examples]
        assert sizes == [SIDE, SIDE, 96, 96]
        with pytest.raises(KeyError):
            thumbnails.get("0" * 64)


def test_a_second_reading_adds_only_what_is_new(tmp_path: Path, read: Read) -> None:
    files = make_files(classes=2, photos=3)
    first = read(make_zip(tmp_path / "a.zip", files))
    old = files["apple/00.jpg"]
    more = {"apple/again.jpg": old, "pear/as_pear.jpg": old, "plum/1.jpg": make_image(kind=2)}
    second = read(make_zip(tmp_path / "b.zip", more), known=first.examples)
    assert [example.name for example in second.examples] == ["pear/as_pear.jpg", "plum/1.jpg"]
    assert [(file.name, file.reason) for file in second.skipped] == [
        ("apple/again.jpg", "already_there")
    ]
    store = PhotoStore(Path(second.reading.photos))
    assert store.read(second.examples[1].photo.sha256) == more["plum/1.jpg"]
    # A known photo's bytes come again: its last example may be taken out before this is stored.
    assert store.read(second.examples[0].photo.sha256) == old


def test_a_class_that_was_given_by_hand_stays(tmp_path: Path, read: Read) -> None:
    archive = make_zip(tmp_path / "a.zip", make_files(classes=2, photos=2))
    first, *others = read(archive).examples
    by_hand = replace(first, label="quince", origin=ExampleOrigin.HAND)
    with pytest.raises(NothingNew):
        read(archive, known=(by_hand, *others))
    files = {**make_files(classes=2, photos=2), "plum/1.jpg": make_image(kind=2)}
    more = make_zip(tmp_path / "b.zip", files)
    (skipped,) = [s for s in read(more, (by_hand, *others)).skipped if "quince" in s.detail]
    assert (skipped.name, skipped.reason) == (first.name, "already_sorted")


def test_near_duplicates_are_found_among_new_and_known_photos(tmp_path: Path, read: Read) -> None:
    picture = make_picture(kind=9, side=300)
    copies = {f"a/{quality}.jpg": to_bytes(picture, quality=quality) for quality in (90, 50)}
    first = read(make_zip(tmp_path / "a.zip", copies))
    name = first.examples[0].photo.sha256
    assert {example.photo.twins for example in first.examples} == {name}
    more = {"b/30.jpg": to_bytes(picture, quality=30), "b/other.jpg": make_image(kind=1, side=300)}
    second = read(make_zip(tmp_path / "b.zip", more), first.examples)
    assert [example.photo.twins == name for example in second.examples] == [True, False]
    assert Path(second.reading.regrouped).read_text() == ""


def test_known_photos_without_a_group_get_one(tmp_path: Path, read: Read) -> None:
    """Those of version 0.1.0."""
    archive = make_zip(tmp_path / "a.zip", make_files(classes=2, photos=2))
    known = tuple(
        replace(example, photo=replace(example.photo, twins=""))
        for example in read(archive).examples
    )
    more = read(make_zip(tmp_path / "b.zip", {"plum/1.jpg": make_image(kind=2)}), known)
    regrouped = [json.loads(line) for line in Path(more.reading.regrouped).read_text().splitlines()]
    assert regrouped == [[example.photo.sha256] * 2 for example in known]


def test_a_zip_of_known_images_alone_is_refused(tmp_path: Path, read: Read) -> None:
    dataset = make_dataset(tmp_path / "a.zip")
    known = read(dataset).examples
    with pytest.raises(NothingNew, match="in the dataset already"):
        read(dataset, known)


def test_images_in_no_folder_are_reported_beside_others(tmp_path: Path, read: Read) -> None:
    files = {"cover.jpg": make_image(), "apple/1.jpg": make_image(kind=1)}
    found = read(make_zip(tmp_path / "a.zip", files))
    assert found.description.classes == {"apple": 1}
    assert [file.reason for file in found.skipped] == ["entry_in_no_folder"]


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
    found = read(make_zip(tmp_path / "a.zip", files))
    assert found.description.classes == {"a": 2}
    assert {file.name: file.reason for file in found.skipped} == {
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
    tmp_path: Path,
) -> None:
    reports: list[Progress] = []
    dataset = make_dataset(tmp_path / "a.zip", classes=4, photos=20)
    read_archive(dataset, (), tmp_path / "out", reports.append)
    assert reports[0] == Progress("check")
    assert reports[-2:] == [Progress("read", 80, 80), Progress("compare")]
    done = [report.done for report in reports if report.stage == "read"]
    assert done == sorted(done)


def test_an_interrupted_reading_leaves_no_thumbnails(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "read":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_archive(make_dataset(tmp_path / "a.zip"), (), tmp_path / "out", interrupt)
    assert list((tmp_path / "out/cache").iterdir()) == []


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
