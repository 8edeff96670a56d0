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

# The least mean distance from the center, so that nothing is divided by 0.
_LEAST_DISTANCE = 1e-12


class ClassMeans(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logits are (x − c) · u times `scale`, divided by the training vectors' mean distance from c: c is the
    mean of the classes' means, u the direction of a class's mean from there. They are linear in x, and the
    class that they name is that with the nearest direction.

    Nothing can be calibrated where no photo can be held out, so that the scale is fixed. With 20, of one
    photo each of 2, 3, 5 and 10 fine classes of the Grocery Store photos, 98, 90, 88 and 77 % of `val` are
    right, with a calibration error of 0.01, 0.07, 0.07 and 0.11 (30 draws). By directions from the vector 0 it
    is the same, but of 10 classes of 10 photos and one of one photo the single one's are right on 50 % instead
    of 59, and the calibration error is 0.18 instead of 0.02.

    scale : above 0.
    Fitted: `coef_`, float64 (classes, d), and `intercept_`, float64 (classes,). Decides in float64, as its
    ONNX graph does.
    """

    def __init__(self, scale: float = 20.0) -> None:
        self.scale = scale

    def fit(self, X: NDArray[np.floating], y: Ints) -> Self:  # noqa: N803
        """X : (n, d); y : (n,) class labels."""
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        vectors = np.asarray(X, np.float64)
        means = np.stack([vectors[y == label].mean(0) for label in self.classes_])
        center = means.mean(0)
        distance = np.linalg.norm(vectors - center, axis=1).mean()
        self.coef_ = self.scale * normalize(means - center) / max(distance, _LEAST_DISTANCE)
        self.intercept_ = -self.coef_ @ center
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
        logits: Floats = np.asarray(X, np.float64) @ self.coef_.T + self.intercept_
        return logits
