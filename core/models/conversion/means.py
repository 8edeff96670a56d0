"""The ONNX converter for the nearest class mean."""

from __future__ import annotations

from typing import Any

from onnx import TensorProto

from core.models.conversion.graph import GraphWriter, register_classifier
from core.models.means import ClassMeans


def convert_means(scope: Any, operator: Any, container: Any) -> None:
    """Writes the estimator's steps as nodes of an ONNX graph."""
    means = operator.raw_operator
    graph = GraphWriter(scope, operator, container)
    vectors = graph.node("Cast", graph.vectors, to=TensorProto.DOUBLE)
    products = graph.node("MatMul", vectors, graph.constant(means.coef_.T.copy()))
    graph.finish(products, means.intercept_)


def register() -> None:
    """Adds this converter to skl2onnx's."""
    register_classifier(ClassMeans, convert_means)
