"""A model as two ONNX graphs for its page: pixels → vector, and vector → answer.

The second one is the model file itself. Apart, they let the page ask for the answers to many vectors, from which
it makes the heat map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from core import sealed
from core.entities import ModelCard
from core.export.pixels_to_answer import pixels_to_answer
from core.export.unused import without_unused
from core.features.backbone import CROP_FOCUS, MIN_SIDE, Backbone, Box, gaussian_weights, middle_box
from core.features.registry import make_extractor
from core.models.preference import is_linear, is_smooth
from core.sealed import Stored

_VECTOR = "vector"
# Constants of fewer numbers stay as they are: they shape the picture, and weigh nothing.
_MANY = 1024
# The network's name in the graph, and what its outputs have before their own names, by view.
_BATCH, _SINGLE = "network0/", "network0_view{view}/"


@dataclass(frozen=True)
class Map:
    """A network's output for one view. output : its name. view : position in the output's batch. weights : of
    the places, in the order of rows."""

    output: str
    view: int
    weights: tuple[float, ...]


@dataclass(frozen=True)
class View:
    """The places of one view of a picture. box : as in `core.features.places.PlacesOfView`."""

    box: Box
    rows: int
    columns: int
    maps: tuple[Map, ...]


@dataclass(frozen=True)
class Places:
    """What the heat map is made of. power : as in `Preprocessing`. is_exact : False if the map is an
    approximation."""

    views: tuple[View, ...]
    power: float
    is_exact: bool


@dataclass(frozen=True)
class PageModel:
    """network : image, as in `pixels_to_answer` → vector, float32 (1, d), and the maps that `places` names.
    head : the model file's graph. side : as an extractor's. places : None if the model has no heat map."""

    network: onnx.ModelProto
    head: onnx.ModelProto
    side: int
    places: Places | None


def page_model(file: Stored, card: ModelCard) -> PageModel:
    """Raises ModelUnreadable; NotExportable if ONNX can't compute the features."""
    network = pixels_to_answer(file)
    head = onnx.load_model_from_string(sealed.read(file.path, file.key))
    vector = f"head/{head.graph.input[0].name}"
    for model in (network, head):
        del model.metadata_props[:]  # The card is in the page's settings.
    places = _places(network, card)
    network.graph.node.append(helper.make_node("Identity", [vector], [_VECTOR]))
    maps = {one.output for view in places.views for one in view.maps} if places else set()
    del network.graph.output[:]
    network.graph.output.extend(_floats(name) for name in (_VECTOR, *sorted(maps)))
    return PageModel(without_unused(network), head, make_extractor(card.recipe).side, places)


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with its network's weights in 16 bits, which takes half the bytes; it still computes in
    32. Changes it in place."""
    graph, casts = model.graph, []
    for constant in list(graph.initializer):
        if constant.data_type != TensorProto.FLOAT or np.prod(constant.dims) < _MANY:
            continue
        weights, name = numpy_helper.to_array(constant), constant.name
        half = f"{name}/half"
        constant.CopyFrom(numpy_helper.from_array(_half(weights), half))
        casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _half(weights: NDArray[np.float32]) -> NDArray[np.float16]:
    largest = np.finfo(np.float16).max
    return weights.clip(-largest, largest).astype(np.float16)


def _places(network: onnx.ModelProto, card: ModelCard) -> Places | None:
    extractor = make_extractor(card.recipe)
    can_explain = card.probabilities and is_smooth(card.recipe) and len(card.classes) > 1
    if not (can_explain and isinstance(extractor, Backbone)):
        return None
    blank = Image.new("RGB", (MIN_SIDE, MIN_SIDE))
    shapes = [output.shape for output in extractor.outputs(extractor.inputs(blank)[0])]
    if any(len(shape) != 4 for shape in shapes):
        return None
    views = tuple(_views(network, extractor, [(shape[2], shape[3]) for shape in shapes]))
    return Places(views, extractor.preprocessing.power, is_linear(card.recipe))


def _views(
    network: onnx.ModelProto, backbone: Backbone, shapes: list[tuple[int, int]]
) -> Iterator[View]:
    """shapes : rows and columns of each of the network's maps, which are the same for all."""
    wanted = backbone.preprocessing
    boxes = [(0.0, 0.0, 1.0, 1.0), *(middle_box((1, 1), share) for share in wanted.crops)]
    focuses = [wanted.focus, *(CROP_FOCUS for _ in wanted.crops)]
    names = [wanted.output or onnx.load(backbone.path).graph.output[0].name]
    names += [wanted.beside] if wanted.beside else []
    known = {output for node in network.graph.node for output in node.output}
    for number, (box, focus) in enumerate(zip(boxes, focuses, strict=True)):
        is_batch = f"{_BATCH}{names[0]}" in known
        prefix = _BATCH if is_batch else _SINGLE.format(view=number)
        maps = tuple(
            Map(f"{prefix}{name}", number if is_batch else 0, _weights(shape, focus))
            for name, shape in zip(names, shapes, strict=True)
        )
        yield View(box, *shapes[0], maps)


def _weights(shape: tuple[int, int], focus: float) -> tuple[float, ...]:
    return tuple(float(weight) for weight in gaussian_weights(shape, focus).ravel())


def _floats(name: str) -> onnx.ValueInfoProto:
    """An output whose shape the runtime finds."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
