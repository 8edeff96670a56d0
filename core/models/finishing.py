"""The end of a fit: what is known only after the training goes into the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.entities import FitSeconds, FittedModel, ModelCard, TestScore
from core.errors import ClassesUnknownToModel
from core.models import evaluation, modelfile


def score(
    model: modelfile.LoadedModel, vectors: NDArray[np.float32], labels: Sequence[str]
) -> TestScore:
    """Scores a model on photos with labels; those of classes that it does not know are left out, and
    macro F1 is over the classes that the photos have.

    vectors : float32 (n, d); labels : n names of classes. Raises ClassesUnknownToModel.
    """
    classes = model.card.classes
    known = set(classes)
    rows = [row for row, label in enumerate(labels) if label in known]
    if not rows:
        raise ClassesUnknownToModel
    truth = evaluation.positions([labels[row] for row in rows], classes)
    result = evaluation.score(truth, model.answer(vectors[rows]).labels, classes)
    return TestScore(
        n=len(rows),
        accuracy=result.accuracy,
        f1_macro=result.f1_macro,
        left_out=len(labels) - len(rows),
        classes=len(np.unique(truth)),
    )


def complete(
    path: Path, card: ModelCard, seconds: FitSeconds, test: TestScore | None
) -> FittedModel:
    """Writes `read` and `features` of the seconds, and the test's scores, into the model's card."""
    report = card.report
    spent = replace(report.seconds, read=seconds.read, features=seconds.features)
    card = replace(card, report=replace(report, seconds=spent, test=test))
    modelfile.replace_card(path, card)
    return FittedModel(str(path), card)
