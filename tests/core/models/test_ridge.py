"""Ridge regressions, linear and with a Gaussian kernel: their definitions, and calibrated
probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

from core.models import regression
from core.models.calibration import best_scale
from core.models.conversion import to_onnx_model
from core.models.evaluation import Fold, Ints, calibration_error, grouped_folds
from core.models.rbf import EXACT_PHOTOS, LANDMARKS, CalibratedRBF
from core.models.regression import Dual, Primal, Targets
from core.models.ridge import CalibratedRidge, RegressionClassifier

GAMMA, RIDGE = 1.0, 0.1

Vectors = NDArray[np.float32]
MakeClassifier = Callable[..., RegressionClassifier]

both_classifiers = pytest.mark.parametrize("make", [CalibratedRidge, CalibratedRBF])


def make_points(classes: int, n: int, seed: int = 0, dimension: int = 40) -> tuple[Vectors, Ints]:
    """Clouds that overlap, of vectors of length 1 far from the origin, as a network's features are."""
    labels = np.arange(n) % classes
    centres = np.random.default_rng(1).normal(size=(classes, dimension)) * 2 / dimension**0.5
    vectors = np.random.default_rng(seed).normal(size=(n, dimension)) + centres[labels] + 1
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def folds_of(labels: Ints) -> list[Fold]:
    return grouped_folds(labels, np.arange(len(labels)), seed=0)


