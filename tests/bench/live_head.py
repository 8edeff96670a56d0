"""Accuracy and calibration of live models that were taught a few photos of a few classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from threadpoolctl import threadpool_limits

from core.models import evaluation, modelfile
from core.models.live import fit_live
from core.models.training import TrainingSet

CLASSES = (3, 5, 10, 43)
PHOTOS_PER_CLASS = (1, 3, 5, 10, 20)
DRAWS = range(60)
V01_SHRINKAGE = 0.3

Floats = NDArray[np.float32]

NOTES = """
% right, and the calibration error over the answers of all draws: {draws} draws of classes at random, of `train`'s
photos to teach (all where a class has fewer), asked of the classes' photos in `val`. Near duplicates count as taught.
After the dot: % right of version 0.1's features on the same draws, by the nearest class mean at one photo, else by LDA;
and by how much the live model is better, with the standard error over draws."""


@dataclass(frozen=True)
class Labelled:
    """vectors : float32 (n, d), by one recipe; labels : (n,) names; groups : (n,), of near duplicates."""

    vectors: Floats
    labels: NDArray[np.str_]
    groups: NDArray[np.int64]

    def rows(self, rows: NDArray[np.intp]) -> Labelled:
        return Labelled(self.vectors[rows], self.labels[rows], self.groups[rows])


@dataclass(frozen=True)
class Parts:
    """Those that teach, and those that are asked about; by one recipe."""

    train: Labelled
    val: Labelled

    def of_shared_classes(self) -> Parts:
        shared = np.intersect1d(self.train.labels, self.val.labels)
        return Parts(*(part.rows(_rows_of(part, shared)) for part in (self.train, self.val)))

    def draw(self, classes: int, per_class: int, seed: int) -> Parts:
        """So many photos of so many classes teach, and all of these classes are asked about; the same photos by
        any recipe."""
        lesson = drawn(self.train, classes, per_class, seed)
        return Parts(lesson, self.val.rows(_rows_of(self.val, lesson.labels)))


def _rows_of(photos: Labelled, classes: NDArray[np.str_]) -> NDArray[np.intp]:
    return np.flatnonzero(np.isin(photos.labels, classes))


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


def nearest_means(vectors: Floats, labels: NDArray[np.str_], asked: Floats) -> NDArray[np.str_]:
    """The class of each asked vector whose mean is nearest."""
    classes = np.unique(labels)
    means = np.stack([vectors[labels == label].mean(0) for label in classes])
    distances = (means**2).sum(1) - 2 * asked @ means.T
    named: NDArray[np.str_] = classes[distances.argmin(1)]
    return named


def rights_before(parts: Parts) -> NDArray[np.bool_]:
    """Which of the photos version 0.1's heads name rightly."""
    taught, asked = parts.train, parts.val
    if len(taught.labels) == len(np.unique(taught.labels)):
        named = nearest_means(taught.vectors, taught.labels, asked.vectors)
    else:
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=V01_SHRINKAGE)
        named = lda.fit(taught.vectors, taught.labels).predict(asked.vectors)
    rights: NDArray[np.bool_] = named == parts.val.labels
    return rights


def measure(parts: Parts, before: Parts, classes: int, per_class: int) -> str:
    """A cell of the table."""
    scores, truths, rights, gains = [], [], [], []
    for seed in DRAWS:
        now = parts.draw(classes, per_class, seed)
        with TemporaryDirectory() as folder:
            model = taught(now.train, Path(folder) / "model.onnx")
        scores.append(model.answer(now.val.vectors).scores)
        truths.append(evaluation.positions(now.val.labels.tolist(), model.card.classes))
        rights.append(rights_before(before.draw(classes, per_class, seed)))
        gains.append(np.mean(scores[-1].argmax(1) == truths[-1]) - np.mean(rights[-1]))
    probabilities, truth = np.concatenate(scores), np.concatenate(truths)
    right, right_before = np.mean(probabilities.argmax(1) == truth), np.mean(np.concatenate(rights))
    error = evaluation.calibration_error(probabilities, truth)
    gain, doubt = np.mean(gains), np.std(gains) / np.sqrt(len(gains))
    return (
        f"{100 * right:.1f} ({error:.3f}) · {100 * right_before:.1f},"
        f" {100 * gain:+.1f} ± {100 * doubt:.1f}"
    )


def print_table(parts: Parts, before: Parts) -> None:
    """before : the same photos by version 0.1's recipe."""
    parts, before = parts.of_shared_classes(), before.of_shared_classes()
    print(f"\n| the live model: classes | {' | '.join(map(str, PHOTOS_PER_CLASS))} photos |")
    print("|---" * (1 + len(PHOTOS_PER_CLASS)) + "|")
    with threadpool_limits(1):  # as in the workers
        for classes in CLASSES:
            cells = [measure(parts, before, classes, n) for n in PHOTOS_PER_CLASS]
            print(f"| {classes} | {' | '.join(cells)} |", flush=True)
    print(NOTES.format(draws=len(DRAWS)))
