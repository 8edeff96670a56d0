"""Colour histograms, alone and beside gradients."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.features.colour import Colour
from core.features.hog import Hog
from core.features.registry import make_extractor
from core.features.side_by_side import SideBySide
from core.recipes import make_recipe
from tests.factories import make_picture

SETTINGS = [(bins, grid) for bins in (2, 8, 16) for grid in (1, 2, 3, 4)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_dimension_is_the_length_of_a_vector(setting: tuple[int, int]) -> None:
    extractor = Colour(*setting)
    vectors = extractor.extract([make_picture(side=120)])
    assert vectors.shape == (1, extractor.dimension)
    assert vectors.dtype == np.float32


def test_settings_that_give_other_vectors_have_other_keys() -> None:
    assert len({Colour(*setting).key for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("grid", [1, 2, 4])
def test_the_squares_of_each_histogram_sum_to_one(grid: int) -> None:
    vector = Colour(bins=8, grid=grid).extract([make_picture()])[0]
    assert (vector**2).sum() == pytest.approx(2 * grid**2, rel=1e-5)


def test_a_plain_image_has_one_colour_in_every_cell() -> None:
    vector = Colour(bins=8, grid=2).extract([Image.new("RGB", (50, 50), (200, 30, 30))])[0]
    assert np.flatnonzero(vector).size == 2 * 4
    np.testing.assert_allclose(vector[vector > 0], 1)


def test_colours_of_equal_lightness_are_told_apart() -> None:
    red, green = (Image.new("RGB", (50, 50), colour) for colour in ((180, 80, 80), (40, 124, 40)))
    one, other = Colour(bins=8, grid=1).extract([red, green])
    assert np.dot(one[:64], other[:64]) == 0


def test_a_colour_is_counted_where_it_is() -> None:
    image = Image.new("RGB", (64, 64), (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, 32, 64))
    rotated = image.transpose(Image.Transpose.ROTATE_180)
    for grid, alike in ((1, True), (2, False)):
        one, other = Colour(bins=8, grid=grid).extract([image, rotated])
        assert np.allclose(one, other) == alike


def test_gradients_and_colours_stand_side_by_side_with_unit_length_each() -> None:
    extractor = make_extractor(make_recipe("hog+colour", settings={"size": "96", "grid": "1"}))
    assert extractor == SideBySide((Hog(size=96), Colour(grid=1)))
    assert (extractor.key, extractor.side) == ("hog-3-10-2-96+colour-8-1", 96)
    vector = extractor.extract([make_picture()])[0]
    assert (vector.shape, vector.dtype) == ((extractor.dimension,), np.float32)
    gradients = Hog(size=96).dimension
    for part in (vector[:gradients], vector[gradients:]):
        assert np.linalg.norm(part) == pytest.approx(1, rel=1e-5)
