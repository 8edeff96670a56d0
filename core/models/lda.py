"""Linear discriminant analysis with calibrated probabilities, at the cost of one fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.models.calibration import held_out_scale
from core.models.discriminants import Discriminants, Floats, Points, make_solver
from core.models.evaluation import Fold, Ints


class CalibratedLDA(LinearDiscriminantAnalysis):  # type: ignore[misc]
    """scikit-learn's LDA by least squares with a fixed shrinkage, its logits scaled to be calibrated.

    The folds' models, whose logits the scale suits (`core.models.calibration`), come from the same
    sums as the model itself (`core.models.discriminants`), so the calibration costs no second pass.

    shrinkage : 0–1, share of the scaled identity in the covariance; a very small share is always there.
    folds : (train, test) positions; without any the logits are not scaled.
    Fitted: `coef_`, `intercept_`, `classes_` as in scikit-learn, the scale folded into them; with three
    or more classes the logits lack the term that all classes share. Trained in float32; decides in
    float64, as its ONNX graph does.
    """

    def __init__(self, shrinkage: float = 0.3, folds: Sequence[Fold] | None = None) -> None:
        super().__init__(solver="lsqr", shrinkage=shrinkage)
        self.folds = folds

    def fit(self, X: NDArray[np.floating], y: Ints) -> CalibratedLDA:  # noqa: N803
        """X : (n, d); y : (n,) class labels."""
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.n_features_in_ = X.shape[1]
        vectors = np.asarray(X, np.float32)
        points = Points.of(vectors, labels, len(self.classes_), self.folds or ())
        solver = make_solver(points, self.shrinkage)
        tests = [test for _, test in points.folds]
        self._keep(solver.solve(), held_out_scale(solver, labels, tests))
        return self

    def decision_function(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        """Logits, float64 (n, classes), or (n,) of the second one where there are two."""
        logits: Floats = super().decision_function(np.asarray(X, np.float64))
        return logits

    def _keep(self, model: Discriminants, scale: float) -> None:
        """Stores weights and biases as scikit-learn does: one row for two classes."""
        weights, biases = (a.astype(np.float64) * scale for a in (model.weights, model.biases))
        if len(self.classes_) == 2:
            weights, biases = weights[1:] - weights[:1], biases[1:] - biases[:1]
        self.coef_, self.intercept_ = weights, biases

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coef_")
