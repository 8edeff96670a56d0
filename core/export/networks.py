"""`core.features.backbone` as nodes of an ONNX graph: views, network, pooling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnx
from onnx import compose
from PIL import Image

from core.export.graph import Graph, Value
from core.export.opsets import converted, opset_of
from core.export.pixels import Span, middle, nearly_resized, resized, whole
from core.features.backbone import CROP_FOCUS, MIN_SIDE, Backbone, gaussian_weights

_LEAST_LENGTH = 1e-12


def vector(graph: Graph, picture: Value, backbone: Backbone, opset: int, name: str) -> Value:
    """The vector of a decoded picture, float32 (1, dimension). name : of the network in the graph."""
    wanted = backbone.preprocessing
    views = [_pixels(picture, backbone, share) for share in (None, *wanted.crops)]
    focuses = [wanted.focus, *(CROP_FOCUS for _ in wanted.crops)]
    shapes = _output_shapes(backbone)
    vectors = [
        _pooled(outputs, shapes, focus, wanted.power)
        for outputs, focus in zip(
            _outputs(graph, backbone, views, opset, name), focuses, strict=True
        )
    ]
    total = vectors[0]
    for view in vectors[1:]:
        total = total + view
    return unit(total) if len(vectors) > 1 else total


def unit(vectors: Value) -> Value:
    """Each row at length 1."""
    squares = (vectors * vectors).sum(1, keepdims=True)
    lengths = vectors.graph.node("Sqrt", squares)
    return vectors / lengths.maximum(_LEAST_LENGTH)


def _pixels(picture: Value, backbone: Backbone, share: float | None) -> Value:
    """The network's input for one view: the whole picture, or the middle `share` of each side."""
    wanted = backbone.preprocessing
    rows, columns = (_span(picture, axis, share) for axis in (0, 1))
    if wanted.crops:
        view = nearly_resized(picture, rows, columns, wanted.size)
    else:
        view = resized(picture, rows, columns, (wanted.size, wanted.size))
    mean, std = np.array(wanted.mean)[:, None, None], np.array(wanted.std)[:, None, None]
    planes: Value = (
        view.transposed(2, 0, 1).cast(np.float32) * (1 / (wanted.scale * std)) - mean / std
    )
    batch = planes.unsqueezed(0)
    return batch if wanted.layout == "NCHW" else batch.transposed(0, 2, 3, 1)


def _span(picture: Value, axis: int, share: float | None) -> Span:
    return whole(picture, axis) if share is None else middle(picture, axis, share)


def _outputs(
    graph: Graph, backbone: Backbone, views: Sequence[Value], opset: int, name: str
) -> list[list[Value]]:
    """The network's outputs for each view. All views are one batch, where the network takes one."""
    network = _read(backbone.path)
    source = network.graph.input[0]
    is_fixed = source.type.tensor_type.shape.dim[0].HasField("dim_value")
    if is_fixed and len(views) > 1:
        return [
            _run(graph, backbone, view, opset, f"{name}_view{number}")
            for number, view in enumerate(views)
        ]
    outputs = _run(graph, backbone, graph.join(views, 0), opset, name)
    starts = [graph.constant([number], np.int64) for number in range(len(views) + 1)]
    return [
        [output.part(starts[number], starts[number + 1], 0) for output in outputs]
        for number in range(len(views))
    ]


def _run(graph: Graph, backbone: Backbone, pixels: Value, opset: int, name: str) -> list[Value]:
    network, wanted = converted(_read(backbone.path), opset), backbone.preprocessing
    inner = compose.add_prefix(network, f"{name}/")
    graph.node("Identity", pixels, output=inner.graph.input[0].name)
    graph.append(inner)
    names = [wanted.output or network.graph.output[0].name]
    names += [wanted.beside] if wanted.beside else []
    return [graph.input(f"{name}/{output}", np.float32) for output in names]


def _output_shapes(backbone: Backbone) -> list[tuple[int, ...]]:
    """The shapes of the network's outputs for one view, found by running it on a black picture."""
    pixels = backbone.inputs(Image.new("RGB", (MIN_SIDE, MIN_SIDE)))[0]
    return [output.shape for output in backbone.outputs(pixels)]


def _pooled(
    outputs: Sequence[Value], shapes: Sequence[tuple[int, ...]], focus: float, power: float
) -> Value:
    """One view's outputs as one vector."""
    vectors = []
    for output, shape in zip(outputs, shapes, strict=True):
        mean = _averaged(output, shape, focus)
        vectors.append(unit(mean.sign() * abs(mean) ** power))
    return unit(output.graph.join(vectors, 1)) if len(vectors) > 1 else vectors[0]


def _averaged(output: Value, shape: tuple[int, ...], focus: float) -> Value:
    """(1, channels): an output that is a map is averaged, any other is a vector already."""
    if len(shape) < 4:
        return output
    weights = gaussian_weights((shape[2], shape[3]), focus).reshape(-1, 1)
    cells = output.reshaped(1, shape[1], -1) @ output.like(weights)
    return cells.reshaped(1, -1)


@lru_cache(2)
def _read(path: Path) -> onnx.ModelProto:
    return onnx.load(path)


def network_opset(backbone: Backbone) -> int:
    """The version of ONNX's operators that the network is written in."""
    return opset_of(_read(backbone.path))
