"""The calibrated LDA: scikit-learn's coefficients, and calibrated probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import log_loss

from core.models.calibration import best_scale
from core.models.discriminants import COVARIANCE_VECTORS, ByCovariance, ByProducts, Points
from core.models.evaluation import Ints, calibration_error, grouped_folds
from core.models.lda import CalibratedLDA

SHRINKAGE = 0.3

Vectors = NDArray[np.float64]


def make_points(classes: int, n: int, seed: int, dimension: int = 40) -> tuple[Vectors, Ints]:
    """Clouds that overlap."""
    labels = np.arange(n) % classes
    centres = np.random.default_rng(1).normal(size=(classes, dimension)) * 2 / dimension**0.5
    return np.random.default_rng(seed).normal(size=(n, dimension)) + centres[labels], labels


def calibrated(vectors: Vectors, labels: Ints) -> CalibratedLDA:
    folds = grouped_folds(labels, np.arange(len(labels)), seed=0)
    return CalibratedLDA(SHRINKAGE, folds).fit(vectors, labels)


def centred(rows: Vectors) -> Vectors:
    """Subtracts what all classes have in common, which changes no probability; one row stays as it
    is."""
    return rows - rows.mean(0) if len(rows) > 1 else rows


def assert_alike(ours: CalibratedLDA, theirs: LinearDiscriminantAnalysis) -> None:
    for name in ("coef_", "intercept_"):
        one, other = (centred(getattr(model, name)) for model in (ours, theirs))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_without_folds_it_is_scikit_learns(classes: int, shrinkage: float) -> None:
    vectors, labels = make_points(classes, 200, seed=0)
    ours = CalibratedLDA(shrinkage).fit(vectors, labels)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(vectors, labels)
    assert ours.coef_.shape == theirs.coef_.shape
    assert_alike(ours, theirs)
    np.testing.assert_allclose(
        ours.predict_proba(vectors), theirs.predict_proba(vectors), atol=1e-4
    )


@pytest.mark.parametrize("shrinkage", [0.1, 0.3, 1.0])
def test_with_fewer_points_than_dimensions_too(shrinkage: float) -> None:
    vectors, labels = make_points(4, 60, seed=0, dimension=150)
    ours = CalibratedLDA(shrinkage).fit(vectors, labels)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(vectors, labels)
    assert_alike(ours, theirs)


@pytest.mark.parametrize("offset", [0.0, 1000.0])
@pytest.mark.parametrize("n", [60, 140, 160, 400])
def test_both_ways_give_the_logits_of_float64(n: int, offset: float) -> None:
    """Wherever the points lie, and for a class of one point, which a fold's training part lacks."""
    vectors, labels = make_points(5, n, seed=0, dimension=150)
    vectors += offset / 150**0.5
    labels[0] = 5
    folds = grouped_folds(labels % 5, np.arange(n), seed=0)
    assert any(5 not in labels[train] for train, _ in folds)
    points = Points.of(vectors.astype(np.float32), labels, 6, folds)
    products, covariance = ByProducts(points, SHRINKAGE), ByCovariance(points, SHRINKAGE)
    expected = exact_logits(vectors, labels, vectors)
    for model in (products.solve(), covariance.solve()):
        logits = vectors @ model.weights.T.astype(np.float64) + model.biases
        np.testing.assert_allclose(centred(logits.T).T, expected, atol=0.02)
    for number, (train, test) in enumerate(folds):
        ones, others = products.held_out_logits(number), covariance.held_out_logits(number)
        np.testing.assert_allclose(ones, others, rtol=1e-3, atol=3e-3)
        expected = exact_logits(vectors[train], labels[train], vectors[test])
        seen = ones[:, np.unique(labels[train])]
        np.testing.assert_allclose(centred(seen.T).T, expected, atol=0.02)


def exact_logits(vectors: Vectors, labels: Ints, asked: Vectors) -> Vectors:
    """Logits, float64 (asked, classes that occur), by the definition."""
    classes, positions, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.array([vectors[labels == label].mean(0) for label in classes])
    within = vectors - means[positions]
    covariance = within.T @ within / len(labels)
    ridge = SHRINKAGE * np.trace(covariance) / len(covariance)
    shrunk = (1 - SHRINKAGE) * covariance + ridge * np.eye(len(covariance))
    weights = np.linalg.solve(shrunk, means.T).T
    biases = np.log(counts / len(labels)) - 0.5 * np.einsum("cd,cd->c", weights, means)
    return centred((asked @ weights.T + biases).T).T


@pytest.mark.parametrize("n", [40, 120, 200])
def test_without_shrinkage_few_points_still_give_a_model(n: int) -> None:
    vectors, labels = make_points(4, n, seed=0, dimension=100)
    folds = grouped_folds(labels, np.arange(n), seed=0)
    model = CalibratedLDA(0.0, folds).fit(vectors, labels)
    assert np.isfinite(model.predict_proba(vectors)).all()
    assert model.score(vectors, labels) > 0.5  # chance is 0.25


