"""The shares of places in a picture's vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.features.backbone import Backbone, Preprocessing
from core.features.networks import lite
from core.features.places import places_of
from tests.core.features.networks import CHANNELS, write_small_resnet
from tests.factories import make_picture

EXTRACTORS = {
    "whole": lite("lite2", 128, precision="int8"),
    "focus and power": lite("lite2", 128, focus=0.3, power=0.65, precision="int8"),
    "two views": lite("lite2", 160, focus=0.3, power=0.65, views=2, precision="int8"),
    "three views and depthwise": lite(
        "lite2", 128, focus=0.3, power=0.65, views=3, precision="int8", depthwise=True
    ),
}


def small(folder: Path, output: str) -> Backbone:
    path = write_small_resnet(folder / "small.onnx")
    return Backbone("small", path, Preprocessing(size=64, output=output))


@pytest.mark.parametrize("name", EXTRACTORS)
def test_the_shares_of_all_places_add_up_to_the_vector(name: str) -> None:
    extractor, image = EXTRACTORS[name], make_picture(side=200)
    views = places_of(extractor, image)
    total = np.sum([view.shares.sum((0, 1)) for view in views], axis=0)
    np.testing.assert_allclose(total, extractor.extract([image])[0], atol=1e-6)


def test_each_view_has_its_box_and_a_share_for_each_place() -> None:
    whole, half = places_of(EXTRACTORS["two views"], make_picture(side=200))
    assert whole.box == (0, 0, 1, 1)
    assert half.box == (0.25, 0.25, 0.75, 0.75)
    assert whole.shares.shape == half.shares.shape == (5, 5, 1280)


def test_a_map_with_numbers_below_nought_and_silent_channels_adds_up_too(tmp_path: Path) -> None:
    extractor = small(tmp_path, "map")
    for image in (make_picture(), Image.new("RGB", (64, 64))):
        (view,) = places_of(extractor, image)
        assert view.shares.shape == (32, 32, CHANNELS)
        vector = extractor.extract([image])[0]
        np.testing.assert_allclose(view.shares.sum((0, 1)), vector, atol=1e-6)


def test_a_network_that_gives_vectors_has_no_places(tmp_path: Path) -> None:
    assert places_of(small(tmp_path, "pooled"), make_picture()) == []
