"""Deep features: ours, and an operator's own network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core import backbones
from core.backbones import parse_backbones
from core.entities import Recipe
from core.errors import BackboneUnusable
from core.features import quantised
from core.features.backbone import CROP_FOCUS, Backbone, Preprocessing
from core.features.networks import lite, operators, weights_path
from core.features.registry import make_extractor
from core.recipes import make_recipe
from tests.core.features.networks import CHANNELS, write_small_resnet
from tests.factories import make_picture

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
DESCRIPTION = {"size": 64, "mean": MEAN, "std": STD, "output": "pooled"}


def describe(network: Path, **changes: object) -> None:
    described = network.with_name(f"{network.name}.json")
    described.write_text(json.dumps(DESCRIPTION | changes), "utf-8")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's network with its description, in BACKBONES as "small"."""
    path = write_small_resnet(tmp_path / "small.onnx")
    describe(path)
    monkeypatch.setitem(backbones.BACKBONES, "small", path)
    return path


def run_small(path: Path, image: Image.Image, output: str) -> NDArray[np.float32]:
    """The network's output, by ONNX Runtime and numpy alone."""
    pixels = np.asarray(image.resize((64, 64), Image.Resampling.BICUBIC)) / 255.0
    batch = ((pixels - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32)
    result: NDArray[np.float32] = onnxruntime.InferenceSession(path).run(
        [output], {"image": batch}
    )[0]
    return result


# Ours --------------------------------------------------------------------------------------------


def map_of(extractor: Backbone, image: Image.Image) -> NDArray[np.float32]:
    """The last layer, (1280, 4, 4), by ONNX Runtime and numpy alone."""
    pixels = np.asarray(image.resize((128, 128), Image.Resampling.BICUBIC), np.float32)
    batch = ((pixels - 127) / 128).transpose(2, 0, 1)[None]
    session = onnxruntime.InferenceSession(extractor.path)
    last: NDArray[np.float32] = session.run(None, {"pixels": batch})[0][0]
    return last


def test_a_lite_vector_is_the_root_of_the_means_at_length_one() -> None:
    extractor = lite("lite0", 128)
    image = make_picture(side=200)
    vector = extractor.extract([image])[0]
    features = map_of(extractor, image).mean((1, 2))
    expected = np.sqrt(features) / np.sqrt(features.sum())
    np.testing.assert_allclose(vector, expected, atol=1e-5)
    assert vector.dtype == np.float32
    assert extractor.dimension == len(vector) == 1280


def test_a_focus_counts_the_middle_most_and_a_power_lifts_what_is_small() -> None:
    extractor = lite("lite0", 128, focus=0.25, power=0.7)
    image = make_picture(side=200)
    # Four places a side: the inner two are half a place from the middle, the outer ones one and a half.
    side = np.exp(-0.5 * (np.array([-1.5, -0.5, 0.5, 1.5]) / (0.25 * 4)) ** 2)
    side /= side.sum()
    pooled = side @ map_of(extractor, image) @ side
    expected = pooled**0.7
    np.testing.assert_allclose(
        extractor.extract([image])[0], expected / np.linalg.norm(expected), atol=1e-5
    )


@pytest.mark.parametrize("focus", [0.0, 1e-200, 1e-6, 1.0])
def test_every_focus_gives_a_vector(focus: float) -> None:
    vector = lite("lite0", 128, focus).extract([make_picture(side=200)])[0]
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_a_card_of_before_the_focus_still_names_its_vectors() -> None:
    """Cards of models that were trained then have `size` alone; the answers stay the same."""
    card = Recipe("lite2", "none", "lda", {"lite2__size": 320, "lda__shrinkage": 0.3})
    extractor = make_extractor(card)
    assert extractor == lite("lite2", 320, focus=0.0, power=0.5)
    assert re.fullmatch(r"lite2-[0-9a-f]{16}-1-320", extractor.key)
    focused = {"lite2__size": 320, "lite2__focus": 0.45, "lite2__power": 0.65}
    assert (
        make_extractor(replace(card, hyperparameters=focused)).key == f"{extractor.key}-0.45-0.65"
    )


@pytest.mark.parametrize("views", [1, 2, 3])
def test_many_images_of_any_shape_give_a_row_each_as_one_by_one(views: int) -> None:
    extractor = lite("lite0", 128, views=views)
    images = [make_picture(0, side=150), Image.new("RGB", (300, 40)), Image.new("RGB", (8, 200))]
    one_by_one = [extractor.extract([image])[0] for image in images]
    np.testing.assert_array_equal(extractor.extract(images), one_by_one)
    assert np.isfinite(one_by_one).all()


def test_a_picture_that_is_not_loaded_yet_is_loaded_once(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    make_picture(0, side=900).save(path)
    extractor = lite("lite0", 128, views=3)
    with Image.open(path) as lazy, Image.open(path) as loaded:
        loaded.load()
        np.testing.assert_array_equal(extractor.extract([lazy]), extractor.extract([loaded]))


def test_a_picture_is_nearer_to_its_mirror_image_than_to_another_class() -> None:
    extractor = lite("lite0", 160)
    picture, other = make_picture(0, seed=1, side=200), make_picture(3, seed=1, side=200)
    here, mirrored, there = extractor.extract([picture, ImageOps.mirror(picture), other])
    assert here @ mirrored > here @ there


@pytest.mark.parametrize(
    ("name", "network", "side"),
    [
        ("lite0", "lite0", 160),
        ("lite2", "lite2", 320),
        ("fast", "lite2", 160),
        ("best", "lite2", 320),
    ],
)
def test_a_recipe_names_the_network_and_its_size(name: str, network: str, side: int) -> None:
    extractor = make_extractor(make_recipe(name, settings={"size": "160"}))
    assert isinstance(extractor, Backbone)
    assert extractor.side == side
    assert extractor.key.startswith(f"{network}-")
    other = make_extractor(make_recipe(name, settings={"size": "192"}))
    assert extractor.key != other.key
    assert extractor.path == other.path


# Views, and what stands beside -------------------------------------------------------------------


def test_views_are_averaged_each_at_length_one() -> None:
    image = make_picture(side=200)
    whole = lite("lite0", 128, focus=0.3).extract([image])[0]
    half = lite("lite0", 128, focus=CROP_FOCUS).extract([image.crop((50, 50, 150, 150))])[0]
    mean = whole + half
    both = lite("lite0", 128, focus=0.3, views=2).extract([image])[0]
    np.testing.assert_allclose(both, mean / np.linalg.norm(mean), atol=1e-6)
    third = lite("lite0", 128, focus=0.3, views=3).extract([image])[0]
    assert both @ third < 0.9999


def test_the_smallest_crop_still_has_the_pixels_that_the_network_takes() -> None:
    assert [lite("lite0", 128, views=views).side for views in (1, 2, 3)] == [128, 256, 256]


def test_the_last_blocks_channels_stand_beside_the_map_at_the_same_length() -> None:
    image = make_picture(side=200)
    vector = lite("lite0", 128, depthwise=True).extract([image])[0]
    alone = lite("lite0", 128).extract([image])[0]
    np.testing.assert_allclose(vector[:1280] * np.sqrt(2), alone, atol=1e-5)
    assert np.linalg.norm(vector[1280:]) == pytest.approx(np.sqrt(0.5), abs=1e-5)
    assert lite("lite0", 128, depthwise=True).dimension == len(vector) > 1280


def test_every_way_to_use_a_network_has_its_own_key() -> None:
    ways = [
        lite("lite2", 128),
        lite("lite2", 128, views=2),
        lite("lite2", 128, views=3),
        lite("lite2", 128, precision="int8"),
        lite("lite2", 128, depthwise=True),
        lite("lite2", 128, focus=0.3),
    ]
    assert len({way.key for way in ways}) == len(ways)


# Eight bits --------------------------------------------------------------------------------------


def test_the_quantised_network_is_the_one_that_its_description_names() -> None:
    described = json.loads(quantised.FILE.with_name("lite2.onnx.json").read_text("utf-8"))
    assert described["sha256"] == hashlib.sha256(quantised.FILE.read_bytes()).hexdigest()
    assert described["weights"] == hashlib.sha256(weights_path("lite2").read_bytes()).hexdigest()
    assert (described["weights_licence"], described["photos_licence"]) == ("Apache-2.0", "MIT")


def test_a_quantised_vector_is_near_the_exact_one() -> None:
    """The mean cosine on shop photos is 0.988. Drawn pictures are unlike those that the ranges come from."""
    images = [make_picture(kind, seed, side=300) for kind in range(4) for seed in range(3)]
    exact = lite("lite2", 348, focus=0.3, power=0.65)
    near = lite("lite2", 348, focus=0.3, power=0.65, precision="int8")
    cosines = np.einsum("nd,nd->n", exact.extract(images), near.extract(images))
    assert cosines.min() > 0.95
    assert cosines.mean() > 0.97


def test_only_lite2_comes_in_eight_bits() -> None:
    with pytest.raises(ValueError, match="lite0"):
        lite("lite0", 128, precision="int8")


# An operator's -----------------------------------------------------------------------------------


def test_an_operators_network_sees_what_its_description_says(small: Path) -> None:
    image = make_picture(side=100)
    expected = np.sqrt(run_small(small, image, "pooled")[0])
    extractor = operators("small")
    np.testing.assert_allclose(
        extractor.extract([image])[0], expected / np.linalg.norm(expected), atol=1e-5
    )
    assert (extractor.side, extractor.dimension) == (64, CHANNELS)


def test_a_map_is_averaged_over_its_places(small: Path) -> None:
    image = make_picture(side=100)
    pooled = operators("small").extract([image])
    describe(small.rename(small.with_name("map.onnx")), output="map")
    backbones.BACKBONES["small"] = small.with_name("map.onnx")
    np.testing.assert_allclose(operators("small").extract([image]), pooled, atol=1e-6)


def test_an_operators_description_may_focus(small: Path) -> None:
    image = make_picture(side=100)
    describe(small, output="map", focus=0.3, power=0.7)
    wanted = Preprocessing(64, MEAN, STD, output="map", focus=0.3, power=0.7)
    np.testing.assert_allclose(
        operators("small").extract([image]), Backbone("same", small, wanted).extract([image])
    )
    evenly = Backbone("other", small, replace(wanted, focus=0.0))
    assert not np.allclose(operators("small").extract([image]), evenly.extract([image]), atol=1e-3)


def test_without_a_name_the_first_output_counts_and_keeps_its_signs(small: Path) -> None:
    image = make_picture(side=100)
    description = {"size": 64, "mean": MEAN, "std": STD}
    small.with_name("small.onnx.json").write_text(json.dumps(description))
    vector = operators("small").extract([image])[0]
    np.testing.assert_array_equal(np.sign(vector), np.sign(run_small(small, image, "logits")[0]))
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_another_network_or_another_description_has_another_key(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {operators("small").key}
    for seed, size in ((0, 96), (1, 64)):
        path = write_small_resnet(tmp_path / f"{seed}-{size}.onnx", seed)
        describe(path, size=size)
        monkeypatch.setitem(backbones.BACKBONES, "small", path)
        keys.add(operators("small").key)
    assert len(keys) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"size": "wide"}',
        '{"size": 64, "layout": "CHWN"}',
        '{"size": 64, "power": -1}',
        '{"size": 64, "focus": NaN}',
        '{"size": 64, "crops": [0]}',
        '{"size": 64, "crops": [1.5]}',
    ],
)
def test_a_description_that_is_none_is_refused_with_the_name(small: Path, text: str) -> None:
    small.with_name("small.onnx.json").write_text(text)
    with pytest.raises(BackboneUnusable, match="small"):
        operators("small")


