"""The ONNX converter for linear discriminant analysis.

skl2onnx 1.20 gives other probabilities than scikit-learn for two classes (by up to 0.15).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper
from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

from core.models.lda import CalibratedLDA


def convert_lda(scope: Any, operator: Any, container: Any) -> None:
    """Writes softmax of float64 decision values; with two classes that of the first is 0.

    In float32, ONNX differs from scikit-learn by up to 5e-4 in the probabilities.
    """
    lda = operator.raw_operator
    weights, biases = lda.coef_.T, lda.intercept_
    if len(lda.classes_) == 2:
        weights, biases = np.pad(weights, ((0, 0), (1, 0))), np.pad(biases, (1, 0))
    labels, scores = (variable.full_name for variable in operator.outputs)

    def constant(name: str, value: np.ndarray) -> str:
        unique = scope.get_unique_variable_name(name)
        container.initializers.append(numpy_helper.from_array(value.astype(np.float64), unique))
        return str(unique)

    def node(kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        result = output or scope.get_unique_variable_name(f"lda_{kind}")
        name = scope.get_unique_operator_name(kind)
        container.add_node(kind, list(inputs), result, op_version=13, name=name, **attributes)
        return str(result)

    vectors = node("Cast", operator.inputs[0].full_name, to=TensorProto.DOUBLE)
    products = node("MatMul", vectors, constant("lda_weights", weights))
    decisions = node("Add", products, constant("lda_biases", biases))
    probabilities = node("Softmax", decisions, axis=1)
    node("Cast", probabilities, output=scores, to=TensorProto.FLOAT)
    node("ArgMax", decisions, output=labels, axis=1, keepdims=0)


def register() -> None:
    """Puts this converter in place of skl2onnx's."""
    update_registered_converter(
        CalibratedLDA,
        "LukoshkoLinearDiscriminantAnalysis",
        calculate_linear_classifier_output_shapes,
        convert_lda,
        options={
            "zipmap": [True, False, "columns"],
            "nocl": [True, False],
            "output_class_labels": [True, False],
            "raw_scores": [True, False],
        },
    )
