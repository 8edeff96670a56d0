"""Models that have not seen some photos: what a fit's scored model says of those that it was scored on, and a
model for a photo that is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.entities import FitReport, FitSeconds, FittedModel, Recipe
from core.models import evaluation, modelfile
from core.models.training import (
    TrainingSet,
    familiarity_of,
    make_card,
    thresholds_of,
    train_pipeline,
)

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


def fit_unscored(data: TrainingSet, recipe: Recipe, out: Path, seed: int = 0) -> FittedModel:
    """Trains on everything and scores nothing; the model is at `out`. Raises what `training.fit` does."""
    everything = np.arange(len(data.labels))
    pipeline = train_pipeline(data, recipe, everything, seed)
    report = FitReport(
        recipe=recipe,
        classes=data.classes,
        n_train=len(everything),
        n_test=0,
        accuracy=0.0,
        f1_macro=0.0,
        class_scores=(),
        confusion=(),
        seconds=FitSeconds(),
        budget_s=0.0,
        complete=True,
    )
    thresholds = thresholds_of(data, everything, pipeline)
    card = make_card(data, report, thresholds, datetime.now(UTC))
    modelfile.save(pipeline, familiarity_of(data, everything), card, out, synced=False)
    return FittedModel(str(out), card)
