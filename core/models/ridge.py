"""Classifiers by ridge regression on one-hot targets, with calibrated probabilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from core.models.calibration import held_out_scale
from core.models.discriminants import Floats
from core.models.evaluation import Fold, Ints
from core.models.regression import Dual, Primal, Regression, Solver, Targets


class RegressionClassifier(ABC, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A regression on one-hot targets whose scores, scaled to be calibrated, are logits.

    The scale (`core.models.calibration`) suits scores by the folds' regressions, which are solved
    from the same products or sums as that of all photos (`core.models.regression`). Only the mean of
    the vectors, `center_`, is always that of all photos.
    """

    folds: Sequence[Fold] | None

    def fit(self, X: NDArray[np.floating], y: Ints) -> Self:  # noqa: N803
        """X : (n, d); y : (n,) class labels."""
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.n_features_in_ = X.shape[1]
        vectors = np.asarray(X, np.float32)
        self.center_ = vectors.mean(0)
        targets = Targets(labels, len(self.classes_), self.folds or ())
        solver = self._solver(vectors, targets)
        self._keep(solver.solve(), vectors, held_out_scale(solver, labels, targets.asked))
        return self

    def decision_function(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        """Logits, float64 (n, classes), or (n,) of the second less the first where there are two."""
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        """Probabilities, float64 (n, classes)."""
        probabilities: Floats = softmax(self._logits(X), axis=1)
        return probabilities

    def predict(self, X: NDArray[np.floating]) -> Ints:  # noqa: N803
        """The most probable classes' labels, (n,)."""
        labels: Ints = self.classes_[self._logits(X).argmax(1)]
        return labels

    @abstractmethod
    def _solver(self, vectors: NDArray[np.float32], targets: Targets) -> Solver:
        """The solver for these training vectors, (n, d); `center_` is set."""

    @abstractmethod
    def _keep(self, regression: Regression, vectors: NDArray[np.float32], scale: float) -> None:
        """Stores the regression, its scores scaled."""

    @abstractmethod
    def _logits(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        """Logits, float64 (n, classes)."""


class CalibratedRidge(RegressionClassifier):
    """Linear ridge regression on one-hot targets, the vectors' mean subtracted.

    The regression is scikit-learn's `RidgeClassifier`; with the same `alpha` both give the same labels.

    alpha : the ridge, at least a very small share of the vectors' variance.
        On the Grocery Store photos' `train` in five folds (as for `core.models.rbf`) 0.03, 0.1 and 0.3
        are right on 91.6, 90.6 and 87.4 %, on `val` 86.8, 86.8 and 85.8 %, on changed cameras 78.3,
        79.0 and 78.5 %.
    folds : (train, test) positions; without any the scores are not scaled.
    Fitted: `coef_`, (classes, d), and `intercept_`, (classes,), the scale folded into them. Decides in
    float64, as its ONNX graph does.
    """

    def __init__(self, alpha: float = 0.1, folds: Sequence[Fold] | None = None) -> None:
        self.alpha = alpha
        self.folds = folds

    def _solver(self, vectors: NDArray[np.float32], targets: Targets) -> Solver:
        n, dimension = vectors.shape
        if n >= dimension:
            return Primal(
                lambda rows: vectors[rows] - self.center_, np.eye(dimension), targets, self.alpha
            )
        moved = vectors - self.center_
        return Dual(moved @ moved.T, targets, self.alpha)

    def _keep(self, regression: Regression, vectors: NDArray[np.float32], scale: float) -> None:
        weights = regression.coefficients
        if len(vectors) < self.n_features_in_:
            weights = (vectors - self.center_).T @ weights
        self.coef_ = weights.T.astype(np.float64) * scale
        self.intercept_ = regression.means * scale - self.coef_ @ self.center_

    def _logits(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        logits: Floats = np.asarray(X, np.float64) @ self.coef_.T + self.intercept_
        return logits
