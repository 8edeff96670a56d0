"""A network's ONNX graph as layers of Keras, which TensorFlow.js reads.

Written without TensorFlow: the JSON of a functional model, and the weights in the order in which it names them.
Source: "TensorFlow.js Layers model" in tfjs-layers' src/models.ts and Keras' `Model.get_config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """config : of the Keras class `kind`, without the name. sources : names of the layers whose outputs it takes.
    weights : by the name that Keras gives them, float32."""

    name: str
    kind: str
    config: dict[str, Any]
    sources: tuple[str, ...]
    weights: Mapping[str, Floats]

    def described(self) -> dict[str, Any]:
        """The layer as the JSON of a model has it."""
        nodes = [[[source, 0, 0, {}] for source in self.sources]] if self.sources else []
        config = {"name": self.name, "trainable": False, **self.config}
        return {
            "name": self.name,
            "class_name": self.kind,
            "config": config,
            "inbound_nodes": nodes,
        }


class Layers:
    """The layers of a network, appended one by one."""

    def __init__(self, side: int) -> None:
        """side : of the square input, pixels; it has three channels."""
        self.all: list[Layer] = []
        shape = [None, side, side, 3]
        self.last = self._add("InputLayer", {"batch_input_shape": shape, "dtype": "float32"}, ())
        self._input = self.last

    def append_network(self, network: onnx.ModelProto, output: str) -> None:
        """Appends what leads from the network's input to this output: convolutions with TensorFlow's padding,
        clipping to 0–6, and sums, as `core.features.efficientnet` writes them. Raises ValueError where there is
        anything else."""
        graph = network.graph
        constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        layers = {graph.input[0].name: self.last}
        for node in graph.node:
            if node.op_type == "Conv":
                layer = self._convolution(node, layers[node.input[0]], constants)
            elif node.op_type == "Clip":
                _check(node, [constants[name] for name in node.input[1:]] == [0, 6])
                layer = self._add("ReLU", {"max_value": 6.0}, (layers[node.input[0]],))
            elif node.op_type == "Add":
                layer = self._add("Add", {}, tuple(layers[name] for name in node.input))
            else:
                raise ValueError(f"no layer for {node.op_type}")
            layers[node.output[0]] = layer
            if node.output[0] == output:
                self.last = layer
                return
        raise ValueError(f"there is no {output}")

    def append_head(self, weights: Floats, biases: Floats) -> None:
        """Appends the mean of each channel and the probabilities. weights : (channels, classes); biases :
        (classes,)."""
        mean = self._add("GlobalAveragePooling2D", {"data_format": "channels_last"}, (self.last,))
        config = {"units": len(biases), "activation": "softmax", "use_bias": True}
        self.last = self._add("Dense", config, (mean,), kernel=weights, bias=biases)

    def topology(self) -> dict[str, Any]:
        """The JSON of the model."""
        config = {
            "name": "lukoshko",
            "layers": [layer.described() for layer in self.all],
            "input_layers": [[self._input, 0, 0]],
            "output_layers": [[self.last, 0, 0]],
        }
        return {
            "class_name": "Model",
            "config": config,
            "keras_version": "2.2.4",
            "backend": "tensorflow",
        }

    def weights(self) -> dict[str, Floats]:
        """All weights by their names."""
        return {
            f"{layer.name}/{name}": array
            for layer in self.all
            for name, array in layer.weights.items()
        }

    def _convolution(
        self, node: onnx.NodeProto, source: str, constants: Mapping[str, NDArray[Any]]
    ) -> str:
        """ONNX has kernels as (out, in per group, height, width), Keras as (height, width, in, out)."""
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        kernel, bias = (constants[name] for name in node.input[1:])
        channels, per_group, *size = kernel.shape
        config = {
            "kernel_size": size,
            "strides": list(attributes["strides"]),
            "padding": "same",
            "data_format": "channels_last",
            "activation": "linear",
            "use_bias": True,
        }
        _check(node, attributes["auto_pad"] == b"SAME_UPPER")
        turned = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0))
        if attributes["group"] == 1:
            config["filters"] = channels
            return self._add("Conv2D", config, (source,), kernel=turned, bias=bias)
        _check(node, attributes["group"] == channels and per_group == 1)
        config["depth_multiplier"] = 1
        depthwise = turned.transpose(0, 1, 3, 2)
        return self._add(
            "DepthwiseConv2D", config, (source,), depthwise_kernel=depthwise, bias=bias
        )

    def _add(
        self, kind: str, config: dict[str, Any], sources: tuple[str, ...], **weights: Floats
    ) -> str:
        name = f"{kind.lower()}_{len(self.all)}"
        self.all.append(Layer(name, kind, config, sources, weights))
        return name


def _check(node: onnx.NodeProto, is_expected: bool) -> None:
    if not is_expected:
        raise ValueError(f"{node.name} is not as expected")
