"""The live model: trained in a moment on the few photos that a chat has taught so far.

There is no ladder and no budget: everything is trained on, and the score comes from models that had not seen
the photo that they are asked about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

from core.entities import FitReport, FitSeconds, FittedModel, Origin, Recipe
from core.errors import TooFewClasses
from core.models import evaluation, modelfile, training
from core.models.evaluation import Fold, Ints
from core.models.pipelines import make_pipeline
from core.models.training import TrainingSet
from core.recipes import make_recipe

SEED = 0
# Up to so many different photos, each is held out alone.
MOST_HELD_OUT_ALONE = 24
FOLDS = 5
SCORED_PHOTOS = 1000
"""Of more photos the live model claims no score: five more fits would keep its owner waiting, and `/fit`
tells it."""


def fit_live(data: TrainingSet, out: Path, origin: Origin | None = None) -> FittedModel:
    """Trains on everything; the model is at `out`. Raises TooFewClasses, NumbersTooLarge.

    origin : for the card, the source of photos that are not the owner's.

    Its report says of how many photos the answers were checked (`n_test`): of none where some class has a
    single photo, near duplicates counted once.
    """
    if len(data.classes) < 2:
        raise TooFewClasses(label=data.classes[0])
    everything = np.arange(len(data.labels))
    pipeline, recipe = _train(data, everything)
    card = training.make_card(
        data,
        _report(data, recipe),
        training.thresholds_of(data, everything),
        datetime.now(UTC),
    )
    card = replace(card, origin=origin)
    modelfile.save(pipeline, training.familiarity_of(data, everything), card, out, synced=False)
    return FittedModel(str(out), card)


def _train(data: TrainingSet, rows: Ints) -> tuple[Pipeline, Recipe]:
    """The default recipe, or the classes' means where some class has a single photo.

    Beside what the baseline was taught the default recipe stands one photo of a class: with one of milk, it
    is right on 98 % of `val`'s fruit and vegetables, and the means on 85, with a calibration error of 0.42.
    """
    is_extension = data.is_asked is not None
    if is_extension or _fewest(data.labels[rows], data.groups[rows], len(data.classes)) > 1:
        recipe = make_recipe()
        return training.train_pipeline(data, recipe, rows, SEED), recipe
    recipe = make_recipe(classifier="means")
    pipeline = make_pipeline(recipe, len(rows), data.vectors.shape[1], SEED)
    return pipeline.fit(data.vectors[rows], data.labels[rows]), recipe


def _fewest(labels: Ints, groups: Ints, n_classes: int) -> int:
    """The number of different photos of the class that has the fewest."""
    _, first = np.unique(groups, return_index=True)
    return int(np.bincount(labels[first], minlength=n_classes).min())


def _report(data: TrainingSet, recipe: Recipe) -> FitReport:
    folds = _folds(data)
    named = np.full(len(data.labels), -1)
    for train, test in folds:
        named[test] = _train(data, train)[0].predict(data.vectors[test])
    asked = np.flatnonzero(named >= 0)
    scores = evaluation.score(data.labels[asked], named[asked], data.classes)
    return FitReport(
        recipe=recipe,
        classes=data.classes,
        n_train=len(data.labels),
        n_test=len(asked),
        n_available=len(data.labels),
        accuracy=scores.accuracy,
        f1_macro=scores.f1_macro,
        class_scores=scores.class_scores,
        confusion=scores.confusion,
        seconds=FitSeconds(),
        budget_s=0.0,
        complete=True,
        refitted=True,
        kept_together=training.kept_together(data.groups),
        folds=len(folds),
        too_few=evaluation.too_few_for_score(data.labels, data.groups, data.classes),
    )


def _folds(data: TrainingSet) -> list[Fold]:
    """One different photo at a time, of more photos fifths; none where a class would be left without."""
    groups = np.unique(data.groups)
    if _fewest(data.labels, data.groups, len(data.classes)) < 2 or len(data.labels) > SCORED_PHOTOS:
        return []
    if len(groups) > MOST_HELD_OUT_ALONE:
        return evaluation.grouped_folds(data.labels, data.groups, SEED, FOLDS)
    held_out = (data.groups == group for group in groups)
    return [(np.flatnonzero(~mask), np.flatnonzero(mask)) for mask in held_out]
