"""Scores from photos that the model never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import parallel_config
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    make_scorer,
    precision_recall_fscore_support,
)
from sklearn.model_selection import StratifiedKFold, learning_curve, train_test_split

from core.entities import ClassScore, LearningCurve
from core.errors import PhotosInSeveralClasses, TooFewClasses, TooFewPhotos, name_counts
from core.recipes import MIN_PHOTOS_PER_CLASS

Ints = NDArray[np.intp]
Fold = tuple[Ints, Ints]

TEST_SHARE = 0.2
CALIBRATION_BINS = 10
FOLDS = 3
CURVE_SHARES = (0.3, 0.6, 0.9)
CURVE_THREADS = 2


@dataclass(frozen=True)
class Split:
    """Positions of the training and of the held-out photos."""

    train: Ints
    test: Ints


@dataclass(frozen=True)
class Scores:
    """Scores on held-out photos, each 0–1. confusion : counts, one row per true class."""

    accuracy: float
    f1_macro: float
    class_scores: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


def positions(labels: Sequence[str], classes: Sequence[str]) -> Ints:
    """(n,) positions of the labels in `classes`."""
    position = {name: i for i, name in enumerate(classes)}
    return np.array([position[label] for label in labels], np.intp)


def split(labels: Ints, groups: Ints, classes: Sequence[str], seed: int) -> Split:
    """Holds out a stratified fifth; photos of one group (duplicates) stay on one side.

    labels, groups : (n,), a photo's class and its group of duplicates. A group counts as one photo of
    its first member's class.

    Raises TooFewClasses, TooFewPhotos, PhotosInSeveralClasses.
    """
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    group_labels = labels[first]
    _check_enough(group_labels, labels, group_of, classes)
    _, held_out = train_test_split(
        np.arange(len(first)), test_size=TEST_SHARE, stratify=group_labels, random_state=seed
    )
    in_test = np.isin(group_of, held_out)
    return Split(train=np.flatnonzero(~in_test), test=np.flatnonzero(in_test))


def _check_enough(group_labels: Ints, labels: Ints, group_of: Ints, classes: Sequence[str]) -> None:
    if len(classes) < 2:
        raise TooFewClasses(label=classes[0])
    counts = np.bincount(group_labels, minlength=len(classes))
    few = {
        label: int(count)
        for label, count in zip(classes, counts, strict=True)
        if count < MIN_PHOTOS_PER_CLASS
    }
    if few:
        raise _too_few(few, labels, group_of, classes)


def _too_few(
    few: Mapping[str, int], labels: Ints, group_of: Ints, classes: Sequence[str]
) -> TooFewPhotos | PhotosInSeveralClasses:
    """The error for these classes; it explains the one that shares the most photos with others."""
    shared = _shared_with_others(labels, group_of)
    n_shared = np.bincount(labels[shared], minlength=len(classes))
    n_shared[[label not in few for label in classes]] = 0
    if not n_shared.any():
        return TooFewPhotos.of(few, MIN_PHOTOS_PER_CLASS)
    position = int(n_shared.argmax())
    mine = labels == position
    others = labels[np.isin(group_of, group_of[mine]) & ~mine]
    return PhotosInSeveralClasses(
        labels=name_counts(few),
        needed=MIN_PHOTOS_PER_CLASS,
        label=classes[position],
        photos=int(mine.sum()),
        shared=int(n_shared[position]),
        other=classes[int(np.bincount(others).argmax())],
    )


def _shared_with_others(labels: Ints, group_of: Ints) -> NDArray[np.bool_]:
    """bool (n,): which photos are in another class too, they or their near duplicates."""
    pairs = np.unique(np.stack([group_of, labels]), axis=1)
    in_several: NDArray[np.bool_] = (np.bincount(pairs[0]) > 1)[group_of]
    return in_several


def score(truth: Ints, predicted: Ints, classes: Sequence[str]) -> Scores:
    """Scores of predictions, (n,) positions in `classes` each; a class never predicted scores 0.

    Macro F1 is the mean over the classes that the photos have, as a class without photos has no recall.
    A held-out part has all classes, another dataset may lack some; a photo that is taken for one of
    those still costs its own class recall.
    """
    labels = np.arange(len(classes))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=0
    )
    return Scores(
        accuracy=float(accuracy_score(truth, predicted)),
        f1_macro=float(f1[support > 0].mean()),
        class_scores=tuple(
            ClassScore(label, float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, label in enumerate(classes)
        ),
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(truth, predicted, labels=labels)
        ),
    )


def calibration_error(probabilities: NDArray[np.floating], truth: Ints) -> float:
    """Expected calibration error, 0–1: the mean difference of confidence and accuracy over bins of
    equal width (Naeini, Cooper and Hauskrecht, 2015).

    Few photos per bin raise it by chance: where the truth is drawn from the default recipe's own
    probabilities for val's 296 photos, it is 0.033 on average with ten bins and 0.040 with fifteen.

    probabilities : (n, classes); truth : (n,) positions.
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == truth
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, right - confidence, CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def curve(
    make_estimator: Callable[[int], BaseEstimator],
    vectors: NDArray[np.float32],
    labels: Ints,
    groups: Ints,
    seed: int,
) -> LearningCurve:
    """Macro F1 against the number of photos, by folds of the training set that keep groups together.

    make_estimator : gets the least number of training photos; its estimator can be fitted on these
        and on more.
    vectors : float32 (n, d); labels, groups : (n,).
    """
    folds = grouped_folds(labels, groups, seed)
    smallest_fold = min(len(train) for train, _ in folds)
    # Two photos, of two classes, are the least that a classifier takes.
    sizes = [max(2, int(share * smallest_fold)) for share in CURVE_SHARES]
    random = np.random.default_rng(seed)
    # Threads are enough: libsvm and the linear algebra release the interpreter's lock.
    with parallel_config("threading", n_jobs=CURVE_THREADS):
        _, train_scores, test_scores = learning_curve(
            make_estimator(sizes[0]),
            vectors,
            labels,
            train_sizes=sizes,
            cv=[(mixed(train, labels, random), test) for train, test in folds],
            scoring=make_scorer(f1_score, average="macro", zero_division=0),
            error_score="raise",
        )
    return LearningCurve(
        train_sizes=tuple(sizes),
        train_scores=tuple(tuple(float(s) for s in row) for row in train_scores),
        test_scores=tuple(tuple(float(s) for s in row) for row in test_scores),
    )


def grouped_folds(labels: Ints, groups: Ints, seed: int, n_folds: int = FOLDS) -> list[Fold]:
    """Stratified folds over groups: positions to train on, and to test on.

    StratifiedGroupKFold does the same in a Python loop over every group and fold, which takes seconds
    at 37 000 photos.
    """
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    held_out = (np.isin(group_of, test) for _, test in folds.split(first, labels[first]))
    return [(np.flatnonzero(~mask), np.flatnonzero(mask)) for mask in held_out]


def mixed(rows: Ints, labels: Ints, random: np.random.Generator) -> Ints:
    """Shuffles the rows so that the first n, for any n, have the classes in about their proportions.

    rows : positions in `labels`. `learning_curve` trains on the first n rows, which after a plain shuffle may be of a single class.
    """
    shuffled = random.permutation(rows)
    place = np.empty(len(rows))
    for label in np.unique(labels[rows]):
        members = np.flatnonzero(labels[shuffled] == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return shuffled[np.argsort(place, kind="stable")]
