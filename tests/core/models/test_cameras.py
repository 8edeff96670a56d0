"""Changed copies of photos, from which the baseline learns."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.models.baseline import cameras
from tests.factories import make_picture

GREY = Image.new("RGB", (60, 40), (100, 100, 100))


def mean(image: Image.Image) -> list[int]:
    return np.asarray(image).mean((0, 1)).round().astype(int).tolist()


def test_light_changes_each_channel() -> None:
    assert mean(cameras.tinted(GREY, 1.2, 1.0, 0.5)) == [120, 100, 50]
    assert mean(cameras.tinted(GREY, 9, 1, 1)) == [255, 100, 100]
    assert mean(cameras.exposed(GREY, 2))[0] == pytest.approx(255 * (100 / 255) ** 2, abs=1)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    noisy = np.asarray(cameras.noisy(GREY, 10, np.random.default_rng(0)), float)
    assert noisy.std() == pytest.approx(10, rel=0.1)


def test_a_crop_lies_where_it_was_asked_for() -> None:
    image = Image.fromarray(np.arange(100, dtype=np.uint8)[None].repeat(10, 0)).convert("RGB")
    corner = np.asarray(cameras.cropped(image, 0.5, 1, 0))
    assert corner.shape == (5, 50, 3)
    assert corner[0, 0, 0] == 50


def test_a_piece_alone_has_the_ground_around_it() -> None:
    cut = cameras.cut_out(GREY, (0.5, 0.5), (1, 2, 3))
    assert cut.size == GREY.size
    assert (cut.getpixel((0, 0)), cut.getpixel((30, 20))) == ((1, 2, 3), (100, 100, 100))
    assert cameras.far(GREY, 0.5, (9, 9, 9)).getpixel((2, 2)) == (9, 9, 9)


def test_another_camera_takes_the_same_photo_alike_with_the_same_generator() -> None:
    image = make_picture(side=96)
    copies = [cameras.another_camera(image, np.random.default_rng(seed)) for seed in range(40)]
    again = cameras.another_camera(image, np.random.default_rng(7))
    assert all(copy.mode == "RGB" and min(copy.size) >= 40 for copy in copies)
    assert copies[7] == again
    assert len({copy.tobytes() for copy in copies}) > 30
