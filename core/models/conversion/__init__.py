"""A fitted pipeline → an ONNX graph, whichever library trained it."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
from onnx import TensorProto, compose, helper
from skl2onnx import to_onnx
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline

from core.models.conversion import boosting, kernels, linear, means, ovr, trees

ovr.register()
linear.register()
kernels.register()
means.register()
trees.register()

# The newest opsets that every converter here writes; only graphs of the same opsets can be chained.
OPSETS = {"": 15, "ai.onnx.ml": 3}


def to_onnx_model(pipeline: Pipeline, n_features: int) -> onnx.ModelProto:
    """The graph of a pipeline of `core.models.pipelines`, fitted on vectors and labels 0…n.

    n_features : length of a vector. The graph takes float32 (n, n_features) and gives the labels,
    int64 (n,), and the scores, float32 (n, classes).
    """
    classifier = pipeline[-1]
    if not boosting.is_boosted(classifier):
        return _with_float32_scores(_convert(pipeline, n_features))
    graph = boosting.to_onnx_model(classifier, OPSETS)
    return _chain(_convert(pipeline[:-1], n_features), graph) if len(pipeline) > 1 else graph


def _convert(estimator: BaseEstimator, n_features: int) -> onnx.ModelProto:
    with warnings.catch_warnings():
        # The converter reads probA_ and probB_, which scikit-learn 1.9 deprecates.
        warnings.simplefilter("ignore", FutureWarning)
        model: onnx.ModelProto = to_onnx(
            estimator,
            np.zeros((1, n_features), np.float32),
            options=_options(estimator),
            target_opset=OPSETS,
        )
    return model


def _options(estimator: BaseEstimator) -> dict[int, dict[str, object]]:
    """Converter options that give scores as one array, for a nested classifier too."""
    if not is_classifier(estimator):
        return {}
    nested = _options(estimator[-1]) if isinstance(estimator, Pipeline) else {}
    return {id(estimator): {"zipmap": False}, **nested}


def _with_float32_scores(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph; scores that were computed in float64 are rounded at the end."""
    scores = model.graph.output[1]
    if scores.type.tensor_type.elem_type == TensorProto.DOUBLE:
        rounded = helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)
        model.graph.node.append(
            helper.make_node("Cast", [scores.name], [rounded.name], to=TensorProto.FLOAT)
        )
        scores.CopyFrom(rounded)
    return model


def _chain(reducer: onnx.ModelProto, classifier: onnx.ModelProto) -> onnx.ModelProto:
    """The classifier's graph fed by the reducer's."""
    classifier = compose.add_prefix(classifier, "classifier_")
    classifier.ir_version = reducer.ir_version
    link = (reducer.graph.output[0].name, classifier.graph.input[0].name)
    chained: onnx.ModelProto = compose.merge_models(reducer, classifier, io_map=[link])
    return chained