@pytest.mark.parametrize("n", [4, 8, 300])
@pytest.mark.parametrize("spread", [0.0, 1e-9])
def test_points_that_do_not_differ_within_their_class_are_told_apart(n: int, spread: float) -> None:
    """As where a curve's first step has one photo per class."""
    points, labels = make_points(4, n, seed=0, dimension=100)
    vectors = points[:4][labels] + spread * points
    assert CalibratedLDA(SHRINKAGE).fit(vectors, labels).score(vectors, labels) == 1


def test_points_that_do_not_differ_at_all_give_the_classes_shares() -> None:
    labels = np.array([0, 0, 0, 1])
    probabilities = CalibratedLDA(SHRINKAGE).fit(np.ones((4, 9)), labels).predict_proba([[1.0] * 9])
    np.testing.assert_allclose(probabilities, [[0.75, 0.25]], atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_folds_change_no_label(classes: int) -> None:
    vectors, labels = make_points(classes, 200, seed=0)
    plain = CalibratedLDA(SHRINKAGE).fit(vectors, labels)
    np.testing.assert_array_equal(
        calibrated(vectors, labels).predict(vectors), plain.predict(vectors)
    )


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_calibration_lowers_the_loss_on_points_it_never_saw(classes: int) -> None:
    """With fewer points than dimensions, as for a network's features of a few photos, an LDA is far
    too confident."""
    vectors, labels = make_points(classes, 120, seed=0, dimension=200)
    unseen, truth = make_points(classes, 2000, seed=5, dimension=200)
    plain = CalibratedLDA(SHRINKAGE).fit(vectors, labels).predict_proba(unseen)
    scaled = calibrated(vectors, labels).predict_proba(unseen)
    assert log_loss(truth, scaled) < log_loss(truth, plain)
    assert calibration_error(scaled, truth) < calibration_error(plain, truth) / 2


def test_the_folds_models_come_from_the_whole_less_the_fold() -> None:
    """The scale is the one that separate fits on the folds' training parts give."""
    vectors, labels = make_points(3, 150, seed=0)
    folds = grouped_folds(labels, np.arange(150), seed=0)
    logits, truth = [], []
    for train, test in folds:
        fold = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
        logits.append(fold.fit(vectors[train], labels[train]).decision_function(vectors[test]))
        truth.append(labels[test])
    scale = best_scale(np.concatenate(logits), np.concatenate(truth))
    plain = CalibratedLDA(SHRINKAGE).fit(vectors, labels)
    np.testing.assert_allclose(
        CalibratedLDA(SHRINKAGE, folds).fit(vectors, labels).coef_, plain.coef_ * scale, rtol=1e-3
    )


def test_of_many_points_some_give_the_covariance_and_all_the_means() -> None:
    vectors, labels = make_points(3, 2 * COVARIANCE_VECTORS, seed=0, dimension=20)
    ours = CalibratedLDA(SHRINKAGE).fit(vectors, labels)
    covariance = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
    covariance.fit(vectors[::2], labels[::2])
    means = np.stack([vectors[labels == label].mean(0) for label in range(3)])
    expected = np.linalg.solve(covariance.covariance_, means.T).T
    np.testing.assert_allclose(centred(ours.coef_), centred(expected), atol=1e-4)


def test_a_class_that_a_fold_holds_whole_is_no_division_by_zero() -> None:
    vectors, labels = make_points(3, 60, seed=0)
    holds_a_class = [(np.flatnonzero(labels != 0), np.flatnonzero(labels == 0))]
    assert np.isfinite(CalibratedLDA(SHRINKAGE, holds_a_class).fit(vectors, labels).coef_).all()


def test_it_can_be_cloned_with_its_parameters() -> None:
    lda = CalibratedLDA(0.7, folds=[(np.arange(2), np.arange(2, 4))])
    assert clone(lda).get_params()["shrinkage"] == 0.7
    assert len(clone(lda).folds) == 1


@pytest.mark.parametrize("solver", [ByCovariance, ByProducts])
def test_a_folds_model_learns_nothing_of_copies_that_the_fold_leaves_out_untested(
    solver: type[ByCovariance] | type[ByProducts],
) -> None:
    vectors, labels = make_points(3, 120, seed=0)
    twice, both = np.concatenate([vectors, vectors + 0.01]), np.tile(labels, 2)
    groups = np.tile(np.arange(len(labels)), 2)
    folds = [(train, test[test < len(labels)]) for train, test in grouped_folds(both, groups, 0)]
    points = Points.of(twice.astype(np.float32), both, 3, folds)
    for number, (train, test) in enumerate(folds):
        alone = CalibratedLDA(SHRINKAGE).fit(twice[train], both[train])
        ours = centred(solver(points, SHRINKAGE).held_out_logits(number).T)
        theirs = centred(alone.decision_function(twice[test]).T)
        np.testing.assert_allclose(ours, theirs, atol=2e-2)
