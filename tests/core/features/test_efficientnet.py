"""EfficientNet-Lite's graph: the same numbers as plain numpy, and everyday objects named right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image

from core.features.efficientnet import DEPTHWISE, FEATURES, INPUT, LOGITS, MAP, build_graph
from core.features.networks import repeats_of, weights_path
from core.features.torchfile import read_weights
from tests.core.learning import GROCERY

NAMES = ("lite0", "lite2")
PICTURES = Path(skimage.__file__).parent / "data"

# Blocks that halve the size, counted from the architecture's table: the first of stages 2, 3, 4 and 6.
HALVING = {"lite0": (1, 3, 5, 11), "lite2": (1, 4, 7, 15)}

# Numbers of ImageNet's 1 000 classes.
EVERYDAY = {"coffee.png": 967, "chelsea.png": 285, "rocket.jpg": 657}
GROCERIES = {
    "Fruit/Banana": 954,
    "Fruit/Apple/Granny-Smith": 948,
    "Fruit/Orange": 950,
    "Fruit/Lemon": 951,
    "Fruit/Pineapple": 953,
    "Fruit/Pomegranate": 957,
}

Weights = Mapping[str, NDArray[Any]]
Array = NDArray[np.float64]


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def weights(name: str) -> Weights:
    return read_weights(weights_path(name))


@pytest.fixture(scope="module")
def graph(name: str, weights: Weights) -> onnx.ModelProto:
    return build_graph(weights, repeats_of(name), classify=True)


@pytest.fixture(scope="module")
def session(graph: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(graph.SerializeToString())


def reference_conv(values: Array, kernel: Array, stride: int) -> Array:
    """TensorFlow's "SAME" convolution of (channels, height, width) by its definition."""
    side = kernel.shape[2]
    padding = []
    for length in values.shape[1:]:
        total = max((-(-length // stride) - 1) * stride + side - length, 0)
        padding.append((total // 2, total - total // 2))
    padded = np.pad(values, [(0, 0), *padding])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    if kernel.shape[1] == 1 and len(kernel) == len(values):
        return np.einsum("chwij,cij->chw", windows, kernel[:, 0])
    return np.einsum("chwij,ocij->ohw", windows, kernel, optimize=True)


def reference_norm(values: Array, weights: Weights, norm: str) -> Array:
    def of(part: str) -> Array:
        return weights[f"{norm}.{part}"].astype(np.float64)[:, None, None]

    standard = (values - of("running_mean")) / np.sqrt(of("running_var") + 0.001)
    return standard * of("weight") + of("bias")


def reference_layers(pixels: Array, weights: Weights, halving: tuple[int, ...]) -> dict[str, Array]:
    """The output of each layer for (3, height, width), in float64, with the batch norm not folded."""

    def layer(values: Array, conv: str, norm: str, stride: int = 1) -> Array:
        convolved = reference_conv(values, weights[f"{conv}.weight"].astype(np.float64), stride)
        return reference_norm(convolved, weights, norm)

    def relu6(values: Array) -> Array:
        return values.clip(0, 6)

    layers = {"stem": relu6(layer(pixels, "_conv_stem", "_bn0", 2))}
    values = layers["stem"]
    blocks = {int(found[1]) for key in weights if (found := re.match(r"_blocks\.(\d+)\.", key))}
    for index in sorted(blocks):
        block = f"_blocks.{index}"
        inner = values
        if index > 0:
            inner = relu6(layer(values, f"{block}._expand_conv", f"{block}._bn0"))
        stride = 2 if index in halving else 1
        inner = relu6(layer(inner, f"{block}._depthwise_conv", f"{block}._bn1", stride))
        layers[f"{block}.depthwise"] = inner
        inner = layer(inner, f"{block}._project_conv", f"{block}._bn2")
        layers[f"{block}.project"] = inner
        values = values + inner if values.shape == inner.shape else inner
    layers[DEPTHWISE] = layers.pop(f"_blocks.{max(blocks)}.depthwise")
    layers[MAP] = relu6(layer(values, "_conv_head", "_bn1"))
    return layers


@pytest.mark.parametrize("size", [(64, 64), (75, 50)], ids=["even", "odd"])
def test_every_layer_agrees_with_plain_numpy(
    name: str, weights: Weights, graph: onnx.ModelProto, size: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(0).uniform(-1, 1, (3, *size))
    expected = reference_layers(pixels, weights, HALVING[name])
    shown = onnx.ModelProto()
    shown.CopyFrom(graph)
    shown.graph.output.extend(
        onnx.helper.make_empty_tensor_value_info(key) for key in expected.keys() - {MAP, DEPTHWISE}
    )
    session = onnxruntime.InferenceSession(shown.SerializeToString())
    outputs = session.run(list(expected), {INPUT: pixels[None].astype(np.float32)})
    for (key, values), output in zip(expected.items(), outputs, strict=True):
        np.testing.assert_allclose(output[0], values, rtol=1e-3, atol=2e-3, err_msg=key)


def test_the_features_are_the_means_of_the_last_layer_of_each_picture(
    name: str, weights: Weights, session: onnxruntime.InferenceSession
) -> None:
    batch = np.random.default_rng(1).uniform(-1, 1, (2, 3, 64, 96))
    features = session.run([FEATURES], {INPUT: batch.astype(np.float32)})[0]
    heads = [reference_layers(pixels, weights, HALVING[name])[MAP] for pixels in batch]
    assert features.shape == (2, 1280)
    np.testing.assert_allclose(features, [head.mean((1, 2)) for head in heads], atol=2e-3)


def test_the_graph_is_valid_onnx(graph: onnx.ModelProto) -> None:
    onnx.checker.check_model(graph, full_check=True)


def likeliest(session: onnxruntime.InferenceSession, path: Path) -> list[int]:
    """The five likeliest ImageNet classes of a picture."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((256, 256)), np.float32)
    batch = ((pixels - 127) / 128).transpose(2, 0, 1)[None]
    return [int(i) for i in session.run([LOGITS], {INPUT: batch})[0][0].argsort()[:-6:-1]]


@pytest.mark.parametrize("picture", EVERYDAY)
def test_everyday_pictures_are_named_rightly(
    session: onnxruntime.InferenceSession, picture: str
) -> None:
    assert EVERYDAY[picture] in likeliest(session, PICTURES / picture)[:2]


def test_groceries_are_named_rightly(session: onnxruntime.InferenceSession) -> None:
    if not GROCERY.is_dir():
        pytest.skip("needs the Grocery Store photos in ../shared/data/grocery")
    named = [
        number in likeliest(session, photo)
        for folder, number in GROCERIES.items()
        for photo in sorted((GROCERY / "train" / folder).glob("*.jpg"))[::10]
    ]
    assert np.mean(named) >= 0.8
