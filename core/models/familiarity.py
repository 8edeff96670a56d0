"""The similarity of a photo to what the model was taught, and its threshold for "something else".

A photo's similarity is the cosine between its vector and the mean of the class that the classifier
names, with the mean of all training vectors subtracted from both. Below the threshold, the photo is
"something else".

Chosen by measurement on the Grocery Store photos: models were taught the fruit and vegetables of
`train` and asked about `val`, whose packages they were not taught (lite2 at 320 without a focus;
thresholds that accept 95 % of the photos held out in five random folds; measured by a script on these
features, not by this module):

| score | AUROC | fruit and vegetables known | packages not known |
|---|---|---|---|
| this one | 0.987 | 94.9 % | 98.0 % |
| largest logit of the LDA | 0.990 | 61.2 % | 100 % |
| cosine to the nearest class mean, centred | 0.909 | 94.9 % | 40.0 % |
| cosine to the fifth nearest training photo | 0.978 | 78.6 % | 100 % |

The thresholds of the other scores fit held-out photos that were taken of the same store shelves as
the training photos, and do not carry over to photos of another day. With the focus that became the
default, `python -m core.models.baseline` measures 0.992, 93.9 % and 98.0 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.evaluation import Ints

# The share of held-out photos that a threshold accepts.
ACCEPTED_SHARE = 0.95
_EPSILON = 1e-12


@dataclass(frozen=True)
class Familiarity:
    """center : float32 (d,), mean of the training vectors. directions : float32 (classes, d), the
    classes' means with the center subtracted, each normalised to length 1."""

    center: NDArray[np.float32]
    directions: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32], labels: Ints, n_classes: int) -> Familiarity:
        """vectors : float32 (n, d); labels : (n,) positions of classes, each of which occurs."""
        one_hot = np.zeros((len(labels), n_classes), np.float32)
        one_hot[np.arange(len(labels)), labels] = 1
        center = vectors.mean(0)
        means = (one_hot.T @ vectors) / one_hot.sum(0)[:, None] - center
        return cls(center, _unit(means))

    def similarity(self, vectors: NDArray[np.float32], named: Ints) -> NDArray[np.float32]:
        """Cosines, float32 (n,), -1 to 1, between vectors, (n, d), and the classes that they were
        named, (n,)."""
        cosines: NDArray[np.float32] = np.einsum(
            "nd,nd->n", _unit(vectors - self.center), self.directions[named]
        )
        return cosines

    def threshold(self, vectors: NDArray[np.float32], named: Ints) -> float:
        """The similarity that ACCEPTED_SHARE of these held-out photos reach."""
        return threshold_of(self.similarity(vectors, named))

    def append_to(self, model: onnx.ModelProto) -> None:
        """Gives a classifier's graph a third output, `similarity`, float32 (n,).

        The graph takes vectors (n, d) and gives the labels, int64 (n,), first.
        """
        graph = model.graph
        vectors, labels = graph.input[0].name, graph.output[0].name
        graph.initializer.extend(
            [
                numpy_helper.from_array(self.center, "familiarity_center"),
                numpy_helper.from_array(self.directions.T.copy(), "familiarity_directions"),
                numpy_helper.from_array(np.array([1], np.int64), "familiarity_axis"),
            ]
        )
        graph.node.extend(
            [
                helper.make_node("Sub", [vectors, "familiarity_center"], ["familiarity_moved"]),
                helper.make_node(
                    "LpNormalization", ["familiarity_moved"], ["familiarity_unit"], axis=1, p=2
                ),
                helper.make_node(
                    "MatMul", ["familiarity_unit", "familiarity_directions"], ["familiarity_all"]
                ),
                helper.make_node("Unsqueeze", [labels, "familiarity_axis"], ["familiarity_column"]),
                helper.make_node(
                    "GatherElements",
                    ["familiarity_all", "familiarity_column"],
                    ["familiarity_named"],
                    axis=1,
                ),
                helper.make_node(
                    "Squeeze", ["familiarity_named", "familiarity_axis"], ["similarity"]
                ),
            ]
        )
        graph.output.append(helper.make_tensor_value_info("similarity", TensorProto.FLOAT, [None]))


def threshold_of(similarities: NDArray[np.float32]) -> float:
    """The value that ACCEPTED_SHARE of the similarities of held-out photos, (n,), reach."""
    return float(np.quantile(similarities, 1 - ACCEPTED_SHARE))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(lengths, _EPSILON)
    return scaled
