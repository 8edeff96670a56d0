"""The ONNX converter for kernel ridge regression with a Gaussian kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from core.models.conversion.graph import GraphWriter, register_classifier
from core.models.rbf import LEAST_LENGTH, CalibratedRBF


def convert_rbf(scope: Any, operator: Any, container: Any) -> None:
    """Writes the estimator's steps; the training vectors stay float16 in the file."""
    rbf = operator.raw_operator
    graph = GraphWriter(scope, operator, container)

    def float32(*values: float) -> str:
        return graph.constant(np.array(values, np.float32))

    moved = graph.node("Sub", graph.vectors, float32(*rbf.center_))
    lengths = graph.node("ReduceL2", moved, axes=[1], keepdims=1)
    directions = graph.node("Div", moved, graph.node("Max", lengths, float32(LEAST_LENGTH)))
    kept = graph.node("Cast", graph.constant(rbf.vectors_.T.copy()), to=TensorProto.FLOAT)
    cosines = graph.node("MatMul", directions, kept)
    exponents = graph.node("Mul", graph.node("Sub", cosines, float32(1)), float32(2 * rbf.gamma))
    kernel = graph.node("Cast", graph.node("Exp", exponents), to=TensorProto.DOUBLE)
    graph.finish(graph.node("MatMul", kernel, graph.constant(rbf.dual_coef_)), rbf.intercept_)


def register() -> None:
    """Adds this converter to skl2onnx's."""
    register_classifier(CalibratedRBF, convert_rbf)
