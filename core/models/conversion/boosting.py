"""Boosted trees of LightGBM and CatBoost as ONNX graphs in the form of all other classifiers'.

Both packages are the extra `boosting`, so they are imported only where a model of theirs is
converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.base import BaseEstimator

from core.models.conversion.trees import round_down


def is_boosted(classifier: BaseEstimator) -> bool:
    """True for an estimator of LightGBM or CatBoost; imports neither."""
    return _library(classifier) in ("lightgbm", "catboost")


def to_onnx_model(classifier: BaseEstimator, opsets: Mapping[str, int]) -> onnx.ModelProto:
    """The graph of a fitted LGBMClassifier or CatBoostClassifier: float32 (n, d) in, labels int64
    (n,) and probabilities float32 (n, classes) out."""
    if _library(classifier) == "catboost":
        return _normalised(_from_catboost(classifier), opsets)
    return _normalised(_from_lightgbm(classifier, opsets[""]), opsets)


def _library(classifier: BaseEstimator) -> str:
    return type(classifier).__module__.partition(".")[0]


def _from_lightgbm(classifier: BaseEstimator, opset: int) -> onnx.ModelProto:
    from lightgbm import Booster
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    booster = Booster(model_str=_round_thresholds_down(classifier.booster_.model_to_string()))
    inputs = [("vectors", FloatTensorType([None, classifier.n_features_in_]))]
    model: onnx.ModelProto = convert_lightgbm(
        booster, initial_types=inputs, zipmap=False, target_opset=opset
    )
    return model


def _round_thresholds_down(model: str) -> str:
    """LightGBM's text format with every threshold rounded down to float32. ONNX would round some of
    them up, to a feature's value that is above the threshold."""

    def rounded(line: re.Match[str]) -> str:
        thresholds = round_down(np.array(line[1].split(), np.float64))
        return "threshold=" + " ".join(repr(float(value)) for value in thresholds)

    # `tree_sizes` counts bytes of the former text; without it LightGBM reads tree by tree.
    model = re.sub(r"(?m)^tree_sizes=.*\n", "", model)
    return re.sub(r"(?m)^threshold=(.*)$", rounded, model)


def _from_catboost(classifier: BaseEstimator) -> onnx.ModelProto:
    from catboost.utils import convert_to_onnx_object

    model: onnx.ModelProto = convert_to_onnx_object(classifier)
    return model


def _normalised(model: onnx.ModelProto, opsets: Mapping[str, int]) -> onnx.ModelProto:
    """The same graph whose outputs are arrays of any length, not a list of dictionaries."""
    graph = model.graph
    labels, scores = (output.name for output in graph.output)
    for node in [node for node in graph.node if node.op_type == "ZipMap"]:
        scores = node.input[0]
        graph.node.remove(node)
    del graph.output[:], model.opset_import[:]
    graph.output.append(helper.make_tensor_value_info(labels, TensorProto.INT64, [None]))
    graph.output.append(helper.make_tensor_value_info(scores, TensorProto.FLOAT, [None, None]))
    model.opset_import.extend(helper.make_opsetid(*opset) for opset in opsets.items())
    return model
