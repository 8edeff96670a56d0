"""The baseline's training, scored by cross-validation over groups of near duplicates.

It learns from changed copies of the photos too (`cameras`), as every chat starts with it, and people's
phones, light and tables are not those of the shop. They cost passes of the network, so users' models learn
from their photos alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.entities import FitReport, FitSeconds, ModelCard, Origin, Recipe, TestScore
from core.models import evaluation, modelfile, training
from core.models.baseline.photos import Photos
from core.models.training import TrainingSet
from core.photos.duplicates import near_groups
from core.recipes import make_recipe

RECIPE = make_recipe(classifier="lda")
COPIES = 2
"""Changed copies of each photo. Measured on features of two views, trained on `train`: with 0, 1, 2 and 3 copies
58.8, 67.9, 70.1 and 70.6 % of val's photos are named rightly as another phone would have taken them, 29, 35,
33 and 32 of 50 studio pictures, and of 100 packages 96, 98, 90 and 87 are something else. Taught val too, the
model surely names 2 of the packages with three copies, and none with two."""

FOLDS = 5
SEED = 0
VERSION = 1
# Fixed, not the time of the build, so that the same photos give the same bytes.
CREATED_AT = datetime(2026, 11, 24, tzinfo=UTC)
ORIGIN = Origin(
    name="Grocery Store Dataset",
    url="https://github.com/marcusklasson/GroceryStoreDataset",
    licence="MIT",
    citation=(
        "Marcus Klasson, Cheng Zhang, Hedvig Kjellström: A Hierarchical Grocery Store Image Dataset "
        "with Visual and Semantic Labels. IEEE Winter Conference on Applications of Computer Vision "
        "(WACV), 2019"
    ),
)


def write_model(
    photos: Photos,
    out: Path,
    test: TestScore | None = None,
    other_cameras: TestScore | None = None,
    recipe: Recipe = RECIPE,
) -> ModelCard:
    """Trains on all of the photos and their copies, and writes the model, its card inside and beside it.

    test, other_cameras : for the card, the scores of the same recipe on photos that were set apart, and on
        changed copies of these, trained without them.

    The same photos give the same bytes, on machines with the same arithmetic.
    """
    data = _training_set(photos)
    everything = np.arange(len(data.labels))
    pipeline = training.train_pipeline(data, recipe, everything, SEED)
    thresholds = training.thresholds_of(data, everything, pipeline)
    judged = _judge_by_folds(data, recipe, len(photos.examples))
    report = replace(_report(data, recipe, judged), test=test, other_cameras=other_cameras)
    card = training.make_card(data, report, thresholds, CREATED_AT)
    card = replace(card, origin=ORIGIN)
    modelfile.save(pipeline, training.familiarity_of(data, everything), card, out)
    return card


@dataclass(frozen=True)
class _Judged:
    """Answers for n photos, by models that had not seen them.

    named : (n,) positions of classes; probabilities : (n, classes).
    """

    named: evaluation.Ints
    probabilities: NDArray[np.float64]


def _training_set(photos: Photos) -> TrainingSet:
    """The photos first, then their copies; a copy is a near duplicate of its photo.

    The scale of the probabilities and the thresholds are those of the photos alone. With their first
    copies the model is too unsure (of three copies each: a calibration error of 0.053 on val instead
    of 0.026), and the thresholds so low that drawn shapes and a third of the packages are probably fruit.
    """
    classes = tuple(sorted(set(photos.labels)))
    times = 1 + len(photos.copies)
    groups = near_groups([example.photo for example in photos.examples])
    return TrainingSet(
        vectors=np.concatenate([photos.vectors, *photos.copies]),
        labels=np.tile(evaluation.positions(photos.labels, classes), times),
        groups=np.tile(groups, times),
        classes=classes,
        name=ORIGIN.name,
        version=VERSION,
        is_asked=np.arange(len(groups) * times) < len(groups),
    )


def _judge_by_folds(data: TrainingSet, recipe: Recipe, n: int) -> _Judged:
    """Answers for the first n, which are photos and no copies."""
    judged = _Judged(
        named=np.empty(n, np.intp),
        probabilities=np.empty((n, len(data.classes))),
    )
    for train, test in evaluation.grouped_folds(data.labels, data.groups, SEED, FOLDS):
        pipeline = training.train_pipeline(data, recipe, train, SEED)
        test = test[test < n]
        vectors = data.vectors[test]
        judged.named[test] = pipeline.predict(vectors)
        judged.probabilities[test] = pipeline.predict_proba(vectors)
    return judged


def _report(data: TrainingSet, recipe: Recipe, judged: _Judged) -> FitReport:
    n = len(judged.named)
    labels, groups = data.labels[:n], data.groups[:n]
    scores = evaluation.score(labels, judged.named, data.classes)
    return FitReport(
        recipe=recipe,
        classes=data.classes,
        n_train=n,
        n_test=n,
        n_available=n,
        accuracy=scores.accuracy,
        f1_macro=scores.f1_macro,
        class_scores=scores.class_scores,
        confusion=scores.confusion,
        calibration_error=evaluation.calibration_error(judged.probabilities, labels),
        # Seconds would differ from build to build.
        seconds=FitSeconds(),
        budget_s=0.0,
        complete=True,
        refitted=True,
        kept_together=training.kept_together(groups),
        folds=FOLDS,
    )
