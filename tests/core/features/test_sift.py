"""Visual words of dense SIFT descriptors."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.features.registry import make_extractor
from core.features.sift import REGIONS, WORDS, Sift
from core.recipes import make_recipe
from tests.factories import make_picture

SETTINGS = [(size, colour) for size in (32, 64, 97, 128) for colour in (True, False)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_dimension_is_the_length_of_a_vector(setting: tuple[int, bool]) -> None:
    extractor = Sift(*setting)
    vectors = extractor.extract([make_picture(side=120)])
    assert vectors.shape == (1, extractor.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_a_recipe_names_the_extractor_and_all_that_shapes_its_vectors() -> None:
    extractor = make_extractor(make_recipe("sift", settings={"size": "128", "colour": "no"}))
    assert extractor == Sift(128, colour=False)
    assert (extractor.key, extractor.side) == ("sift-128-grey", 128)


def test_each_region_is_a_distribution_of_words() -> None:
    vector = Sift(64, colour=False).extract([make_picture()])[0]
    regions = vector.reshape(REGIONS, WORDS) ** 2
    np.testing.assert_allclose(regions.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(regions[0], regions[1:].mean(axis=0), atol=1e-6)


def test_a_vector_depends_on_its_image_alone() -> None:
    images = [make_picture(kind) for kind in range(3)]
    one_by_one = [Sift().extract([image])[0] for image in reversed(images)][::-1]
    np.testing.assert_array_equal(Sift().extract(images), one_by_one)


def test_other_shapes_are_other_words() -> None:
    one, other = Sift().extract([make_picture(0), make_picture(1)])
    assert not np.allclose(one, other)


def test_an_image_without_any_edge_has_a_vector_too() -> None:
    vector = Sift().extract([Image.new("RGB", (64, 64), (9, 99, 9))])[0]
    assert np.isfinite(vector).all()


def test_the_channels_of_a_grey_image_are_alike_and_those_of_a_coloured_one_not() -> None:
    coloured = make_picture()
    grey = coloured.convert("L").convert("RGB")
    for image, alike in ((grey, True), (coloured, False)):
        red, _, blue = Sift(64, colour=True).extract([image])[0].reshape(3, -1)
        assert np.array_equal(red, blue) == alike


def test_a_grey_image_has_the_same_words_in_grey_as_in_each_channel() -> None:
    image = make_picture().convert("L").convert("RGB")
    (words,) = Sift(64, colour=False).extract([image])
    (channels,) = Sift(64, colour=True).extract([image])
    np.testing.assert_array_equal(channels, np.tile(words, 3))
