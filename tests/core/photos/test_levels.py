"""Pictures of more than 8 bits a channel: 16-bit, 32-bit and float TIFF and PNG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from core.photos import images
from core.photos.images import decode
from tests.factories import make_picture, to_bytes

GDAL_NODATA = 42113
MARKS = [
    -9999.0,
    -32768.0,
    -3.4028234663852886e38,
    3.4028234663852886e38,
    1e20,
    np.nan,
    np.inf,
    -np.inf,
]


@pytest.fixture
def scene() -> NDArray[np.float64]:
    """The shares 0–1 of a drawn picture, black to white."""
    shares = np.asarray(make_picture(kind=3, side=96).convert("L"), np.float64)
    return (shares - shares.min()) / (shares.max() - shares.min())


def to_tiff(values: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def grey(data: bytes, side: int | None = None) -> NDArray[np.float64]:
    return np.asarray(decode(data, side).convert("L"), np.float64)


def assert_shows(decoded: NDArray[np.float64], scene: NDArray[np.float64]) -> None:
    """The same picture, but for brightness and contrast that are a little off."""
    assert decoded.min() < 10
    assert decoded.max() > 245
    assert np.abs(decoded - scene * 255).mean() < 12


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_camera_of_fewer_bits_fills_the_range(
    scene: NDArray[np.float64], bits: int, order: str
) -> None:
    values = (scene * (2**bits - 1)).astype(f"{order}u2")
    assert_shows(grey(to_tiff(values, byteorder=order)), scene)


def test_a_dark_16_bit_png_fills_the_range(scene: NDArray[np.float64]) -> None:
    assert_shows(
        grey(to_bytes(Image.fromarray((200 + scene * 800).astype(np.uint16)), "PNG")), scene
    )


def test_a_picture_of_all_16_bits_keeps_its_brightness(scene: NDArray[np.float64]) -> None:
    values = (10_000 + scene * 40_000).astype(np.uint16)
    assert np.abs(grey(to_tiff(values)) - values / 257).max() <= 1


@pytest.mark.parametrize("kind", ["<i2", ">i2", "<i4", ">i4", "<f4", ">f4", "<f8"])
def test_numbers_of_each_type_fill_the_range(scene: NDArray[np.float64], kind: str) -> None:
    values = (scene * 3000 - 1000).astype(kind)
    assert_shows(grey(to_tiff(values, byteorder=kind[0])), scene)


def test_float_pictures_from_0_to_1_are_not_black(scene: NDArray[np.float64]) -> None:
    assert_shows(grey(to_tiff(scene.astype(np.float32))), scene)


@pytest.mark.parametrize("side", [None, 32])
@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("marked", [1, 30])
def test_missing_data_does_not_count(
    scene: NDArray[np.float64], mark: float, marked: int, side: int | None
) -> None:
    values = (60 + scene * 190).astype(np.float32)
    values[:marked, :marked] = mark
    decoded = grey(to_tiff(values), side)
    factor = len(scene) // len(decoded)
    hole = -(-marked // factor)
    rest = scene.reshape(len(decoded), factor, len(decoded), factor).mean((1, 3)) * 255
    assert np.abs(decoded - rest)[hole:, hole:].mean() < 12
    assert decoded[0, 0] in (0, 255) or marked < factor


@pytest.mark.parametrize("mark", [-1.0, 0.0, 7777.0])
def test_the_tag_says_what_missing_data_is(scene: NDArray[np.float64], mark: float) -> None:
    values = (1000 + scene * 190).astype(np.float32)
    values[:30, :40] = mark
    decoded = grey(to_tiff(values, extratags=[(GDAL_NODATA, "s", 0, str(mark), True)]))
    assert (decoded[:30, :40] == 0).all()
    assert_shows(decoded[30:], scene[30:])


@pytest.mark.parametrize("hot", [60_000, 65_535])
def test_a_hot_pixel_leaves_the_rest_as_bright(scene: NDArray[np.float64], hot: int) -> None:
    values = (200 + scene * 800).astype(np.uint16)
    values[50, 50] = hot
    assert_shows(grey(to_tiff(values)), scene)


def test_a_depth_map_whose_holes_are_65535_shows_its_depths(scene: NDArray[np.float64]) -> None:
    values = (500 + scene * 3500).astype(np.uint16)
    values[:30, :30] = 65_535
    decoded = grey(to_tiff(values))
    assert (decoded[:30, :30] == 255).all()
    assert np.abs(decoded - scene * 255)[30:].mean() < 12


def test_a_few_bright_dots_on_black_are_seen() -> None:
    values = np.zeros((100, 100), np.uint16)
    values[50:52, 50:52] = (300, 400)
    assert grey(to_tiff(values))[50, 51] == 255


@pytest.mark.parametrize("value", [np.nan, np.inf, -9999.0, 0.0, 3e38])
def test_a_picture_of_one_level_is_decoded(value: float) -> None:
    assert len(np.unique(grey(to_tiff(np.full((20, 20), value, np.float32))))) == 1


def test_where_zero_is_white_the_picture_is_inverted(scene: NDArray[np.float64]) -> None:
    values = ((1 - scene) * 1000).astype(np.uint16)
    assert_shows(grey(to_tiff(values, photometric="miniswhite")), scene)


@pytest.mark.parametrize(
    "options", [{}, {"byteorder": ">"}, {"compression": "zlib"}, {"tile": (32, 32)}]
)
def test_colours_of_10_bits_in_16_keep_hue_and_shades(options: dict[str, Any]) -> None:
    original = np.asarray(make_picture(kind=3), np.float64)
    deep = (original * 4).astype(np.uint16)
    decoded = np.asarray(decode(to_tiff(deep, photometric="rgb", **options)), np.float64)
    low, high = original.min(), original.max()
    assert np.abs(decoded - (original - low) * (255 / (high - low))).mean() < 12


def test_transparency_of_deep_colours_lies_over_white() -> None:
    deep = np.zeros((40, 40, 4), np.uint16)
    deep[..., :3] = np.linspace(0, 900, 40, dtype=np.uint16)[:, None, None]
    deep[:, 20:, 3] = 65_535
    decoded = grey(to_tiff(deep, photometric="rgb", extrasamples=["unassalpha"]))
    assert (decoded[:, :20] == 255).all()
    assert decoded[0, 30] == 0
    assert decoded[39, 30] == 255


def test_colours_of_all_16_bits_keep_their_brightness() -> None:
    original = np.asarray(make_picture(kind=3))
    deep = original.astype(np.uint16) * 257
    assert (np.asarray(decode(to_tiff(deep, photometric="rgb"))) == original).all()


def test_a_picture_of_several_strips_has_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = np.add.outer(np.arange(700), np.arange(600)).astype(np.float32)
    data = to_tiff(ramp)
    in_strips = decode(data)
    monkeypatch.setattr(images.levels, "_STRIP_PIXELS", 10**9)
    assert in_strips == decode(data)
    assert np.abs(np.diff(np.asarray(in_strips.convert("L"), int), axis=0)).max() <= 1
