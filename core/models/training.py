"""The fit: from vectors to a scored model file, rung by rung within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from core.entities import (
    CertaintyScore,
    FitOptions,
    FitReport,
    FitSeconds,
    FittedModel,
    LearningCurve,
    ModelCard,
    Progress,
    Recipe,
    Rung,
)
from core.errors import NumbersTooLarge
from core.features.registry import make_extractor
from core.models import evaluation, ladder, modelfile
from core.models.classifiers import is_direct, make_for_curve
from core.models.familiarity import Familiarity, Thresholds, series_thresholds
from core.models.pipelines import gives_probabilities, make_pipeline
from core.models.prediction import certainty
from core.models.rungs import publish, rung_file
from core.recipes import extractor_parameters

Report = Callable[[Progress | FittedModel], None]


@dataclass(frozen=True)
class TrainingSet:
    """vectors : float32 (n, d); labels : (n,) positions in `classes`; groups : (n,), the number of
    each photo's group of duplicates. name, version : of the dataset, for the model's card. is_asked : bool
    (n,), where some vectors are only to learn from: the others give the scale of the probabilities and the
    thresholds. negatives : float32 (m, d), of photos that are none of the classes, where there are some: they
    lift the thresholds."""

    vectors: NDArray[np.float32]
    labels: evaluation.Ints
    groups: evaluation.Ints
    classes: tuple[str, ...]
    name: str
    version: int
    is_asked: NDArray[np.bool_] | None = None
    negatives: NDArray[np.float32] | None = None


def fit(
    data: TrainingSet, recipe: Recipe, options: FitOptions, out: Path, report: Report
) -> FittedModel:
    """Trains on growing parts of four fifths of the photos, scores each model on the remaining
    fifth, then trains once more on everything. Where some class has too few photos for that, a third is
    held out, and in the end the scores come from a cross-validation on all photos.

    After every rung the best model so far is reported, in a file of its own (`core.models.rungs`),
    and remains if the fit is ended at the deadline. The rung of all training photos counts as the
    best even where a smaller one scored higher by chance. A rung that would not end in time is not
    begun, and none before that of all training photos where this one is expected to end soon. The model is published at `out`.

    Raises TooFewClasses, TooFewPhotos, NumbersTooLarge.
    """
    return _Fit(data, recipe, options, out, report).run()


def train_pipeline(data: TrainingSet, recipe: Recipe, rows: evaluation.Ints, seed: int) -> Pipeline:
    """The recipe, fitted on the photos at these positions. Raises NumbersTooLarge."""
    labels = data.labels[rows]
    folds = evaluation.grouped_folds(labels, data.groups[rows], seed)
    if data.is_asked is not None:
        is_asked = data.is_asked[rows]
        folds = [(train, test[is_asked[test]]) for train, test in folds]
    pipeline = make_pipeline(recipe, len(rows), data.vectors.shape[1], seed, folds)
    try:
        return pipeline.fit(data.vectors[rows], labels)
    except ValueError as error:
        # libsvm's kernels overflow, as with degree=10 and gamma=100; scikit-learn has no class for it.
        if "not finite" in str(error):
            raise NumbersTooLarge("gamma, degree, C") from error
        raise


def familiarity_of(data: TrainingSet, rows: evaluation.Ints) -> Familiarity:
    """The familiarity of a model that was trained on the photos at these positions."""
    return Familiarity.of(data.vectors[rows], data.labels[rows], len(data.classes))


def thresholds_of(data: TrainingSet, rows: evaluation.Ints, pipeline: Pipeline) -> Thresholds:
    """The least similarities of known and of surely named photos to a model that was trained on the
    photos at these positions, ascending.

    pipeline : the fitted one, which names the classes that negatives are taken for.
    """
    is_asked = None if data.is_asked is None else data.is_asked[rows]
    thresholds = series_thresholds(
        data.vectors[rows], data.labels[rows], data.groups[rows], len(data.classes), is_asked
    )
    if data.negatives is None or not len(data.negatives):
        return thresholds
    named = np.ravel(pipeline.predict(data.negatives)).astype(np.intp)
    return thresholds.lifted(familiarity_of(data, rows).similarity(data.negatives, named))


def make_card(
    data: TrainingSet, report: FitReport, thresholds: Thresholds, created_at: datetime
) -> ModelCard:
    """The card of a model that was trained on this data."""
    recipe = report.recipe
    return ModelCard(
        format=modelfile.FORMAT,
        classes=data.classes,
        recipe=recipe,
        preprocessing={
            "extractor": make_extractor(recipe).key,
            **extractor_parameters(recipe),
        },
        probabilities=gives_probabilities(recipe),
        threshold=thresholds.known,
        sure_threshold=thresholds.sure,
        report=report,
        dataset=data.name,
        dataset_version=data.version,
        created_at=created_at,
    )


def kept_together(groups: evaluation.Ints) -> int:
    """Number of photos that have a duplicate. groups : (n,)."""
    sizes = np.bincount(np.unique(groups, return_inverse=True)[1])
    return int(sizes[sizes > 1].sum())


class _Fit:
    """One fit under way."""

    def __init__(
        self, data: TrainingSet, recipe: Recipe, options: FitOptions, out: Path, report: Report
    ) -> None:
        self._started = time.perf_counter()
        self._data = data
        self._recipe = recipe
        self._options = options
        self._out = out
        self._report = report
        self._split = evaluation.split(data.labels, data.groups, data.classes, options.seed)
        self._too_few = evaluation.too_few_for_score(data.labels, data.groups, data.classes)
        self._rungs: tuple[Rung, ...] = ()
        self._writing_s = 0.0
        self._saved = 0
        self._best: FittedModel | None = None

    def run(self) -> FittedModel:
        train, parts = self._split.train, self._parts()
        while (number := self._next_part(parts)) is not None:
            self._report(Progress("fit", len(parts[number]), len(train), self._rungs))
            self._fit_rung(train[parts[number]])
        best = self._keep_rungs()
        is_whole = best.card.report.n_train == len(train)
        if is_whole and ladder.can_end(self._rungs, len(self._data.labels), self._left_s):
            self._report(Progress("refit", rungs=self._rungs))
            best = self._refit(best)
            if self._too_few and evaluation.FOLDS * self._rungs[-1].seconds <= self._left_s:
                best = self._cross_validated(best)
        if is_whole and self._options.curve:
            self._report(Progress("curve", rungs=self._rungs))
            best = self._with_curve(best)
        return publish(best, self._out)

    def _parts(self) -> list[evaluation.Ints]:
        data, train = self._data, self._split.train
        return ladder.parts(data.labels[train], data.groups[train], self._options.seed)

    def _next_part(self, parts: Sequence[evaluation.Ints]) -> int | None:
        sizes = [len(part) for part in parts]
        direct = is_direct(self._recipe)
        return ladder.next_part(sizes, self._rungs, self._left_s, is_direct=direct)

    @property
    def _left_s(self) -> float:
        """Seconds for the next rung, with the time that the last model file took set aside."""
        spent = time.perf_counter() - self._started
        return self._options.budget_s - spent - self._writing_s

    def _fit_rung(self, rows: evaluation.Ints) -> None:
        """Fits and scores one rung, and keeps its model unless the best one so far scored higher."""
        started = time.perf_counter()
        pipeline = self._train(rows)
        trained = time.perf_counter()
        test = self._split.test
        named, probabilities = self._answers(pipeline, self._data.vectors[test])
        scores = evaluation.score(self._data.labels[test], named, self._data.classes)
        is_best = (
            self._best is None
            or scores.accuracy >= self._best.card.report.accuracy
            or len(rows) == len(self._split.train)
        )
        ended = time.perf_counter()
        self._rungs += (Rung(len(rows), ended - started, scores.accuracy, scores.f1_macro),)
        if is_best:
            seconds = FitSeconds(fit=trained - started, evaluate=ended - trained)
            fit_report = self._fit_report(len(rows), scores, probabilities, seconds)
            self._best = self._write(pipeline, rows, fit_report, named, probabilities)
            self._writing_s = time.perf_counter() - ended
        best = self._keep_rungs()
        if not is_best:
            modelfile.replace_card(Path(best.path), best.card, synced=False)
        self._report(best)

    def _train(self, rows: evaluation.Ints) -> Pipeline:
        return train_pipeline(self._data, self._recipe, rows, self._options.seed)

    def _answers(
        self, pipeline: Pipeline, vectors: NDArray[np.float32]
    ) -> tuple[evaluation.Ints, NDArray[np.floating] | None]:
        """Labels, (n,), and probabilities, (n, classes), where the recipe has them: computed once, as a
        kernel's sums over thousands of photos take as long as its training."""
        if not gives_probabilities(self._recipe):
            # CatBoost returns labels as a column, (n, 1).
            return np.ravel(pipeline.predict(vectors)), None
        probabilities = pipeline.predict_proba(vectors)
        return pipeline.classes_[probabilities.argmax(1)], probabilities

    def _fit_report(
        self,
        n_train: int,
        scores: evaluation.Scores,
        probabilities: NDArray[np.floating] | None,
        seconds: FitSeconds,
    ) -> FitReport:
        n_available, truth = len(self._split.train), self._data.labels[self._split.test]
        if self._too_few:
            probabilities = None  # They say nothing of how far probabilities are off.
        return FitReport(
            recipe=self._recipe,
            classes=self._data.classes,
            n_train=n_train,
            n_test=len(self._split.test),
            n_available=n_available,
            accuracy=scores.accuracy,
            f1_macro=scores.f1_macro,
            calibration_error=None
            if probabilities is None
            else evaluation.calibration_error(probabilities, truth),
            reliability=()
            if probabilities is None
            else evaluation.reliability(probabilities, truth),
            class_scores=scores.class_scores,
            confusion=scores.confusion,
            seconds=seconds,
            budget_s=self._options.budget_s,
            complete=n_train == n_available and not self._options.curve,
            kept_together=kept_together(self._data.groups),
            too_few=self._too_few,
            rungs=self._rungs,
        )

    def _write(
        self,
        pipeline: Pipeline,
        rows: evaluation.Ints,
        fit_report: FitReport,
        named: evaluation.Ints,
        probabilities: NDArray[np.floating] | None,
    ) -> FittedModel:
        """named, probabilities : the answers to the held-out photos."""
        familiarity = familiarity_of(self._data, rows)
        thresholds = thresholds_of(self._data, rows, pipeline)
        card = make_card(self._data, fit_report, thresholds, datetime.now(UTC))
        if not self._too_few:
            certainties = self._certainties(card, familiarity, named, probabilities)
            card = replace(card, report=replace(fit_report, certainties=certainties))
        return self._save(pipeline, familiarity, card)

    def _certainties(
        self,
        card: ModelCard,
        familiarity: Familiarity,
        named: evaluation.Ints,
        probabilities: NDArray[np.floating] | None,
    ) -> tuple[CertaintyScore, ...]:
        """How certain the model that the card belongs to is of the held-out photos."""
        test = self._split.test
        similarities = familiarity.similarity(self._data.vectors[test], named).tolist()
        likeliest = repeat(None) if probabilities is None else probabilities.max(1).tolist()
        answers = [certainty(card, *one) for one in zip(similarities, likeliest, strict=False)]
        return evaluation.certainty_scores(answers, named == self._data.labels[test])

    def _save(self, pipeline: Pipeline, familiarity: Familiarity, card: ModelCard) -> FittedModel:
        self._saved += 1
        path = rung_file(self._out, self._saved)
        modelfile.save(pipeline, familiarity, card, path, synced=False)
        return FittedModel(str(path), card)

    def _keep_rungs(self) -> FittedModel:
        """The best model so far, with all rungs in its report."""
        if self._best is None:
            raise LookupError("no rung has ended")
        card = self._best.card
        card = replace(card, report=replace(card.report, rungs=self._rungs))
        self._best = replace(self._best, card=card)
        return self._best

    def _refit(self, scored: FittedModel) -> FittedModel:
        """Trains the same recipe on all photos, the held-out ones too. The scores stay those of the
        model that had not seen these."""
        everything = np.arange(len(self._data.labels))
        pipeline = self._train(everything)
        familiarity = familiarity_of(self._data, everything)
        thresholds = thresholds_of(self._data, everything, pipeline)
        card = replace(
            scored.card,
            threshold=thresholds.known,
            sure_threshold=thresholds.sure,
            report=replace(scored.card.report, refitted=True),
        )
        fitted = self._save(pipeline, familiarity, card)
        self._report(fitted)
        return fitted

    def _cross_validated(self, fitted: FittedModel) -> FittedModel:
        """Replaces the scores of a few held-out photos by those of all photos, each held out once."""
        started = time.perf_counter()
        data, n = self._data, len(self._data.labels)
        folds = evaluation.grouped_folds(data.labels, data.groups, self._options.seed)
        named = np.empty(n, np.intp)
        for train, test in folds:
            named[test] = np.ravel(self._train(train).predict(data.vectors[test]))
        scores = evaluation.score(data.labels, named, data.classes)
        seconds = fitted.card.report.seconds
        spent = seconds.evaluate + time.perf_counter() - started
        fit_report = replace(
            fitted.card.report,
            n_train=n,
            n_test=n,
            n_available=n,
            accuracy=scores.accuracy,
            f1_macro=scores.f1_macro,
            class_scores=scores.class_scores,
            confusion=scores.confusion,
            folds=len(folds),
            seconds=replace(seconds, evaluate=spent),
        )
        return self._with_report(fitted, fit_report)

    def _with_curve(self, fitted: FittedModel) -> FittedModel:
        started = time.perf_counter()
        curve = self._curve()
        spent = time.perf_counter() - started
        seconds = fitted.card.report.seconds
        fit_report = replace(
            fitted.card.report,
            complete=True,
            curve=curve,
            seconds=replace(seconds, evaluate=seconds.evaluate + spent),
        )
        return self._with_report(fitted, fit_report)

    def _with_report(self, fitted: FittedModel, fit_report: FitReport) -> FittedModel:
        card = replace(fitted.card, report=fit_report)
        modelfile.replace_card(Path(fitted.path), card, synced=False)
        return replace(fitted, card=card)

    def _curve(self) -> LearningCurve:
        """The learning curve of the uncalibrated classifier, since calibration may take four times
        as long. Calibration changes an SVC's labels too, so its curve lies below the report's score
        (with HOG on val 11 % against 14 % right)."""
        seed, data = self._options.seed, self._data
        # Of few photos, none are left out: the scores do not come from the held-out part either.
        rows = np.arange(len(data.labels)) if self._too_few else self._split.train

        def make_uncalibrated(n_samples: int) -> Pipeline:
            pipeline = make_pipeline(self._recipe, n_samples, data.vectors.shape[1], seed)
            return pipeline.set_params(classifier=make_for_curve(self._recipe, n_samples, seed))

        return evaluation.curve(
            make_uncalibrated, data.vectors[rows], data.labels[rows], data.groups[rows], seed
        )