def directions(vectors: Vectors, center: Vectors) -> NDArray[np.float64]:
    moved = vectors.astype(np.float64) - center
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def kernel(ones: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    distances = ((ones[:, None] - others[None]) ** 2).sum(2)
    return np.exp(-GAMMA * distances)


def rbf_scores(
    vectors: Vectors, labels: Ints, asked: Vectors, center: Vectors
) -> NDArray[np.float64]:
    """Scores, float64 (asked, classes), by the definition, without any rounding."""
    targets = np.eye(labels.max() + 1)[labels]
    taught = directions(vectors, center)
    system = kernel(taught, taught) + RIDGE * np.eye(len(labels))
    coefficients = np.linalg.solve(system, targets - targets.mean(0))
    return kernel(directions(asked, center), taught) @ coefficients + targets.mean(0)


def in_onnx(model: RegressionClassifier, vectors: Vectors) -> tuple[Ints, Vectors]:
    graph = to_onnx_model(Pipeline([("classifier", model)]), vectors.shape[1])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return tuple(session.run(None, {session.get_inputs()[0].name: vectors}))


def assert_onnx_agrees(model: RegressionClassifier, vectors: Vectors) -> None:
    labels, probabilities = in_onnx(model, vectors)
    np.testing.assert_array_equal(labels, model.predict(vectors))
    np.testing.assert_allclose(probabilities, model.predict_proba(vectors), rtol=0, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_with_a_kernel_it_is_the_direct_computation_and_float16_costs_nothing(classes: int) -> None:
    vectors, labels = make_points(classes, 150)
    unseen, _ = make_points(classes, 200, seed=5)
    model = CalibratedRBF(GAMMA, RIDGE).fit(vectors, labels)
    assert model.vectors_.dtype == np.float16
    expected = rbf_scores(vectors, labels, unseen, vectors.mean(0))
    np.testing.assert_allclose(model.predict_proba(unseen), softmax(expected, axis=1), atol=1e-3)
    assert np.mean(model.predict(unseen) == expected.argmax(1)) > 0.99


@pytest.mark.parametrize("n", [60, 200])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_the_linear_one_is_scikit_learns(classes: int, n: int) -> None:
    """With fewer points than dimensions, and with more; its targets are -1 and 1 there."""
    vectors, labels = make_points(classes, n, dimension=100)
    unseen, _ = make_points(classes, 200, seed=5, dimension=100)
    ours = CalibratedRidge(RIDGE).fit(vectors, labels)
    theirs = RidgeClassifier(alpha=RIDGE).fit(vectors.astype(np.float64), labels)
    expected = theirs.decision_function(unseen)
    # Twice the score less 1; the first of two classes has the opposite score.
    halved = expected if classes == 2 else expected / 2
    np.testing.assert_allclose(
        ours.decision_function(unseen), halved + (0 if classes == 2 else 0.5), atol=1e-3
    )


@both_classifiers
@pytest.mark.parametrize("n", [60, 300])
def test_the_scale_is_that_of_models_which_did_not_see_the_fold(
    make: MakeClassifier, n: int
) -> None:
    vectors, labels = make_points(3, n, dimension=100)
    folds = folds_of(labels)
    plain = make().fit(vectors, labels)
    logits = np.concatenate([_refitted(make, plain, vectors, labels, fold) for fold in folds])
    scale = best_scale(logits, np.concatenate([labels[test] for _, test in folds]))
    scaled = make(folds=folds).fit(vectors, labels)
    np.testing.assert_allclose(
        scaled.decision_function(vectors), plain.decision_function(vectors) * scale, rtol=2e-3
    )


def _refitted(
    make: MakeClassifier, whole: RegressionClassifier, vectors: Vectors, labels: Ints, fold: Fold
) -> NDArray[np.floating]:
    """The held-out logits of a fit of its own, which keeps the mean of all vectors."""
    train, test = fold
    if make is CalibratedRBF:
        return rbf_scores(vectors[train], labels[train], vectors[test], whole.center_)
    targets = np.eye(labels.max() + 1)[labels[train]]
    moved = vectors - whole.center_
    system = moved[train].T @ moved[train] + RIDGE * np.eye(vectors.shape[1])
    weights = np.linalg.solve(system, moved[train].T @ (targets - targets.mean(0)))
    return moved[test] @ weights + targets.mean(0)


def test_both_ways_give_the_same_logits_also_for_a_class_that_a_fold_lacks() -> None:
    vectors, labels = make_points(4, 80, dimension=100)
    labels[0] = 4
    moved = vectors - vectors.mean(0)
    targets = Targets(labels, 5, folds_of(labels % 4))
    dual = Dual(moved @ moved.T, targets, RIDGE)
    primal = Primal(lambda rows: moved[rows], np.eye(100), targets, RIDGE)
    np.testing.assert_allclose(
        primal.solve().coefficients, moved.T @ dual.solve().coefficients, atol=1e-4
    )
    for fold in range(3):
        ones, others = dual.held_out_logits(fold), primal.held_out_logits(fold)
        np.testing.assert_allclose(ones, others, atol=1e-4)


def test_the_calibration_asks_about_photos_evenly_spaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "ASKED_PHOTOS", 3)
    folds = [(np.arange(7, 14), np.arange(7)), (np.arange(7), np.arange(7, 9))]
    asked: Sequence[Ints] = Targets(np.zeros(14, int), 1, folds).asked
    assert [rows.tolist() for rows in asked] == [[0, 3, 6], [7, 8]]


@both_classifiers
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_calibration_lowers_the_loss_on_points_it_never_saw(
    make: MakeClassifier, classes: int
) -> None:
    vectors, labels = make_points(classes, 210, dimension=100)
    unseen, truth = make_points(classes, 2000, seed=5, dimension=100)
    plain = make().fit(vectors, labels).predict_proba(unseen)
    scaled = make(folds=folds_of(labels)).fit(vectors, labels).predict_proba(unseen)
    assert log_loss(truth, scaled) < log_loss(truth, plain)
    assert calibration_error(scaled, truth) < 0.6 * calibration_error(plain, truth)


@both_classifiers
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_onnx_agrees_with_calibrated_probabilities(make: MakeClassifier, classes: int) -> None:
    vectors, labels = make_points(classes, 300, dimension=300)
    model = make(folds=folds_of(labels)).fit(vectors, labels)
    assert_onnx_agrees(model, make_points(classes, 500, seed=5, dimension=300)[0])


@pytest.fixture(scope="module")
def many() -> tuple[Vectors, Ints]:
    return make_points(5, EXACT_PHOTOS + 500)


def test_above_the_limit_landmarks_answer_as_well_as_all(many: tuple[Vectors, Ints]) -> None:
    vectors, labels = many
    unseen, truth = make_points(5, 1000, seed=5)
    model = CalibratedRBF(folds=folds_of(labels)).fit(vectors, labels)
    assert model.vectors_.shape == (LANDMARKS, 40)
    exact = rbf_scores(vectors[:1500], labels[:1500], unseen, vectors.mean(0)).argmax(1)
    assert model.score(unseen, truth) > np.mean(exact == truth) - 0.01
    assert calibration_error(model.predict_proba(unseen), truth) < 0.1
    assert_onnx_agrees(model, unseen)


def test_the_seed_decides_the_landmarks(many: tuple[Vectors, Ints]) -> None:
    one, same, other = (CalibratedRBF(seed=seed).fit(*many).vectors_ for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_at_the_limit_every_photo_is_kept(many: tuple[Vectors, Ints]) -> None:
    vectors, labels = (part[:EXACT_PHOTOS] for part in many)
    assert len(CalibratedRBF().fit(vectors, labels).vectors_) == EXACT_PHOTOS


@pytest.mark.parametrize("n", [400, EXACT_PHOTOS + 1])
@pytest.mark.parametrize("make", [CalibratedRidge, lambda: CalibratedRBF(ridge=0.0001)])
def test_copies_of_a_few_photos_still_give_a_model(make: MakeClassifier, n: int) -> None:
    points, named = make_points(4, 40)
    copied = np.arange(n) % 40
    model = make().fit(points[copied], named[copied])
    assert np.isfinite(model.predict_proba(points)).all()
    assert model.score(points, named) > 0.9


@both_classifiers
@pytest.mark.parametrize("length", [0.0, 1.0])
def test_points_that_do_not_differ_give_the_classes_shares(
    make: MakeClassifier, length: float
) -> None:
    vectors, labels = np.full((4, 9), length, np.float32), np.array([0, 0, 0, 1])
    model = make().fit(vectors, labels)
    expected = softmax([[0.75, 0.25]], axis=1)
    np.testing.assert_allclose(model.predict_proba(vectors[:1]), expected, atol=1e-6)
    assert_onnx_agrees(model, vectors)


@both_classifiers
def test_it_can_be_cloned_and_keeps_the_classes_names(make: MakeClassifier) -> None:
    vectors, labels = make_points(2, 40)
    model = clone(make(folds=folds_of(labels))).fit(vectors, np.array(["pear", "apple"])[labels])
    assert model.classes_.tolist() == ["apple", "pear"]
    assert set(model.predict(vectors)) == {"apple", "pear"}
    assert ((model.decision_function(vectors) > 0) == (model.predict(vectors) == "pear")).all()
