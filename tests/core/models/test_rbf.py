"""Ridge regression with a Gaussian kernel, and without one."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import Pipeline

from core.models import rbf
from core.models.conversion import to_onnx_model
from core.models.evaluation import Fold, calibration_error, grouped_folds
from core.models.rbf import CalibratedRBF
from core.models.ridge import CalibratedRidge

Vectors = NDArray[np.float32]


def clouds(
    n: int, classes: int = 4, spread: float = 1.0, seed: int = 0, dimension: int = 24
) -> tuple[Vectors, NDArray[np.intp]]:
    """Unit vectors around a direction for each class; the wider they spread, the more they mix."""
    random = np.random.default_rng(seed)
    middles = np.random.default_rng(99).normal(size=(classes, dimension))
    labels = np.arange(n) % classes
    vectors = middles[labels] + spread * random.normal(size=(n, dimension)) + 0.5
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), labels


def folds_of(labels: NDArray[np.intp]) -> list[Fold]:
    return grouped_folds(labels, np.arange(len(labels)), seed=0)


def plain_scores(
    train: Vectors, labels: NDArray[np.intp], asked: Vectors, gamma: float, ridge: float
) -> NDArray[np.float64]:
    """The regression as its definition says, in float64."""
    center = train.mean(0)

    def directions(vectors: Vectors) -> NDArray[np.float64]:
        moved = (vectors - center).astype(np.float64)
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    kept = directions(train).astype(np.float16).astype(np.float64)
    targets = np.eye(labels.max() + 1)[labels]
    shares = targets.mean(0)
    kernel = np.exp(2 * gamma * (kept @ kept.T - 1)) + ridge * np.eye(len(kept))
    solved = np.linalg.solve(kernel, targets - shares)
    scores: NDArray[np.float64] = (
        np.exp(2 * gamma * (directions(asked) @ kept.T - 1)) @ solved + shares
    )
    return scores


def test_the_scores_are_those_of_the_definition() -> None:
    vectors, labels = clouds(90)
    asked, _ = clouds(30, seed=1)
    model = CalibratedRBF(gamma=0.8, ridge=0.2).fit(vectors, labels)
    expected = plain_scores(vectors, labels, asked, 0.8, 0.2)
    np.testing.assert_allclose(model.decision_function(asked), expected, atol=2e-4)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("model", [CalibratedRBF(), CalibratedRidge()], ids=["rbf", "ridge"])
@pytest.mark.parametrize("n", [20, 120])
def test_the_file_answers_as_the_estimator(
    model: CalibratedRBF | CalibratedRidge, classes: int, n: int
) -> None:
    vectors, labels = clouds(n, classes)
    asked, _ = clouds(50, classes, seed=1)
    model.set_params(folds=folds_of(labels)).fit(vectors, labels)
    graph = to_onnx_model(Pipeline([("classifier", model)]), vectors.shape[1])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    named, probabilities = session.run(None, {session.get_inputs()[0].name: asked})
    np.testing.assert_array_equal(named, model.predict(asked))
    np.testing.assert_allclose(probabilities, model.predict_proba(asked), atol=2e-5)
    assert model.predict_proba(asked).shape == (50, classes)


@pytest.mark.parametrize("model", [CalibratedRBF(), CalibratedRidge()], ids=["rbf", "ridge"])
def test_probabilities_mean_what_they_say(model: CalibratedRBF | CalibratedRidge) -> None:
    vectors, labels = clouds(400, spread=2.0)
    asked, truth = clouds(2000, spread=2.0, seed=1)
    unscaled = model.set_params(folds=None).fit(vectors, labels).predict_proba(asked)
    model.set_params(folds=folds_of(labels)).fit(vectors, labels)
    error = calibration_error(model.predict_proba(asked), truth)
    assert error < 0.05 < calibration_error(unscaled, truth)


def test_without_a_kernel_it_is_scikit_learns_ridge() -> None:
    asked, _ = clouds(200, spread=2.0, seed=1)
    for n in (16, 200):  # fewer vectors than dimensions, and more
        vectors, labels = clouds(n, spread=2.0)
        theirs = RidgeClassifier(alpha=0.1).fit(vectors, labels)
        ours = CalibratedRidge(alpha=0.1).fit(vectors, labels)
        assert np.mean(ours.predict(asked) == theirs.predict(asked)) > 0.99


def test_many_photos_are_learned_by_landmarks_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = clouds(900, spread=1.5)
    asked, truth = clouds(600, spread=1.5, seed=1)
    exact = CalibratedRBF(folds=folds_of(labels)).fit(vectors, labels)
    monkeypatch.setattr(rbf, "EXACT_PHOTOS", 500)
    monkeypatch.setattr(rbf, "LANDMARKS", 100)
    few = CalibratedRBF(folds=folds_of(labels)).fit(vectors, labels)
    assert (len(exact.vectors_), len(few.vectors_)) == (900, 100)
    right = [np.mean(model.predict(asked) == truth) for model in (exact, few)]
    assert right[1] > right[0] - 0.05 > 0.5
    assert calibration_error(few.predict_proba(asked), truth) < 0.08


def test_the_held_out_scale_is_that_of_models_of_the_other_folds() -> None:
    vectors, labels = clouds(90, spread=2.0)
    folds = folds_of(labels)
    model = CalibratedRBF(folds=folds).fit(vectors, labels)
    alone = CalibratedRBF().fit(vectors, labels)
    scale = float(model.intercept_[0] / alone.intercept_[0])
    likelihoods = []
    for factor in (scale / 2, scale, scale * 2):
        logs = []
        for train, test in folds:
            scores = (
                CalibratedRBF().fit(vectors[train], labels[train]).decision_function(vectors[test])
            )
            logs.append(
                np.log(softmax(factor * scores, axis=1)[np.arange(len(test)), labels[test]])
            )
        likelihoods.append(np.concatenate(logs).mean())
    assert likelihoods[1] == max(likelihoods)
