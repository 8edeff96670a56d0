"""The fit: from vectors to a scored model file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from core.entities import (
    FitOptions,
    FitReport,
    FitSeconds,
    FittedModel,
    ModelCard,
    Progress,
    Recipe,
    Rung,
)
from core.features.registry import make_extractor
from core.models import evaluation, modelfile
from core.models.pipelines import gives_probabilities, make_classifier, make_pipeline
from core.recipes import step_parameters

Report = Callable[[Progress | FittedModel], None]


@dataclass(frozen=True)
class TrainingSet:
    """vectors : float32 (n, d); labels : (n,) positions in `classes`; groups : (n,) of duplicates."""

    vectors: NDArray[np.float32]
    labels: evaluation.Ints
    groups: evaluation.Ints
    classes: tuple[str, ...]
    name: str
    version: int


def fit(
    data: TrainingSet, recipe: Recipe, options: FitOptions, out: Path, report: Report
) -> FittedModel:
    """Trains on four fifths, scores on the rest, and writes the model to `out`.

    The model is reported as soon as it is written, before the learning curve: whoever ends this at
    the deadline keeps it. Until the curve is there its report is not complete.

    Raises TooFewClasses, TooFewPhotos.
    """
    started = time.perf_counter()
    split = evaluation.split(data.labels, data.groups, data.classes, options.seed)
    report(Progress("fit"))
    pipeline = _train(data, recipe, split.train, options.seed)
    trained = time.perf_counter()
    report(Progress("evaluate"))
    scores = evaluation.score(
        data.labels[split.test], pipeline.predict(data.vectors[split.test]), data.classes
    )
    ended = time.perf_counter()
    fit_report = FitReport(
        recipe=recipe,
        classes=data.classes,
        n_train=len(split.train),
        n_test=len(split.test),
        accuracy=scores.accuracy,
        f1_macro=scores.f1_macro,
        class_scores=scores.class_scores,
        confusion=scores.confusion,
        seconds=FitSeconds(fit=trained - started, evaluate=ended - trained),
        budget_s=options.budget_s,
        complete=not options.curve,
        kept_together=_kept_together(data.groups),
        rungs=(Rung(len(split.train), ended - started, scores.accuracy, scores.f1_macro),),
    )
    fitted = _write(pipeline, data, fit_report, out)
    report(fitted)
    if not options.curve:
        return fitted
    report(Progress("curve"))
    return _write(pipeline, data, _with_curve(fit_report, data, split, options.seed), out)


def _train(data: TrainingSet, recipe: Recipe, rows: evaluation.Ints, seed: int) -> Pipeline:
    vectors = data.vectors[rows]
    pipeline = make_pipeline(recipe, len(vectors), vectors.shape[1], seed)
    return pipeline.fit(vectors, data.labels[rows])


def _with_curve(
    fit_report: FitReport, data: TrainingSet, split: evaluation.Split, seed: int
) -> FitReport:
    """The curve is of the classifier before its calibration, which hardly moves a label and would
    take four times as long."""
    started = time.perf_counter()
    rows = split.train
    recipe = fit_report.recipe

    def make_uncalibrated(n_samples: int) -> Pipeline:
        pipeline = make_pipeline(recipe, n_samples, data.vectors.shape[1], seed)
        return pipeline.set_params(classifier=make_classifier(recipe))

    curve = evaluation.curve(
        make_uncalibrated, data.vectors[rows], data.labels[rows], data.groups[rows], seed
    )
    seconds = fit_report.seconds
    spent = time.perf_counter() - started
    return replace(
        fit_report,
        complete=True,
        curve=curve,
        seconds=replace(seconds, evaluate=seconds.evaluate + spent),
    )


def _write(pipeline: Pipeline, data: TrainingSet, fit_report: FitReport, out: Path) -> FittedModel:
    recipe = fit_report.recipe
    card = ModelCard(
        format=modelfile.FORMAT,
        classes=data.classes,
        recipe=recipe,
        preprocessing={
            "extractor": make_extractor(recipe).key,
            **step_parameters(recipe, recipe.features),
        },
        probabilities=gives_probabilities(recipe),
        report=fit_report,
        dataset=data.name,
        dataset_version=data.version,
        created_at=datetime.now(UTC),
    )
    modelfile.save(pipeline, card, out)
    return FittedModel(str(out), card)


def _kept_together(groups: Sequence[int] | NDArray[np.intp]) -> int:
    """How many photos are in a group of duplicates."""
    sizes = np.bincount(np.unique(groups, return_inverse=True)[1])
    return int(sizes[sizes > 1].sum())
