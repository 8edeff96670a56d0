from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from core.errors import (
    BadInput,
    ImageFormatUnsupported,
    ImageTooLarge,
    ImageTooSmall,
    ImageUnreadable,
)
from core.photos.images import MIN_SIDE, decode, decode_picture
from tests.factories import make_image, make_picture, to_bytes

ORIENTATION = ExifTags.Base.Orientation


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_each_format_decodes_to_about_the_same_picture(encoding: str) -> None:
    original = np.asarray(make_picture(kind=3), dtype=float)
    decoded = np.asarray(decode(make_image(kind=3, encoding=encoding)), dtype=float)
    assert decoded.shape == original.shape
    assert np.abs(decoded - original).mean() < 12


@pytest.mark.parametrize("encoding", ["EPS", "PDF", "ICO", "PPM"])
def test_other_formats_are_not_even_tried(encoding: str) -> None:
    with pytest.raises(ImageUnreadable):
        decode(make_image(encoding=encoding))


@pytest.mark.parametrize("side", [None, 32])
def test_a_phone_photo_is_turned_upright(side: int | None) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("black", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    upright = decode_picture(to_bytes(picture, exif=exif), side)
    assert (upright.width, upright.height) == (100, 200)
    top = upright.image.getpixel((upright.image.width // 2, 4))
    bottom = upright.image.getpixel((upright.image.width // 2, upright.image.height - 4))
    assert top < (60, 60, 60)
    assert bottom > (200, 200, 200)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_lies_over_white(mode: str) -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0)).convert(mode)
    encoding = "TIFF" if mode == "PA" else "PNG"
    assert decode(to_bytes(clear, encoding)).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("level", "grey"), [(0, 0), (0x4040, 0x40), (0x8080, 0x80), (0xFFFF, 0xFF)]
)
def test_16_bits_are_rescaled(level: int, grey: int) -> None:
    deep = Image.fromarray(np.full((20, 20), level, np.uint16))
    assert decode(to_bytes(deep, "PNG")).getpixel((3, 3)) == (grey,) * 3


def test_numbers_of_any_range_span_black_to_white() -> None:
    ramp = np.linspace(-3.0, 5.0, 400, dtype=np.float32).reshape(20, 20)
    decoded = decode(to_bytes(Image.fromarray(ramp), "TIFF"))
    assert decoded.convert("L").getextrema() == (0, 255)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "lime", "blue")]
    data = to_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data).getpixel((3, 3)) == (255, 0, 0)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [50, 100, 399, 401])
def test_a_reduced_picture_keeps_at_least_the_side_asked_for(encoding: str, side: int) -> None:
    data = to_bytes(make_picture(side=400).resize((800, 400)), encoding)
    picture = decode_picture(data, side)
    assert (picture.width, picture.height) == (800, 400)
    assert min(side, 400) <= min(picture.image.size) < 2 * side
    assert picture.image.width == 2 * picture.image.height


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_a_picture_cut_off_is_refused(encoding: str, keep: float) -> None:
    data = make_image(encoding=encoding)
    with pytest.raises(ImageUnreadable):
        decode(data[: int(len(data) * keep)])


def test_a_bomb_is_refused_from_its_header() -> None:
    bomb = to_bytes(Image.new("L", (13_000, 13_000)), "PNG")
    with pytest.raises(ImageTooLarge, match="13000×13000"):
        decode(bomb)


def test_a_header_that_lies_is_believed() -> None:
    data = bytearray(make_image())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (9400).to_bytes(2) * 2
    with pytest.raises(ImageTooLarge):
        decode(bytes(data), side=64)


def test_a_dot_is_too_small() -> None:
    with pytest.raises(ImageTooSmall):
        decode(to_bytes(Image.new("RGB", (1, 1)), "PNG"))
    assert decode(to_bytes(Image.new("RGB", (MIN_SIDE, MIN_SIDE)), "PNG")).width == MIN_SIDE


@pytest.mark.parametrize("encoding", ["PNG", "TIFF", "BMP"])
def test_dots_of_one_bit_become_shades_when_they_are_reduced(encoding: str) -> None:
    picture = make_picture(kind=3, side=400)
    shades = decode(to_bytes(picture.convert("1"), encoding), side=50)
    expected = picture.convert("L").reduce(8)
    assert np.abs(np.asarray(shades.convert("L"), float) - np.asarray(expected, float)).mean() < 12


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "PSD"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "MOV"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "MP4"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "RAW"),
        (b"FUJIFILMCCD-RAW 0201FF", "RAW"),
        (
            b"<?xml version='1.0'?>\n<!-- drawn -->\n<svg xmlns='http://www.w3.org/2000/svg'/>",
            "SVG",
        ),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
    ],
)
def test_a_file_of_another_kind_is_named(data: bytes, name: str) -> None:
    with pytest.raises(ImageFormatUnsupported, match=f"{name} files") as caught:
        decode(data + bytes(100))
    assert caught.value.format == name


@pytest.mark.parametrize(
    "data", [b"", b"<", b"no picture", b"<?xml version='1.0'?><gpx/>", b"\0" * 99]
)
def test_a_file_of_no_known_kind_is_only_unreadable(data: bytes) -> None:
    with pytest.raises(ImageUnreadable) as caught:
        decode(data)
    assert type(caught.value) is ImageUnreadable


def test_bytes_that_are_flipped_at_random_end_in_a_picture_or_one_error() -> None:
    random = np.random.default_rng(0)
    for encoding in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        whole = np.frombuffer(make_image(encoding=encoding), np.uint8)
        for _ in range(20):
            damaged = whole.copy()
            where = random.integers(0, len(whole), 8)
            damaged[where] = random.integers(0, 256, 8)
            with suppress(BadInput):
                assert decode(damaged.tobytes()).mode == "RGB"


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_that_knows_an_orientation_is_turned_once(encoding: str) -> None:
    picture = Image.new("RGB", (80, 40), "white")
    picture.paste("black", (0, 0, 40, 40))
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    upright = decode_picture(to_bytes(picture, encoding, exif=exif))
    assert (upright.width, upright.height) == upright.image.size == (40, 80)
    assert upright.image.getpixel((20, 10)) > (200, 200, 200)
    assert upright.image.getpixel((20, 70)) < (60, 60, 60)


@pytest.mark.parametrize("encoding", ["MPO", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_several_pictures_in_a_file_the_first_is_taken(encoding: str) -> None:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "lime")]
    data = to_bytes(frames[0], encoding, save_all=True, append_images=frames[1:])
    red, green, blue = decode(data).getpixel((20, 20))
    assert red > 240
    assert max(green, blue) < 15


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "YCbCr", "LAB"])
def test_a_tiff_of_each_colour_space_keeps_its_brightness(mode: str) -> None:
    picture = make_picture(kind=2)
    if mode == "LAB":
        picture = ImageCms.profileToProfile(
            picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
    picture = picture.quantize() if mode == "P" else picture.convert(mode)
    decoded = decode(to_bytes(picture, "TIFF")).convert("L")
    original = np.asarray(make_picture(kind=2).convert("L"), float)
    assert np.abs(np.asarray(decoded, float) - original).mean() < 12


def test_broken_exif_costs_neither_the_photo_nor_a_line_of_the_log(tmp_path: Path) -> None:
    odd = tmp_path / "odd.jpg"
    odd.write_bytes(make_image(exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    program = (
        "import pathlib, sys\nfrom core.photos.images import decode\n"
        "print(decode(pathlib.Path(sys.argv[1]).read_bytes()).mode)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(odd)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert (run.stdout.strip(), run.stderr) == ("RGB", "")
