"""The graph's pixels are Pillow's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from core.export import pixels
from core.export.graph import Graph, Value
from core.features.backbone import middle_box

SIZES = [
    *((8, 8), (9, 8), (8, 3000), (3000, 9), (348, 348), (464, 348), (379, 473)),
    *((333, 777), (701, 696), (1280, 960), (961, 1281), (2000, 20)),
]

Pixels = NDArray[np.uint8]


def compiled(write: Callable[[Value], Value]) -> Callable[[Pixels], Pixels]:
    graph = Graph()
    result = write(graph.input("image", np.uint8))
    graph.node("Identity", result, output="out")
    made = helper.make_graph(
        graph.nodes,
        "pixels",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["height", "width", 3])],
        [helper.make_tensor_value_info("out", TensorProto.UINT8, None)],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return lambda image: session.run(None, {"image": image})[0]


def noise(size: tuple[int, int]) -> Pixels:
    """Every pixel at random: what a filter does wrong shows."""
    return np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)


@pytest.mark.parametrize("share", [None, 0.5, 0.7])
@pytest.mark.parametrize("gap", [None, 1.0])
@pytest.mark.parametrize("size", [255, 348])
def test_a_view_has_pillows_pixels(share: float | None, gap: float | None, size: int) -> None:
    def write(picture: Value) -> Value:
        spans = [
            pixels.whole(picture, axis) if share is None else pixels.middle(picture, axis, share)
            for axis in (0, 1)
        ]
        if gap:
            return pixels.nearly_resized(picture, *spans, size)
        return pixels.resized(picture, *spans, (size, size))

    view = compiled(write)
    for sides in SIZES:
        image = noise(sides)
        box = middle_box(sides, share) if share else None
        expected = Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC, box, gap)
        np.testing.assert_array_equal(view(image), np.asarray(expected))


@pytest.mark.parametrize("factors", [(1, 2), (2, 1), (3, 3), (4, 4), (5, 8), (7, 1)], ids=str)
def test_blocks_have_pillows_means(factors: tuple[int, int]) -> None:
    columns, rows = factors

    def write(picture: Value) -> Value:
        given = [picture.graph.constant([factor], np.int64) for factor in (rows, columns)]
        return pixels.reduced(picture, *given)

    blocks = compiled(write)
    for sides in ((311, 307), (320, 315), (8, 8)):
        image = noise(sides)
        expected = Image.fromarray(image).reduce(factors)
        np.testing.assert_array_equal(blocks(image), np.asarray(expected))


@pytest.mark.parametrize(
    ("sides", "factor"),
    [
        *(((255, 255), 1), ((511, 2000), 1), ((512, 700), 2), ((700, 800), 2)),
        *(
            ((1000, 1400), 2),
            ((1023, 1400), 4),
            ((1100, 1024), 4),
            ((2100, 2048), 8),
            ((4200, 4100), 16),
        ),
    ],
    ids=str,
)
def test_a_large_picture_is_reduced_as_a_jpeg_is_decoded(
    sides: tuple[int, int], factor: int
) -> None:
    image = noise(sides)
    found = compiled(lambda picture: pixels.decoded(picture, 256))(image)
    expected = Image.fromarray(image).reduce(factor)
    np.testing.assert_array_equal(found, np.asarray(expected))
