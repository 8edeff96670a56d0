"""A small residual network with random weights, as an operator's ONNX file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 8


def write_small_resnet(path: Path, seed: int = 0) -> Path:
    """image (n, 3, h, w) → "map" (n, 8, h/2, w/2), "pooled" (n, 8) and "logits" (n, 5)."""
    random = np.random.default_rng(seed)

    def constant(name: str, *shape: int) -> onnx.TensorProto:
        values = random.normal(0, 0.3, shape).astype(np.float32)
        return numpy_helper.from_array(values, name)

    def conv(source: str, kernel: str, output: str, stride: int = 1) -> onnx.NodeProto:
        attributes = {"strides": [stride, stride], "pads": [1, 1, 1, 1]}
        return helper.make_node("Conv", [source, kernel], [output], **attributes)

    def output(name: str, *shape: object) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

    nodes = [
        conv("image", "k0", "c0", stride=2),
        helper.make_node("Relu", ["c0"], ["r0"]),
        conv("r0", "k1", "c1"),
        helper.make_node("Add", ["c1", "r0"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["map"]),
        helper.make_node("ReduceMean", ["map"], ["pooled"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["pooled", "fc"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small-resnet",
        [output("image", 3, "h", "w")],
        [output("logits", 5), output("pooled", CHANNELS), output("map", CHANNELS, None, None)],
        [
            constant("k0", CHANNELS, 3, 3, 3),
            constant("k1", CHANNELS, CHANNELS, 3, 3),
            constant("fc", CHANNELS, 5),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path
