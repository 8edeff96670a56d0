"""Kernel ridge regression with a Gaussian kernel and calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils import gen_batches

from core.models.discriminants import Floats
from core.models.evaluation import Fold, Ints, mixed
from core.models.regression import Dual, Primal, Regression, Solver, Targets
from core.models.ridge import RegressionClassifier

# The most training photos for the exact solution, and the usual number of landmarks for more.
EXACT_PHOTOS = 3000
LANDMARKS = 1000
# Shortest length that a vector is divided by, so that a vector at the mean gives 0.
LEAST_LENGTH = 1e-12
# Photos whose kernels are computed at a time, which stay in the processor's cache.
_BATCH = 512
# The photos that the landmarks are moved to the means of.
_CLUSTERED = 4000
# Dimensions whose products are summed at a time.
_SUMMED = 256


class CalibratedRBF(RegressionClassifier):
    """Kernel ridge regression on one-hot targets, with landmarks where there are many photos.

    With m the training vectors' mean, u(x) = (x − m) / |x − m| and K(x, s) = exp(2 γ (u(x) · u(s) − 1)),
    the Gaussian kernel of two directions, scores are Σ K(x, s) A_s + the classes' shares. Up to
    EXACT_PHOTOS the sum is over all training photos, in O(n³). Of more photos, landmarks are drawn at
    random, stratified by class, moved to the means of the photos nearest to them, and fitted to all
    photos (subset of regressors: Smola and Bartlett, "Sparse greedy Gaussian process regression",
    2001).

    Measured on the Grocery Store photos with features of two views: trained on `train`'s 81 fine classes it
    is right on 83.1 % of `val`, where an LDA is on 81.4 %, and trained on the 296 photos of `val`'s 43 coarse
    classes on 70.0 % of `train`, where an LDA is on 65.0 %. With photos of other phones than the shop's the
    difference is larger (78 % against 60 %, a trial before this module). A fit, refit and file included, on
    one thread: 0.03 s for 100 vectors, 0.4 s and 5 MB for 1 776, with landmarks 1.1 s and 3 MB for 4 000,
    6.4 s for 36 960.

    Landmarks against the exact solution (2 640 photos of `train`, coarse classes): % right in five folds
    that keep near duplicates together, on `val`, on 13 changes of `val`'s camera; the file without its
    card, in MB. The folds of the fine classes: 80.2 % exactly, 79.5 and 78.4 % with 1 500 and 1 000.

    | | folds | `val` | changed cameras | MB |
    |---|---|---|---|---|
    | LDA, shrinkage 0.3 | 92.5 | 88.2 | 79.4 | 0.4 |
    | exact | 93.4 | 89.9 | 80.7 | 7.7 |
    | 1 500 landmarks | 93.0 | 88.2 | 80.1 | 4.4 |
    | 1 000 landmarks | 92.6 | 88.5 | 79.8 | 2.9 |
    | 1 000 landmarks, not moved | 90.9 | 87.5 | 79.9 | 2.9 |

    The model and those of three folds take 0.002 s for 100 photos, 0.34 for 2 640, 0.43 for 3 000, and 1.9
    with landmarks for 36 960 (3.0 with 1 500). Exactly for 4 000 it is 0.9 s; but as one rung of many that
    made the ladder expect too long a next one: on a busy machine the fit of 36 960 ended incomplete.

    gamma : of the kernel, above 0. ridge : added to the kernel's diagonal. landmarks : their number.
    seed : of their drawing.
    folds : (train, test) positions; without any the scores are not scaled.
    Fitted: `vectors_`, float16 (kept, d), rounded before the equations are solved, so that the file gives
    the same answers; `dual_coef_`, float64 (kept, classes), and `intercept_`, the scale folded into both.
    """

    def __init__(
        self,
        gamma: float = 1.0,
        ridge: float = 0.1,
        landmarks: int = LANDMARKS,
        seed: int = 0,
        folds: Sequence[Fold] | None = None,
    ) -> None:
        self.gamma = gamma
        self.ridge = ridge
        self.landmarks = landmarks
        self.seed = seed
        self.folds = folds

    def _solver(self, vectors: NDArray[np.float32], targets: Targets) -> Solver:
        is_exact = len(vectors) <= EXACT_PHOTOS
        kept = self._directions(vectors) if is_exact else self._landmarks(vectors, targets.labels)
        self.vectors_ = kept.astype(np.float16)
        anchors = self.vectors_.astype(np.float32)
        products = self._kernel(anchors @ anchors.T)
        if is_exact:
            return Dual(products, targets, self.ridge)

        def features(rows: Ints) -> NDArray[np.float32]:
            return self._kernel(self._directions(vectors[rows]) @ anchors.T)

        return Primal(features, products, targets, self.ridge)

    def _landmarks(self, vectors: NDArray[np.float32], labels: Ints) -> NDArray[np.float32]:
        """Directions of drawn photos, moved to the mean of those nearest to them: k-means, once."""
        drawn = mixed(np.arange(len(labels)), labels, np.random.default_rng(self.seed))
        directions = self._directions(vectors[drawn[:_CLUSTERED]])
        landmarks = directions[: self.landmarks]
        # pairwise_distances_argmin takes three times as long.
        nearest = (directions @ landmarks.T).argmax(1)
        places = (nearest, np.arange(len(nearest)))
        shape = (self.landmarks, len(nearest))
        members = csr_array((np.ones(len(nearest), np.float32), places), shape)
        return _unit(landmarks + members @ directions)

    def _keep(self, regression: Regression, vectors: NDArray[np.float32], scale: float) -> None:
        self.dual_coef_ = regression.coefficients.astype(np.float64) * scale
        self.intercept_ = regression.means.astype(np.float64) * scale

    def _logits(self, X: NDArray[np.floating]) -> Floats:  # noqa: N803
        anchors = self.vectors_.astype(np.float32)
        batches = (np.asarray(X[rows], np.float32) for rows in gen_batches(len(X), _BATCH))
        cosines = (_precise_products(self._directions(batch), anchors) for batch in batches)
        logits: Floats = np.concatenate([self._kernel(part) @ self.dual_coef_ for part in cosines])
        return logits + self.intercept_

    def _directions(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors seen from the training photos' mean, each of length 1."""
        return _unit(vectors - self.center_)

    def _kernel(self, cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        """exp(2 γ (cosine − 1)), in place: of two directions the Gaussian kernel exp(-γ distance²)."""
        cosines -= 1
        cosines *= np.float32(2 * self.gamma)
        return np.exp(cosines, out=cosines)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divides each vector by its length, in place."""
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))  # in a tenth of norm's time
    vectors /= np.maximum(lengths, LEAST_LENGTH)[:, None]
    return vectors


def _precise_products(
    ones: NDArray[np.float32], others: NDArray[np.float32]
) -> NDArray[np.float32]:
    """ones @ othersᵀ, float32, summed in parts: a single product of 1 280 dimensions differs from the
    exact one so far that probabilities differ by 9e-6, and by 3e-6 so, as far as ONNX Runtime's."""
    products = np.zeros((len(ones), len(others)), np.float32)
    for part in gen_batches(ones.shape[1], _SUMMED):
        products += ones[:, part] @ others[:, part].T
    return products
