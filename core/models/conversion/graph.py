"""Writes the nodes of a classifier's converter for skl2onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.base import ClassifierMixin

_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "nocl": [True, False],
    "output_class_labels": [True, False],
    "raw_scores": [True, False],
}


class GraphWriter:
    """Appends constants and nodes to the graph of a classifier under conversion.

    The graph takes float32 vectors (n, d) and gives labels, int64 (n,), and probabilities, float32
    (n, classes).
    """

    def __init__(self, scope: Any, operator: Any, container: Any) -> None:
        self._scope = scope
        self._container = container
        self.vectors: str = operator.inputs[0].full_name
        self._labels, self._scores = (variable.full_name for variable in operator.outputs)

    def constant(self, value: NDArray[Any]) -> str:
        """The name of a new initializer of this value and type."""
        name: str = self._scope.get_unique_variable_name("constant")
        self._container.initializers.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Appends a node of one output; returns this output's name."""
        result: str = output or self._scope.get_unique_variable_name(kind)
        name = self._scope.get_unique_operator_name(kind)
        self._container.add_node(kind, list(inputs), result, op_version=13, name=name, **attributes)
        return result

    def finish(self, products: str, biases: NDArray[np.float64]) -> None:
        """The answers for logits `products` + biases, float64 (n, classes) and (classes,).

        Softmax in float32 differs from scikit-learn by up to 5e-4 for a linear discriminant analysis.
        """
        logits = self.node("Add", products, self.constant(biases))
        probabilities = self.node("Softmax", logits, axis=1)
        self.node("Cast", probabilities, output=self._scores, to=TensorProto.FLOAT)
        self.node("ArgMax", logits, output=self._labels, axis=1, keepdims=0)


def register_classifier(
    estimator: type[ClassifierMixin], convert: Callable[[Any, Any, Any], None]
) -> None:
    """Makes `convert` the converter of this class of estimators."""
    update_registered_converter(
        estimator,
        f"Lukoshko{estimator.__name__}",
        calculate_linear_classifier_output_shapes,
        convert,
        options=_OPTIONS,
    )
