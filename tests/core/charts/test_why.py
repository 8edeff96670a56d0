"""The pictures of an explanation."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.charts.style import BLUE, VERMILION
from core.charts.why import draw_heat_map, draw_taught
from tests.core.charts.checks import assert_photo_in_limits, assert_telegram_photo
from tests.core.charts.factories import ENGLISH, ODD_NAMES, TEXTS, make_photos

WIDTH, HEIGHT = 640, 480
# Brettel, Viénot and Mollon (1997) and Viénot et al. (1999), linear RGB: what people without the red or the
# green cones see.
PROTANOPIA = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
DEUTERANOPIA = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])


def halves() -> NDArray[np.float32]:
    """The left half speaks for the first class, the right half for the second, the top for none."""
    density = np.zeros((HEIGHT, WIDTH), np.float32)
    density[HEIGHT // 2 :, : WIDTH // 2] = 3
    density[HEIGHT // 2 :, WIDTH // 2 :] = -3
    return density


def drawn(ground: str, out: Path) -> NDArray[np.float64]:
    """The photo's part of the picture of `halves` over a photo of one colour, 0–1."""
    photo = Image.new("RGB", (WIDTH, HEIGHT), ground)
    draw_heat_map(photo, halves(), ("fig", "kiwi"), ENGLISH, out)
    with Image.open(out) as picture:
        photos = picture.convert("RGB").crop((0, 0, WIDTH, HEIGHT))
    return np.asarray(photos, np.float64) / 255


def parts(pixels: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The colour for nothing, for the first class, for the second."""
    return [pixels[10, 320], pixels[400, 100], pixels[400, 540]]


@pytest.mark.parametrize("ground", ["black", "white", "grey", VERMILION, BLUE, "yellow"])
def test_the_colours_are_told_apart_on_any_photo_and_by_the_colour_blind(
    ground: str, tmp_path: Path
) -> None:
    seen = parts(drawn(ground, tmp_path / "map.png"))
    for vision in (np.eye(3), PROTANOPIA, DEUTERANOPIA):
        nothing, first, second = ((vision @ color**2.2).clip(0) ** (1 / 2.2) for color in seen)
        for one, other in ((nothing, first), (nothing, second), (first, second)):
            assert np.linalg.norm(one - other) > 0.15


def test_what_speaks_for_the_first_class_is_orange_and_for_the_second_blue(tmp_path: Path) -> None:
    nothing, first, second = parts(drawn("grey", tmp_path / "map.png"))
    assert np.ptp(nothing) == 0
    assert first[0] > first[1] > first[2]
    assert second[2] > second[1] > second[0]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("size", [(960, 720), (720, 960), (960, 48), (48, 960), (8, 8)])
def test_a_map_of_a_photo_of_any_shape_is_a_photo(
    language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    density = np.random.default_rng(0).normal(size=size[::-1]).astype(np.float32)
    photo = Image.new("RGB", size, "green")
    draw_heat_map(photo, density, ("W" * 300, "Ж" * 300), TEXTS[language], tmp_path / "map.png")
    assert_photo_in_limits(tmp_path / "map.png")


def test_a_map_of_nothing_is_the_photo_in_grey(tmp_path: Path) -> None:
    photo = Image.new("RGB", (640, 480), "red")
    out = tmp_path / "map.png"
    draw_heat_map(photo, np.zeros((480, 640), np.float32), ("fig", "kiwi"), ENGLISH, out)
    with Image.open(out) as picture:
        assert np.ptp(picture.convert("RGB").getpixel((300, 200))) == 0


@pytest.mark.parametrize("names", list(product(ODD_NAMES[:3], ODD_NAMES[3:6])))
def test_classes_of_any_name_are_drawn(names: tuple[str, str], tmp_path: Path) -> None:
    draw_heat_map(Image.new("RGB", (WIDTH, HEIGHT)), halves(), names, ENGLISH, tmp_path / "map.png")
    draw_taught(make_photos(list(names), columns=4), ENGLISH, tmp_path / "taught.png")
    assert_photo_in_limits(tmp_path / "map.png")
    assert_telegram_photo(tmp_path / "taught.png")


def test_the_same_explanation_is_the_same_bytes(tmp_path: Path) -> None:
    drawn("grey", tmp_path / "first.png")
    drawn("grey", tmp_path / "second.png")
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