@pytest.mark.parametrize("missing", ["small.onnx", "small.onnx.json"])
def test_a_missing_file_is_refused_with_the_name(small: Path, missing: str) -> None:
    small.with_name(missing).unlink()
    with pytest.raises(BackboneUnusable, match="small"):
        operators("small")


def test_layouts_differ_in_nothing_but_the_order(small: Path) -> None:
    image = make_picture(side=100)
    planes = Backbone("a", small, Preprocessing(64, MEAN, STD)).inputs(image)[0]
    pixels = Backbone("b", small, Preprocessing(64, MEAN, STD, layout="NHWC")).inputs(image)[0]
    assert pixels.shape == (1, 64, 64, 3)
    np.testing.assert_array_equal(planes, pixels.transpose(0, 3, 1, 2))


def test_backbones_are_names_and_paths() -> None:
    assert parse_backbones("") == {}
    assert parse_backbones(" a=/x/a.onnx, b-2=b=1.onnx,") == {
        "a": Path("/x/a.onnx"),
        "b-2": Path("b=1.onnx"),
    }


@pytest.mark.parametrize("text", ["resnet", "=a.onnx", "a=", "A b=x.onnx", "../a=x.onnx"])
def test_another_form_of_backbones_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="BACKBONES"):
        parse_backbones(text)


def test_a_network_of_the_environment_is_in_the_registry(small: Path) -> None:
    listing = subprocess.run(
        [sys.executable, "-m", "core", "recipes", "--json"],
        env=os.environ | {"BACKBONES": f"small={small}"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert "small" in json.loads(listing.stdout)["features"]


@pytest.mark.parametrize("program", ["core", "bot"])
def test_a_malformed_setting_is_one_sentence_at_the_start(program: str, tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-m", program, *(["recipes"] if program == "core" else [])],
        env=os.environ | {"BACKBONES": "Res Net", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert started.returncode == 2
    assert started.stderr == "BACKBONES='Res Net' can't be used: it must be name=path,…\n"
