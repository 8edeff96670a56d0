"""The colour HOG."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.errors import ParameterOutOfRange
from core.features.hog import MAX_DIMENSION, Hog, into_square
from core.features.registry import make_extractor
from core.recipes import make_recipe
from tests.factories import make_picture

SETTINGS = [
    (orientations, pixels, cells, size)
    for orientations in (1, 2, 3)
    for pixels in (7, 8, 10, 16)
    for cells in (1, 2, 3)
    for size in (48, 64, 97)
    if pixels * cells <= size
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_dimension_is_the_length_of_a_vector(setting: tuple[int, int, int, int]) -> None:
    extractor = Hog(*setting)
    vectors = extractor.extract([make_picture(side=120)])
    assert vectors.shape == (1, extractor.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_a_recipe_names_the_extractor_and_all_that_shapes_its_vectors() -> None:
    extractor = make_extractor(make_recipe("hog", settings={"size": "96", "cells_per_block": "3"}))
    assert extractor == Hog(3, 10, 3, 96)
    assert extractor.key == "hog-3-10-3-96"
    assert extractor.side == 96


def test_settings_that_give_other_vectors_have_other_keys() -> None:
    assert len({Hog(*setting).key for setting in SETTINGS}) == len(SETTINGS)


def test_many_images_give_a_row_each_as_one_by_one() -> None:
    images = [make_picture(kind) for kind in range(3)]
    one_by_one = [Hog().extract([image])[0] for image in images]
    np.testing.assert_array_equal(Hog().extract(images), one_by_one)


def test_colours_are_told_apart_where_grey_levels_are_alike() -> None:
    red, blue = Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64))
    red.paste((200, 0, 0), (16, 16, 48, 48))
    blue.paste((0, 0, 200), (16, 16, 48, 48))
    one, other = Hog().extract([red, blue]).reshape(2, 3, -1)
    np.testing.assert_array_equal(one[0], other[2])
    assert not one[2].any()
    assert one[0].any()


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (64, 64), (9, 30), (64, 1)])
def test_any_shape_is_fitted_into_the_square_whole(size: tuple[int, int]) -> None:
    pixels = into_square(Image.new("RGB", size, (10, 20, 30)), 64)
    assert pixels.shape == (64, 64, 3)
    assert (pixels == (10, 20, 30)).all()


def test_the_aspect_is_kept_and_the_border_repeated() -> None:
    image = Image.new("RGB", (100, 50), (255, 0, 0))
    image.paste((0, 0, 255), (0, 25, 100, 50))
    pixels = into_square(image, 64)
    assert (pixels[:24] == (255, 0, 0)).all()
    assert (pixels[40:] == (0, 0, 255)).all()
    assert not Hog().extract([Image.new("RGB", (100, 50), (255, 0, 0))]).any()


def test_a_block_that_does_not_fit_is_refused_with_the_largest_cell() -> None:
    with pytest.raises(ParameterOutOfRange, match=r"pixels_per_cell can't be 32: allowed is ≤ 16"):
        Hog(pixels_per_cell=32, cells_per_block=4)
    assert Hog(pixels_per_cell=16, cells_per_block=4).dimension == 3 * 3 * 16


@pytest.mark.parametrize("orientations", [1, 3, 18])
def test_a_vector_too_long_is_refused_with_the_smallest_cell(orientations: int) -> None:
    with pytest.raises(ParameterOutOfRange) as caught:
        Hog(orientations, pixels_per_cell=4, cells_per_block=4, size=128)
    assert caught.value.name == "hog__pixels_per_cell"
    smallest = int(caught.value.allowed.removeprefix("≥ "))
    assert Hog(orientations, smallest, 4, 128).dimension <= MAX_DIMENSION
    with pytest.raises(ParameterOutOfRange):
        Hog(orientations, smallest - 1, 4, 128)
