"""By how much a model prefers one class to another, as a number for each vector.

For most models this is the difference of the two classes' logits, and for members that are averaged that of
the logarithms of the mean probabilities. A support vector machine decides by votes, which jump; its number
is the decision value of the pair of classes.

Probabilities in float32 say too little: those of an LDA whose logits were not calibrated are 0 and 1. So
values from inside the graph become its outputs, in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from core import sealed
from core.entities import ModelCard, Recipe
from core.recipes import voting_members
from core.sealed import Stored

Floats = NDArray[np.float64]

_LINEAR = ("lda", "logreg", "means", "ridge")
_SMOOTH = (*_LINEAR, "blend", "rbf")


def is_linear(recipe: Recipe) -> bool:
    """True if the preference is a linear function of the vector, whatever the two classes are."""
    if recipe.classifier == "svc":
        return recipe.hyperparameters["svc__kernel"] == "linear"
    return recipe.classifier in _LINEAR


def is_smooth(recipe: Recipe) -> bool:
    """True if the preference has a gradient: trees and neighbours answer by steps, and so does a vote in
    which they or a support vector machine, which votes itself, take part."""
    if recipe.classifier == "voting":
        return set(voting_members(recipe)) <= set(_SMOOTH)
    return recipe.classifier == "svc" or recipe.classifier in _SMOOTH


class Preference:
    """The preference of a model for class `one` to class `other`.

    file : the model's. card : its card, whose recipe `is_smooth`.
    """

    def __init__(self, file: Stored, card: ModelCard, one: str, other: str) -> None:
        self._one, self._other = card.classes.index(one), card.classes.index(other)
        self._classes = len(card.classes)
        self.is_linear = is_linear(card.recipe)
        model = onnx.load_model_from_string(sealed.read(file.path, file.key))
        self._votes = card.recipe.classifier == "svc"
        sources = _decisions(model) if self._votes else _logits(model, card.recipe)
        self._are_logits = bool(sources)
        self._session = _session(model, sources or [model.graph.output[1].name])

    def __call__(self, vectors: NDArray[np.floating]) -> Floats:
        """float64 (n,), above 0 for `one`. vectors : (n, d), as the card's extractor makes them."""
        name, vectors = self._session.get_inputs()[0].name, np.asarray(vectors, np.float32)
        values = self._session.run(None, {name: vectors})
        if self._votes:
            return self._of_pair(np.asarray(values[0], np.float64))
        logarithms = self._log_probabilities([np.asarray(value, np.float64) for value in values])
        difference: Floats = logarithms[:, self._one] - logarithms[:, self._other]
        return difference

    def _of_pair(self, decisions: Floats) -> Floats:
        """The decision value of the two classes. decisions : (n, 2) for two classes, of which the first is
        above 0 for the second class, else (n, pairs), above 0 for the first of a pair."""
        if self._classes == 2:
            return decisions[:, self._other]
        pair = (min(self._one, self._other), max(self._one, self._other))
        column = list(combinations(range(self._classes), 2)).index(pair)
        return decisions[:, column] if self._one < self._other else -decisions[:, column]

    def _log_probabilities(self, values: Sequence[Floats]) -> Floats:
        """(n, classes), up to a number that all classes share. values : each member's logits, or the
        probabilities."""
        if not self._are_logits:
            return np.log(np.maximum(values[0], np.finfo(np.float32).tiny))
        if len(values) == 1:
            return values[0]
        members = np.stack([log_softmax(value, axis=1) for value in values])
        mean: Floats = logsumexp(members, axis=0)
        return mean


def _logits(model: onnx.ModelProto, recipe: Recipe) -> list[str]:
    """The names of all members' logits; none if one is not computed by a softmax, as those of a
    logistic regression of two classes, whose probabilities are precise enough."""
    found = [node.input[0] for node in model.graph.node if node.op_type == "Softmax"]
    members = 2 if recipe.classifier == "blend" else len(voting_members(recipe)) or 1
    return found if len(found) == members else []


def _decisions(model: onnx.ModelProto) -> list[str]:
    """The name of a support vector machine's decision values."""
    return [node.output[1] for node in model.graph.node if node.op_type == "SVMClassifier"]


def _session(model: onnx.ModelProto, outputs: Sequence[str]) -> onnxruntime.InferenceSession:
    """The model with these outputs alone, on one thread."""
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # no warnings about what its optimizer removes
    content = model.SerializeToString()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
