"""Measures a model file on photos that were set apart: fruit and vegetables, and packages, which it
was not taught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from core.entities import Certainty, TestScore
from core.models import evaluation
from core.models.baseline.photos import Photos
from core.models.modelfile import LoadedModel
from core.models.prediction import certainty

MIN_AUROC = 0.95
MIN_KNOWN = 0.93
MAX_PACKAGES_SURE = 0.01
MAX_CALIBRATION_ERROR = 0.03


@dataclass(frozen=True)
class Measurement:
    """Shares and errors, each 0–1.

    score, confidence, calibration_error : on photos of taught classes; confidence is the mean
        probability of the class that was named. other_cameras : the score on changed copies of these
        photos. known : the share of these photos that is recognised
        as something taught. packages_unknown : the share of packages that is not; packages_sure : the
        share that is surely named, while the rest is answered with "probably".
    auroc : of the similarity, telling the former from the latter.
    """

    score: TestScore
    other_cameras: TestScore
    confidence: float
    calibration_error: float
    known: float
    packages_unknown: float
    packages_sure: float
    auroc: float

    def missed_targets(self) -> Iterator[str]:
        """One sentence for each value that misses its target (this module's constants)."""
        for name, value, least in (
            ("AUROC", self.auroc, MIN_AUROC),
            ("known", self.known, MIN_KNOWN),
        ):
            if value < least:
                yield f"{name}: {value:.3f}, and {least:g} is the least"
        for name, value, most in (
            ("packages surely named", self.packages_sure, MAX_PACKAGES_SURE),
            ("calibration error", self.calibration_error, MAX_CALIBRATION_ERROR),
        ):
            if value > most:
                yield f"{name}: {value:.3f}, and {most:g} is the most"


def measure(model: LoadedModel, taught: Photos, packages: Photos) -> Measurement:
    """Measures the model. taught : photos of its classes, with copies; packages : photos of other
    things."""
    truth = evaluation.positions(taught.labels, model.card.classes)
    answers, others = model.answer(taught.vectors), model.answer(packages.vectors)
    threshold = model.card.threshold
    said = [
        certainty(model.card, float(similarity), float(probability))
        for similarity, probability in zip(others.similarities, others.scores.max(1), strict=True)
    ]
    return Measurement(
        score=_score(truth, answers.labels),
        other_cameras=_score(
            np.tile(truth, len(taught.copies)), model.answer(np.concatenate(taught.copies)).labels
        ),
        confidence=float(answers.scores.max(1).mean()),
        calibration_error=evaluation.calibration_error(answers.scores, truth),
        known=float((answers.similarities >= threshold).mean()),
        packages_unknown=float((others.similarities < threshold).mean()),
        packages_sure=said.count(Certainty.SURE) / len(said),
        auroc=float(
            roc_auc_score(
                np.repeat([1, 0], [len(answers.similarities), len(others.similarities)]),
                np.concatenate([answers.similarities, others.similarities]),
            )
        ),
    )


def _score(truth: evaluation.Ints, named: NDArray[np.int64]) -> TestScore:
    """Accuracy, and macro F1 over the classes that occur in `truth`."""
    f1_macro = f1_score(truth, named, labels=np.unique(truth), average="macro", zero_division=0)
    accuracy = float(accuracy_score(truth, named))
    return TestScore(len(truth), accuracy, float(f1_macro), classes=len(np.unique(truth)))
