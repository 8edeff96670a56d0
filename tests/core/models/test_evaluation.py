"""The split, the scores and the learning curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from core.entities import Certainty, CertaintyScore
from core.errors import PhotosInSeveralClasses, TooFewClasses, TooFewPhotos
from core.models.evaluation import (
    CURVE_SHARES,
    FOLDS,
    Ints,
    Split,
    calibration_error,
    certainty_scores,
    curve,
    grouped_folds,
    reliability,
    score,
    series_parts,
    split,
    too_few_for_score,
)


def labels_of(*counts: int) -> Ints:
    return np.repeat(np.arange(len(counts)), counts)


def split_of(labels: Ints, groups: Ints | None = None, seed: int = 0) -> Split:
    classes = [f"class {i}" for i in range(labels.max() + 1)]
    return split(labels, np.arange(len(labels)) if groups is None else groups, classes, seed)


def test_every_photo_is_on_one_side_and_a_fifth_of_each_class_held_out() -> None:
    labels = labels_of(50, 100, 25)
    sides = split_of(labels)
    assert sorted([*sides.train, *sides.test]) == list(range(175))
    assert np.bincount(labels[sides.test]).tolist() == [10, 20, 5]


def test_the_seed_decides_the_split() -> None:
    labels = labels_of(30, 30)
    assert split_of(labels, seed=1).test.tolist() == split_of(labels, seed=1).test.tolist()
    assert split_of(labels, seed=1).test.tolist() != split_of(labels, seed=2).test.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_duplicates_are_never_on_both_sides(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = labels_of(60, 60, 60)
    groups = random.integers(0, 70, len(labels)) * 3 + labels  # several copies, one class
    sides = split_of(labels, groups, seed)
    assert not set(groups[sides.train]) & set(groups[sides.test])
    assert len(sides.train) + len(sides.test) == len(labels)
    assert set(labels[sides.test]) == {0, 1, 2}


def test_duplicates_in_two_classes_stay_together_too() -> None:
    labels = labels_of(10, 10)
    groups = np.arange(20)
    groups[10] = 0
    for seed in range(10):
        sides = split_of(labels, groups, seed)
        assert (0 in sides.test) == (10 in sides.test)


def test_one_class_is_too_few_and_named() -> None:
    with pytest.raises(TooFewClasses, match=r"only one class \(class 0\)"):
        split_of(labels_of(30))


def test_a_class_with_too_few_photos_is_named_with_its_count_and_the_need() -> None:
    with pytest.raises(TooFewPhotos) as caught:
        split_of(labels_of(5, 2, 9))
    assert (caught.value.labels, caught.value.needed) == ("class 1 (2)", 3)


def test_copies_of_one_photo_count_as_one() -> None:
    with pytest.raises(TooFewPhotos) as caught:
        split_of(labels_of(5, 50), np.minimum(np.arange(55), 6))
    assert caught.value.labels == "class 1 (2)"


def test_a_class_whose_photos_others_have_too_is_explained() -> None:
    labels = labels_of(6, 6, 8, 8)
    groups = np.arange(28)
    groups[20:26] = groups[:6]  # six photos of class 3 are in class 0 too
    groups[26] = groups[12]
    with pytest.raises(PhotosInSeveralClasses) as caught:
        split_of(labels, groups)
    error = caught.value
    assert (error.labels, error.needed) == ("class 3 (1)", 3)
    assert (error.label, error.photos, error.shared, error.other) == ("class 3", 8, 7, "class 0")
    assert "class 3 shares 7 of its 8 photos with other classes, such as class 0" in str(error)


def test_a_class_that_is_small_by_itself_is_not_explained_by_others_copies() -> None:
    labels = labels_of(9, 9, 2)
    groups = np.arange(20)
    groups[9] = 0
    with pytest.raises(TooFewPhotos, match=r"class 2 \(2\)"):
        split_of(labels, groups)


def test_of_many_such_classes_the_first_are_named() -> None:
    with pytest.raises(TooFewPhotos) as caught:
        split_of(labels_of(*[1] * 7, 5))
    assert caught.value.labels.startswith("class 0 (1), class 1 (1)")
    assert caught.value.labels.endswith(", … (+2)")


def test_the_fewest_photos_of_which_a_fifth_can_be_held_out() -> None:
    sides = split_of(labels_of(5, 5))
    assert (len(sides.train), len(sides.test)) == (8, 2)


@pytest.mark.parametrize("counts", [(3, 3), (4, 3, 3), (3, 3, 3, 3, 3), (3, 200), (4, 5, 30)])
def test_of_few_photos_each_class_has_some_on_either_side(counts: tuple[int, ...]) -> None:
    labels = labels_of(*counts)
    sides = split_of(labels)
    assert sorted([*sides.train, *sides.test]) == list(range(len(labels)))
    assert np.bincount(labels[sides.train]).min() >= 2
    assert np.bincount(labels[sides.test], minlength=len(counts)).min() >= 1


def test_classes_of_too_few_photos_for_a_score_are_named() -> None:
    labels = labels_of(5, 4, 9)
    names = ["apple", "pear", "plum"]
    assert too_few_for_score(labels, np.arange(18), names) == ("pear",)
    copies = np.append(np.arange(17), 15)
    copies[0] = 1
    assert too_few_for_score(labels, copies, names) == ("apple", "pear")


@pytest.mark.parametrize(("photos", "n_folds"), [(2, 2), (3, 3), (9, 3)])
def test_there_are_no_more_folds_than_photos_of_a_class(photos: int, n_folds: int) -> None:
    labels = labels_of(20, photos)
    folds = grouped_folds(labels, np.arange(len(labels)), seed=0)
    assert len(folds) == n_folds
    for train, test in folds:
        assert set(labels[train]) == set(labels[test]) == {0, 1}


def test_scores_are_those_of_the_confusion() -> None:
    truth, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    scores = score(truth, predicted, ["a", "b", "c"])
    assert scores.confusion == ((2, 1, 0), (0, 2, 0), (1, 0, 0))
    assert scores.accuracy == pytest.approx(4 / 6)
    a, b, c = scores.class_scores
    assert (a.label, a.precision, a.recall, a.support) == (
        "a",
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        3,
    )
    assert (b.precision, b.recall) == (pytest.approx(2 / 3), 1.0)
    assert (c.precision, c.recall, c.f1, c.support) == (0.0, 0.0, 0.0, 1)
    assert scores.f1_macro == pytest.approx((2 / 3 + 0.8 + 0) / 3)


def test_macro_f1_is_over_the_classes_that_the_photos_have() -> None:
    truth = np.array([0, 0, 1, 1])
    assert score(truth, truth, ["a", "b", "c"]).f1_macro == 1
    missed = score(truth, np.array([0, 0, 1, 2]), ["a", "b", "c"])
    assert missed.f1_macro == pytest.approx((1 + 2 / 3) / 2)
    assert [s.support for s in missed.class_scores] == [2, 2, 0]


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        ([1.0, 1.0, 1.0, 1.0], [1, 1, 1, 1], 0.0),
        ([1.0, 1.0, 1.0, 1.0], [1, 1, 0, 0], 0.5),
        ([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 0.0),  # as sure as it may be
        ([0.6, 0.6, 0.9, 0.9], [0, 0, 1, 1], (2 * 0.6 + 2 * 0.1) / 4),  # of two bins
        ([0.501, 0.529], [0, 1], (0.529 - 0.5 + 0.501 - 0.5) / 2),  # of one, where they cancel out
    ],
)
def test_the_calibration_error_is_how_far_confidence_and_accuracy_lie_apart(
    confidences: list[float], right: list[int], error: float
) -> None:
    probabilities = np.array([[confidence, 1 - confidence] for confidence in confidences])
    truth = 1 - np.array(right)
    assert calibration_error(probabilities, truth) == pytest.approx(error)


def test_the_bins_of_a_reliability_diagram_hold_all_photos() -> None:
    confidences = np.array([0.62, 0.68, 0.91, 1.0, 1.0])
    probabilities = np.stack([confidences, 1 - confidences], axis=1)
    low, high = reliability(probabilities, np.array([1, 0, 0, 0, 0]))
    assert (low.n, low.right) == (2, 0.5)
    assert low.confidence == pytest.approx(0.65)
    assert (high.n, high.right) == (3, 1.0)


def test_answers_are_counted_by_their_certainty() -> None:
    answers = [Certainty.SURE, Certainty.UNKNOWN, Certainty.SURE]
    assert certainty_scores(answers, np.array([True, False, False])) == (
        CertaintyScore(Certainty.SURE, 2, 1),
        CertaintyScore(Certainty.UNKNOWN, 1, 0),
    )


def test_folds_hold_out_every_photo_once_with_its_duplicates() -> None:
    labels = labels_of(40, 20)
    groups = np.arange(60) // 2
    folds = grouped_folds(labels, groups, seed=0)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(60))
    for train, test in folds:
        assert sorted([*train, *test]) == list(range(60))
        assert not set(groups[train]) & set(groups[test])
        assert np.bincount(labels[test]) == pytest.approx([40 / FOLDS, 20 / FOLDS], abs=2)


def test_parts_of_a_class_are_contiguous_whatever_lies_between_its_photos() -> None:
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 0, 0])
    assert series_parts(labels, np.arange(9), 3).tolist() == [0, 0, 0, 1, 1, 2, 1, 2, 2]


def test_a_group_is_in_the_part_of_its_first_photo() -> None:
    labels, groups = labels_of(6, 3), np.array([7, 5, 7, 3, 2, 1, 9, 7, 8])
    # Class 0 has the groups 7, 5, 3, 2, 1 in this order; the photo of class 1 in group 7 follows it.
    assert series_parts(labels, groups, 3).tolist() == [0, 0, 0, 1, 1, 2, 0, 0, 1]


def curve_sizes(counts: Sequence[int], groups: Ints | None = None) -> tuple[int, ...]:
    labels = labels_of(*counts)
    vectors = np.random.default_rng(0).normal(labels[:, None], 0.1, (len(labels), 2))
    groups = np.arange(len(labels)) if groups is None else groups
    result = curve(lambda n: LogisticRegression(), vectors.astype(np.float32), labels, groups, 0)
    for rows in (result.train_scores, result.test_scores):
        assert np.shape(rows) == (len(CURVE_SHARES), FOLDS)
        assert np.isfinite(rows).all()
        assert np.min(rows) >= 0
        assert np.max(rows) <= 1
    return result.train_sizes


def test_a_curve_has_a_row_a_share_and_a_column_a_fold() -> None:
    assert curve_sizes([90, 90]) == (36, 72, 108)


@pytest.mark.parametrize("photos", [4, 5, 6, 7])
def test_the_curve_of_the_smallest_training_set_has_all_its_scores(photos: int) -> None:
    sizes = curve_sizes([photos, photos])
    assert sizes[0] >= 2


@pytest.mark.parametrize("counts", [(3, 3), (4, 3), (3, 3, 3, 3, 3), (7, 3), (200, 3)])
def test_few_photos_have_a_curve_too(counts: tuple[int, ...]) -> None:
    """Of sizes that differ, each with two classes or more, whichever they are."""
    labels = labels_of(*counts)
    vectors = np.random.default_rng(0).normal(size=(len(labels), 2)).astype(np.float32)
    for seed in range(5):
        result = curve(
            lambda n: LogisticRegression(), vectors, labels, np.arange(len(labels)), seed
        )
        assert list(result.train_sizes) == sorted(set(result.train_sizes))
        assert np.shape(result.test_scores) == (len(result.train_sizes), FOLDS)
        assert np.isfinite(result.test_scores).all()


def test_the_estimator_is_made_for_the_smallest_part_that_it_will_see() -> None:
    labels = labels_of(30, 30)
    groups = np.minimum(np.arange(60), 40)  # the last twenty are one photo, in one fold
    asked: list[int] = []

    def make(n: int) -> KNeighborsClassifier:
        asked.append(n)
        return KNeighborsClassifier(n_neighbors=n)  # fails on fewer than n

    result = curve(make, np.random.default_rng(0).random((60, 2), np.float32), labels, groups, 0)
    assert asked == [result.train_sizes[0]]


def test_every_beginning_that_a_curve_trains_on_has_every_class() -> None:
    labels = labels_of(40, 8, 8)
    seen: list[int] = []

    class Watching(LogisticRegression):
        def fit(self, x: np.ndarray, y: np.ndarray) -> Watching:
            seen.append(len(set(y)))
            super().fit(x, y)
            return self

    vectors = np.random.default_rng(0).random((56, 2), np.float32)
    curve(lambda n: Watching(), vectors, labels, np.arange(56), 0)
    assert seen == [3] * len(CURVE_SHARES) * FOLDS


def test_a_class_of_one_group_is_in_one_of_two_folds() -> None:
    labels = np.array([0] * 6 + [1] * 3 + [2, 2])
    groups = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9])
    folds = grouped_folds(labels, groups, seed=0)
    assert [sum(row in test for _, test in folds) for row in range(11)] == [1] * 11
    assert len(folds) == 2
