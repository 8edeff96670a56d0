"""The rows of ../shared/hostile/README.md, through the library."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from core.errors import (
    ArchiveEncrypted,
    ArchiveMethodUnsupported,
    ArchiveOverlaps,
    ArchiveUnreadable,
    BadInput,
    ImageFormatUnsupported,
    ImageUnreadable,
    NoClassFolders,
    NoImages,
)
from core.photos.images import decode
from tests.core.conftest import Read
from tests.core.learning import SHARED
from tests.factories import make_zip

ACCEPTED_ZIPS = {
    "ok.zip": {"cats": 1, "dogs": 1},
    "cp866.zip": {"Кошки": 1},
    "junk.zip": {"cats": 1},
    "dupes.zip": {"a": 1},
    "slip_dotdot.zip": {"cats": 1},
    "slip_abs.zip": {"cats": 1},
}
LEFT_OUT = {
    "dupes.zip": ["a/x.jpg"],
    "slip_dotdot.zip": ["../../../evil.txt"],
    "slip_abs.zip": ["/evil_abs.txt"],
}
REFUSED_ZIPS = {
    "symlink.zip": (NoImages, "no images"),
    "nested.zip": (NoImages, "10 files left out"),
    "bomb1_300M.zip": (NoImages, "no images"),
    "overlap_quoted.zip": (ArchiveOverlaps, "overlap"),
    "bz2.zip": (ArchiveMethodUnsupported, "bzip2"),
    "lzma_300M.zip": (ArchiveMethodUnsupported, "LZMA"),
    "deflate64.zip": (ArchiveMethodUnsupported, "deflate64"),
    "encrypted.zip": (ArchiveEncrypted, "protected with a password"),
    "crc.zip": (NoImages, "a.jpg: This entry of the ZIP is damaged"),
    "trunc.zip": (ArchiveUnreadable, "not a readable ZIP"),
    "notzip.zip": (ArchiveUnreadable, "not a readable ZIP"),
    "zero.zip": (ArchiveUnreadable, "not a readable ZIP"),
    "zip64.zip": (NoClassFolders, "put the photos of each class into a folder"),
    "longname.zip": (NoImages, "name"),
    "fileasdir.zip": (NoImages, "no images"),
}
ACCEPTED_IMAGES = (
    *("ok.jpg", "ok.png", "ok.webp", "ok.gif", "ok.bmp", "exif6.jpg", "cmyk.jpg", "gray.jpg"),
    *("rgba.png", "pal.png", "i16.png", "one.png", "anim.gif", "iphone.heic", "heic_as_jpg.jpg"),
)
REFUSED_IMAGES = (
    *("zero.jpg", "text.jpg", "x.svg", "trunc.jpg"),
    *("bomb_13kx13k_8bit.png", "jpeg_9400_lie.jpg"),
)


@pytest.fixture
def cases() -> Path:
    folder = SHARED / "cases"
    if not folder.is_dir():
        pytest.skip("needs the files of ../shared/cases")
    return folder


@pytest.mark.parametrize("name", ACCEPTED_ZIPS)
def test_honest_images_of_a_zip_are_kept_and_the_rest_is_reported(
    name: str, hostile: Path, tmp_path: Path, read: Read
) -> None:
    found = read(hostile / "zips" / name)
    assert found.description.classes == ACCEPTED_ZIPS[name]
    assert [file.name for file in found.skipped] == LEFT_OUT.get(name, [])
    (out,) = tmp_path.iterdir()
    assert {path.name for path in out.iterdir()} == {"cache", "examples", "photos", "regrouped"}
    photos = [path for path in (out / "photos").rglob("*") if path.is_file()]
    assert {path.name for path in photos} == {e.photo.sha256 for e in found.examples}


@pytest.mark.parametrize("name", REFUSED_ZIPS)
def test_a_hostile_zip_is_refused_with_its_reason_and_leaves_nothing(
    name: str, hostile: Path, tmp_path: Path, read: Read
) -> None:
    error, reason = REFUSED_ZIPS[name]
    with pytest.raises(error) as caught:
        read(hostile / "zips" / name)
    assert reason in str(caught.value)
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("name", ["bomb1_300M.zip", "overlap_quoted.zip"])
def test_refusing_a_bomb_takes_at_most_100_mb(name: str, hostile: Path, tmp_path: Path) -> None:
    program = (
        "import pathlib, re, sys\n"
        "from core.datasets.reading import read_archive\n"
        "zipped, workspace = map(pathlib.Path, sys.argv[1:])\n"
        "try: read_archive(zipped, (), workspace, lambda progress: None)\n"
        "except Exception as error: print(type(error).__name__)\n"
        # getrusage would count the parent, as large as it was when it forked.
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(hostile / "zips" / name), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    refusal, peak = run.stdout.split()
    assert refusal == REFUSED_ZIPS[name][0].__name__
    assert int(peak) * 1024 <= 100_000_000


@pytest.mark.parametrize("side", [None, 100])
@pytest.mark.parametrize("name", ACCEPTED_IMAGES)
def test_an_unusual_image_is_decoded_upright_in_rgb(
    name: str, side: int | None, hostile: Path
) -> None:
    image = decode((hostile / "images" / name).read_bytes(), side)
    assert image.mode == "RGB"
    assert (image.height > image.width) == (name == "exif6.jpg")
    low, high = image.convert("L").getextrema()
    assert low < 100 < 140 < high


@pytest.mark.parametrize("side", [None, 100])
@pytest.mark.parametrize("name", REFUSED_IMAGES)
def test_a_hostile_image_is_refused(name: str, side: int | None, hostile: Path) -> None:
    with pytest.raises(BadInput):
        decode((hostile / "images" / name).read_bytes(), side)


def test_a_zip_of_all_these_images_keeps_the_good_ones(
    hostile: Path, tmp_path: Path, read: Read
) -> None:
    names = (*ACCEPTED_IMAGES, *REFUSED_IMAGES)
    files = {f"cats/{name}": (hostile / "images" / name).read_bytes() for name in names}
    reading = read(make_zip(tmp_path / "all.zip", files))
    assert [example.name for example in reading.examples] == [f"cats/{n}" for n in ACCEPTED_IMAGES]
    assert {file.name for file in reading.skipped} == {f"cats/{name}" for name in REFUSED_IMAGES}


@pytest.mark.parametrize("side", [None, 64])
@pytest.mark.parametrize(
    "name",
    [
        *("no_eoi.jpg", "prog_no_eoi.jpg", "bit1.png", "sent_as_file.jpg"),
        *("i16_12bit.tif", "i16_10bit.tif", "finf.tif", "fnodata.tif"),
    ],
)
def test_a_picture_as_people_have_it_is_decoded_with_all_its_shades(
    name: str, side: int | None, cases: Path
) -> None:
    grey = decode((cases / name).read_bytes(), side).convert("L")
    shades = np.asarray(grey.resize((32, 32)))
    assert len(np.unique(shades)) > 30
    assert shades.max() - shades.min() > 100


def test_a_truncated_picture_of_the_shared_ones_is_refused(cases: Path) -> None:
    for name in ("no_eoi.jpg", "prog_no_eoi.jpg"):
        data = (cases / name).read_bytes()
        for cut in (3, 10, 100, len(data) // 2):
            with pytest.raises(ImageUnreadable):
                decode(data[:-cut])


def test_microscope_pictures_of_10_bits_show_their_cells(cases: Path) -> None:
    with zipfile.ZipFile(cases / "cells_10bit_in_16.zip") as archive:
        for name in archive.namelist():
            grey = decode(archive.read(name)).convert("L")
            assert grey.getextrema() == (0, 255)
            assert len(np.unique(grey)) > 60


def test_a_drawing_is_named_as_what_it_is(hostile: Path) -> None:
    with pytest.raises(ImageFormatUnsupported, match="SVG"):
        decode((hostile / "images/x.svg").read_bytes())


def test_a_picture_that_decodes_to_garbage_does_no_harm(hostile: Path) -> None:
    data = (hostile / "images/corrupt_mid.jpg").read_bytes()
    with suppress(BadInput):
        assert decode(data).size == (640, 480)
