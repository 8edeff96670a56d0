"""The ONNX converter for the "one against the rest" scores of an SVM's pairwise decisions.

skl2onnx 1.20 writes three nodes per pair of classes: 3 003 for 43 classes, whose conversion took
1.2 s of a fit's ten, and 10 000 for 81. Here the same sums are two matrix products.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from skl2onnx.common._registration import register_converter


def pair_signs(n_classes: int) -> NDArray[np.float32]:
    """float32 (pairs, n_classes): -1 at a pair's first class and +1 at its second, in the pairs' order."""
    pairs = list(combinations(range(n_classes), 2))
    signs = np.zeros((len(pairs), n_classes), np.float32)
    for row, (first, second) in enumerate(pairs):
        signs[row, first], signs[row, second] = -1, 1
    return signs


def convert_ovr_decision_function(scope: Any, operator: Any, container: Any) -> None:
    """Writes scikit-learn's `_ovr_decision_function`: votes + confidence / (3 (|confidence| + 1)).

    inputs : predictions, 1 where a pair's second class wins, and confidences, both (n, pairs).
    """
    predictions, confidences = (variable.full_name for variable in operator.inputs)
    n_classes = len(operator.raw_operator.classes_)
    signs = pair_signs(n_classes)

    def constant(name: str, value: NDArray[np.float32]) -> str:
        unique = scope.get_unique_variable_name(name)
        container.add_initializer(
            unique, TensorProto.FLOAT, list(value.shape), value.ravel().tolist()
        )
        return str(unique)

    def node(kind: str, *inputs: str, output: str | None = None) -> str:
        result = output or scope.get_unique_variable_name(f"ovr_{kind}")
        container.add_node(
            kind, list(inputs), result, op_version=13, name=scope.get_unique_operator_name(kind)
        )
        return str(result)

    pairs = constant("ovr_pairs", signs)
    # A class starts with one vote for each pair that it is the first of, and loses one per lost pair.
    won = constant("ovr_won", np.arange(n_classes - 1, -1, -1, dtype=np.float32))
    one, three = (
        constant("ovr_one", np.ones(1, np.float32)),
        constant("ovr_three", np.full(1, 3, np.float32)),
    )

    votes = node("Add", node("MatMul", predictions, pairs), won)
    confidence = node("MatMul", confidences, pairs)
    scale = node("Mul", node("Add", node("Abs", confidence), one), three)
    node("Add", votes, node("Div", confidence, scale), output=operator.outputs[0].full_name)


def register() -> None:
    """Puts this converter in place of skl2onnx's."""
    register_converter("SklearnOVRDecisionFunction", convert_ovr_decision_function, overwrite=True)
