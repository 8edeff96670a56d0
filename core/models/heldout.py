"""What a fit's scored model says of the photos that it was scored on."""

from __future__ import annotations

import numpy as np

from core.entities import Recipe
from core.models import evaluation
from core.models.training import TrainingSet, train_pipeline

UNASKED = -1


def held_out_answers(data: TrainingSet, recipe: Recipe, seed: int) -> evaluation.Ints:
    """The class of each held-out photo, (n,) positions in the classes, UNASKED where it was trained on.

    By the same split and the same training as in `training.fit`, on all photos of its training part:
    the answers that the confusion matrix counts. Raises what `training.fit` does.
    """
    split = evaluation.split(data.labels, data.groups, data.classes, seed)
    parts = [(split.train, split.test)]
    if evaluation.too_few_for_score(data.labels, data.groups, data.classes):
        parts = evaluation.grouped_folds(data.labels, data.groups, seed)
    said = np.full(len(data.labels), UNASKED, np.intp)
    for train, test in parts:
        said[test] = np.ravel(train_pipeline(data, recipe, train, seed).predict(data.vectors[test]))
    return said
