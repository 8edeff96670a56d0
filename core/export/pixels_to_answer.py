"""One ONNX file from a photo's pixels to the answer, with everything between them inside.

Pillow, NumPy and scikit-learn have no part in its answers, so they are the same wherever ONNX Runtime runs.
"""

from __future__ import annotations

import json

import numpy as np
import onnx
from onnx import TensorProto, compose, helper

from core import sealed
from core.entities import ModelCard
from core.errors import NotExportable
from core.export import networks
from core.export.graph import Graph, Value
from core.export.opsets import LEAST, converted
from core.export.pixels import decoded
from core.export.unused import without_unused
from core.features.backbone import Backbone
from core.features.extractor import Extractor
from core.features.registry import make_extractor
from core.features.side_by_side import SideBySide
from core.models import modelfile
from core.sealed import Stored
from core.serialization import to_json

IMAGE = "image"
LABEL, PROBABILITIES, SIMILARITY, KNOWN = "label", "probabilities", "similarity", "known"
CLASSES_KEY, CARD_KEY = "classes", "card"
"""Keys of the metadata: the classes' names as a JSON list, and the model's card as JSON."""

_IR_VERSION = 8
_HEAD = "head/"


def pixels_to_answer(file: Stored) -> onnx.ModelProto:
    """The graph of a model file with its features' graph before it.

    image, uint8 (height, width, 3), RGB, upright, of any size from 8 × 8 → label, string (1,);
    probabilities, float32 (classes,), in the order of the metadata's classes; similarity, float32 (1,);
    known, bool (1,). Where the card says that the model gives no probabilities, they are numbers that
    only order the classes.

    The baseline's file has 6 MB. A process of ONNX Runtime that runs it on one thread takes 79 MB, with a photo
    of 1 280 × 960 pixels 250 MB at most and with one of 4 032 × 3 024 320 MB and 0.16 s.

    Raises ModelUnreadable; NotExportable if ONNX can't compute the features.
    """
    card = modelfile.load(file.path, file.key).card
    extractor = make_extractor(card.recipe)
    head = onnx.load_model_from_string(sealed.read(file.path, file.key))
    parts = extractor.parts if isinstance(extractor, SideBySide) else (extractor,)
    opset = max([LEAST, *(_opset(part) for part in parts)])
    graph = Graph()
    picture = decoded(graph.input(IMAGE, np.uint8), extractor.side)
    vectors = [
        _vector(graph, picture, part, opset, f"network{number}")
        for number, part in enumerate(parts)
    ]
    if len(parts) > 1:
        vectors = [networks.unit(vector) for vector in vectors]
    head = converted(head, opset)
    _answer(graph, graph.join(vectors, 1), head, card)
    return _model(graph, head, card, opset)


def _opset(part: Extractor) -> int:
    """The least version that a part of the features needs."""
    return networks.network_opset(part) if isinstance(part, Backbone) else LEAST


def _vector(graph: Graph, picture: Value, part: Extractor, opset: int, name: str) -> Value:
    """float32 (1, dimension). Raises NotExportable."""
    if isinstance(part, Backbone):
        return networks.vector(graph, picture, part, opset, name)
    raise NotExportable(features=part.key.partition("-")[0])


def _answer(graph: Graph, vector: Value, head: onnx.ModelProto, card: ModelCard) -> None:
    """Appends the model's own graph and what makes its outputs readable."""
    names = [output.name for output in head.graph.output]
    inner = compose.add_prefix(head, _HEAD)
    graph.node("Identity", vector, output=inner.graph.input[0].name)
    graph.append(inner)
    types = (np.int64, np.float32, np.float32)
    label, scores, similarity = (
        graph.input(_HEAD + name, kind) for name, kind in zip(names, types, strict=True)
    )
    classes = graph.constant(np.array(card.classes, object), object)
    graph.node("Gather", classes, label, output=LABEL)
    graph.node("Reshape", scores, graph.constant([-1], np.int64), output=PROBABILITIES)
    graph.node("Identity", similarity, output=SIMILARITY)
    threshold = graph.constant(card.threshold, np.float64)
    graph.node("GreaterOrEqual", similarity.cast(np.float64), threshold, output=KNOWN)


def _model(graph: Graph, head: onnx.ModelProto, card: ModelCard, opset: int) -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    written = helper.make_graph(
        graph.nodes,
        "lukoshko",
        [info(IMAGE, TensorProto.UINT8, ["height", "width", 3])],
        [
            info(LABEL, TensorProto.STRING, [1]),
            info(PROBABILITIES, TensorProto.FLOAT, [len(card.classes)]),
            info(SIMILARITY, TensorProto.FLOAT, [1]),
            info(KNOWN, TensorProto.BOOL, [1]),
        ],
        graph.constants,
    )
    others = {e.domain: e.version for e in head.opset_import if e.domain not in ("", "ai.onnx")}
    opsets = [helper.make_opsetid(*entry) for entry in ({"": opset} | others).items()]
    model = helper.make_model(written, opset_imports=opsets, ir_version=_IR_VERSION)
    metadata = {CLASSES_KEY: json.dumps(card.classes, ensure_ascii=False), CARD_KEY: to_json(card)}
    helper.set_model_props(model, metadata)
    return without_unused(model)
