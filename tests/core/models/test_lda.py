"""The calibrated LDA: scikit-learn's coefficients, and probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import log_loss

from core.models.discriminants import LEAST_SHRINKAGE, _ByCovariance, _ByProducts
from core.models.evaluation import Ints, calibration_error, grouped_folds
from core.models.lda import CalibratedLDA, best_scale

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


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_without_folds_it_is_scikit_learns(classes: int, shrinkage: float) -> None:
    vectors, labels = make_points(classes, 200, seed=0)
    ours = CalibratedLDA(shrinkage).fit(vectors, labels)
    theirs = LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage=max(shrinkage, LEAST_SHRINKAGE)
    ).fit(vectors, labels)
    assert ours.coef_.shape == theirs.coef_.shape
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        ours.predict_proba(vectors), theirs.predict_proba(vectors), atol=1e-4
    )


@pytest.mark.parametrize("shrinkage", [0.1, 0.3, 1.0])
def test_with_fewer_points_than_dimensions_too(shrinkage: float) -> None:
    vectors, labels = make_points(4, 60, seed=0, dimension=150)
    ours = CalibratedLDA(shrinkage).fit(vectors, labels)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(vectors, labels)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n", [60, 140, 160, 400])
def test_both_ways_give_the_same_logits(n: int) -> None:
    """A class of few points is absent from a fold's training part now and then: both take it alike."""
    vectors, labels = make_points(5, n, seed=0, dimension=150)
    labels[0] = 5
    folds = grouped_folds(labels % 5, np.arange(n), seed=0)
    data = (vectors.astype(np.float32), labels, 6, SHRINKAGE, folds)
    products, covariance = _ByProducts(*data), _ByCovariance(*data)
    np.testing.assert_allclose(
        products.solve().weights, covariance.solve().weights, rtol=1e-3, atol=1e-3
    )
    for fold in range(len(folds)):
        ones, others = products.held_out_logits(fold), covariance.held_out_logits(fold)
        np.testing.assert_allclose(ones[:, :5], others[:, :5], rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("n", [40, 120, 200])
def test_without_shrinkage_few_points_still_give_a_model(n: int) -> None:
    vectors, labels = make_points(4, n, seed=0, dimension=100)
    folds = grouped_folds(labels, np.arange(n), seed=0)
    probabilities = CalibratedLDA(0.0, folds).fit(vectors, labels).predict_proba(vectors)
    assert np.isfinite(probabilities).all()


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_folds_change_no_label(classes: int) -> None:
    vectors, labels = make_points(classes, 200, seed=0)
    plain = CalibratedLDA(SHRINKAGE).fit(vectors, labels)
    np.testing.assert_array_equal(
        calibrated(vectors, labels).predict(vectors), plain.predict(vectors)
    )


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_calibration_lowers_the_loss_on_points_it_never_saw(classes: int) -> None:
    """With fewer points than dimensions, as a network's features of a few photos are, an LDA is far
    too sure of itself."""
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


def test_a_class_that_a_fold_holds_whole_is_no_division_by_zero() -> None:
    vectors, labels = make_points(3, 60, seed=0)
    holds_a_class = [(np.flatnonzero(labels != 0), np.flatnonzero(labels == 0))]
    assert np.isfinite(CalibratedLDA(SHRINKAGE, holds_a_class).fit(vectors, labels).coef_).all()


def test_it_can_be_cloned_with_its_parameters() -> None:
    lda = CalibratedLDA(0.7, folds=[(np.arange(2), np.arange(2, 4))])
    assert clone(lda).get_params()["shrinkage"] == 0.7
    assert len(clone(lda).folds) == 1
