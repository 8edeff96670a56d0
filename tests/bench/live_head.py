"""Accuracy and calibration of live models that were taught a few photos of a few classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.models import evaluation, modelfile
from core.models.live import fit_live
from core.models.training import TrainingSet

CLASSES = (3, 5, 10, 43)
PHOTOS_PER_CLASS = (1, 3, 5, 10, 20)
DRAWS = range(60)

NOTES = """
% right, and the calibration error over the answers of all draws: {draws} draws of classes at random, of `train`'s
photos to teach (all where a class has fewer), asked of the classes' photos in `val`. Near duplicates count as taught."""


@dataclass(frozen=True)
class Labelled:
    """vectors : float32 (n, d), by the default recipe; labels : (n,) names; groups : (n,), of near duplicates."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.str_]
    groups: NDArray[np.int64]

    def rows(self, rows: NDArray[np.intp]) -> Labelled:
        return Labelled(self.vectors[rows], self.labels[rows], self.groups[rows])


def taught(photos: Labelled, out: Path) -> modelfile.LoadedModel:
    """The live model of these photos, at `out`."""
    classes = tuple(np.unique(photos.labels).tolist())
    labels = evaluation.positions(photos.labels.tolist(), classes)
    fit_live(TrainingSet(photos.vectors, labels, photos.groups, classes, "few", 1), out)
    return modelfile.load(out)


def drawn(train: Labelled, classes: int, per_class: int, seed: int) -> Labelled:
    """This many photos of each of so many classes."""
    random = np.random.default_rng([seed, classes])
    chosen = random.choice(np.unique(train.labels), classes, replace=False)
    order = random.permutation(len(train.labels))
    rows = [order[train.labels[order] == name][:per_class] for name in chosen]
    return train.rows(np.sort(np.concatenate(rows)))


def measure(train: Labelled, val: Labelled, classes: int, per_class: int) -> str:
    """A cell of the table."""
    scores, truths = [], []
    for seed in DRAWS:
        lesson = drawn(train, classes, per_class, seed)
        with TemporaryDirectory() as folder:
            model = taught(lesson, Path(folder) / "model.onnx")
        asked = val.rows(np.flatnonzero(np.isin(val.labels, model.card.classes)))
        scores.append(model.answer(asked.vectors).scores)
        truths.append(evaluation.positions(asked.labels.tolist(), model.card.classes))
    probabilities, truth = np.concatenate(scores), np.concatenate(truths)
    right = 100 * np.mean(probabilities.argmax(1) == truth)
    return f"{right:.1f} ({evaluation.calibration_error(probabilities, truth):.3f})"


def print_table(train: Labelled, val: Labelled) -> None:
    shared = np.intersect1d(train.labels, val.labels)
    train, val = (part.rows(np.flatnonzero(np.isin(part.labels, shared))) for part in (train, val))
    print(f"\n| the live model: classes | {' | '.join(map(str, PHOTOS_PER_CLASS))} photos |")
    print("|---" * (1 + len(PHOTOS_PER_CLASS)) + "|")
    with threadpool_limits(1):  # as in the workers
        for classes in CLASSES:
            cells = [measure(train, val, classes, n) for n in PHOTOS_PER_CLASS]
            print(f"| {classes} | {' | '.join(cells)} |", flush=True)
    print(NOTES.format(draws=len(DRAWS)))
