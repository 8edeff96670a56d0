"""The ONNX converter for linear classifiers whose probabilities are softmax of their logits.

skl2onnx 1.20 gives other probabilities than scikit-learn for a linear discriminant analysis of two
classes (by up to 0.15).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from core.models.conversion.graph import GraphWriter, register_classifier
from core.models.lda import CalibratedLDA
from core.models.ridge import CalibratedRidge


def convert_linear(scope: Any, operator: Any, container: Any) -> None:
    """Writes softmax of float64 decision values; a single row is that of the
    second class of two, and the first one's decision value is 0."""
    classifier = operator.raw_operator
    weights, biases = classifier.coef_.T, classifier.intercept_
    if weights.shape[1] == 1:
        weights, biases = np.pad(weights, ((0, 0), (1, 0))), np.pad(biases, (1, 0))
    graph = GraphWriter(scope, operator, container)
    vectors = graph.node("Cast", graph.vectors, to=TensorProto.DOUBLE)
    graph.finish(graph.node("MatMul", vectors, graph.constant(weights)), biases)


def register() -> None:
    """Puts this converter in place of skl2onnx's."""
    for estimator in (CalibratedLDA, CalibratedRidge):
        register_classifier(estimator, convert_linear)
