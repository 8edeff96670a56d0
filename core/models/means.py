"""The nearest class mean: the classifier for classes of which a single photo is there."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import normalize

from core.models.discriminants import Floats
from core.models.evaluation import Ints


class ClassMeans(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logits are the cosines between a vector and the classes' means, times `scale`.

    Nothing can be calibrated where no photo can be held out, so that the scale is fixed. With 20, of one
    photo each of 2, 3, 5 and 10 fine classes of the Grocery Store photos, 99, 94, 88 and 78 % of `val` are
    right, with a calibration error of 0.02, 0.04, 0.07 and 0.09 (means of 40 draws).

    scale : above 0.
    Fitted: `coef_`, float64 (classes, d), the means' directions times the scale. Decides in float64, as its
    ONNX graph does.
    """

    def __init__(self, scale: float = 20.0) -> None:
        self.scale = scale

    def fit(self, X: NDArray[np.floating], y: Ints) -> Self:  # noqa: N803
        """X : (n, d); y : (n,) class labels."""
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        means = np.stack([X[y == label].mean(0) for label in self.classes_])
        self.coef_ = self.scale * normalize(means.astype(np.float64))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        """Probabilities, float64 (n, classes)."""
        probabilities: Floats = softmax(self._logits(X), axis=1)
        return probabilities

    def predict(self, X: NDArray[np.floating]) -> Ints:  # noqa: N803
        """The labels of the nearest classes, (n,)."""
        labels: Ints = self.classes_[self._logits(X).argmax(1)]
        return labels

    def _logits(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        logits: Floats = normalize(np.asarray(X, np.float64)) @ self.coef_.T
        return logits
