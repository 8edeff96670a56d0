"""Ridge regression on one-hot targets, for all photos and for those outside a fold.

Targets are memberships in classes, 1 or 0, less their means over the photos that are trained on; a
class's score is its regression plus this mean. There are two ways to solve it:

- dual: scores are k(x) · A with (K + ρ I) A = Y, where K, (n, n), are products of the photos with each
  other, or a kernel of them. The system of a fold is a part of the whole one.
- primal: scores are φ(x) · B with (Φᵀ Φ + ρ P) B = Φᵀ Y, where Φ, (n, f), are features. The sums of a
  fold are subtracted from those of all photos.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import gen_batches

from core.models.discriminants import Floats, left_out, membership, solve_positive
from core.models.evaluation import Fold, Ints

Features = Callable[[Ints], NDArray[np.float32]]
"""Computes the features, float32 (rows, f), of the photos at these positions, (rows,)."""

LEAST_DUAL_RIDGE = 1e-7
"""The least ridge, as a share of the products' trace: a smaller one is lost in float32."""

# The most held-out photos per fold that the calibration asks about: more change the scale by less than 1 %.
ASKED_PHOTOS = 2000
# Photos whose features are computed at a time.
_BATCH = 1024
# Added to the sums' diagonal, as a share of its mean: features may be each other's copies.
_JITTER = 1e-6


@dataclass(frozen=True)
class Targets:
    """labels : (n,) positions of classes. folds : (train, test) positions, no photo left out by two."""

    labels: Ints
    n_classes: int
    folds: Sequence[Fold]

    @property
    def asked(self) -> list[Ints]:
        """Positions of the test photos of each fold that the calibration asks about, evenly spaced."""
        return [test[:: -(-len(test) // ASKED_PHOTOS)] for _, test in self.folds]


@dataclass(frozen=True)
class Regression:
    """coefficients : (photos or features, classes); means : (classes,), the targets' means."""

    coefficients: Floats
    means: Floats


class Solver(Protocol):
    """Solves the regression of all photos, and of those outside a fold."""

    def solve(self) -> Regression:
        """The regression of all photos."""

    def held_out_logits(self, fold: int) -> Floats:
        """Scores of a fold's photos in `Targets.asked`, (photos, classes), by the regression of its
        training photos."""


class Dual:
    """Solves in float32 with the photos' products: O(n³)."""

    def __init__(self, products: NDArray[np.float32], targets: Targets, ridge: float) -> None:
        """products : float32 (n, n), symmetric."""
        self._products = products
        self._targets = targets
        self._members = membership(targets.labels, targets.n_classes)
        self._ridge = max(ridge, LEAST_DUAL_RIDGE * float(np.trace(products)))

    def solve(self) -> Regression:
        return self._regression(self._products.copy(), self._members)

    def held_out_logits(self, fold: int) -> Floats:
        train, asked = self._targets.folds[fold][0], self._targets.asked[fold]
        products = self._products[train]
        regression = self._regression(products[:, train], self._members[train])
        logits: Floats = products[:, asked].T @ regression.coefficients + regression.means
        return logits

    def _regression(self, products: Floats, members: Floats) -> Regression:
        """`products` is overwritten."""
        means = members.mean(0)
        np.einsum("ii->i", products)[:] += np.float32(self._ridge)
        return Regression(solve_positive(products, members - means), means)


class Primal:
    """Solves in float64 with sums over the photos of their features' products: O(n f² + f³)."""

    def __init__(self, features: Features, penalty: Floats, targets: Targets, ridge: float) -> None:
        """penalty : (f, f), P above."""
        self._features = features
        self._penalty = ridge * penalty.astype(np.float64)
        self._asked = targets.asked
        self._members = membership(targets.labels, targets.n_classes)
        *outside, rest = left_out(targets.folds, len(targets.labels))
        self._parts = [self._sums(rows) for rows in outside]
        others = [self._sums(rest)] if len(rest) else []
        self._whole = reduce(add, [*self._parts, *others])

    def solve(self) -> Regression:
        return self._regression(self._whole)

    def held_out_logits(self, fold: int) -> Floats:
        regression = self._regression(self._whole - self._parts[fold])
        coefficients, means = (
            array.astype(np.float32) for array in (regression.coefficients, regression.means)
        )
        logits: Floats = self._features(self._asked[fold]) @ coefficients + means
        return logits

    def _sums(self, rows: Ints) -> _Sums:
        batches = (rows[part] for part in gen_batches(len(rows), _BATCH))
        return reduce(add, (_Sums.of(self._features(b), self._members[b]) for b in batches))

    def _regression(self, sums: _Sums) -> Regression:
        means = sums.counts / sums.counts.sum()
        matrix = sums.products + self._penalty
        diagonal = np.einsum("ii->i", matrix)
        diagonal += _JITTER * diagonal.mean()
        right = sums.by_class - sums.features[:, None] * means
        return Regression(solve_positive(matrix, right), means)


@dataclass(frozen=True)
class _Sums:
    """In float64, over photos: products of features, (f, f), features, (f,), those of a class's
    members, (f, classes), and the number of these, (classes,)."""

    products: Floats
    features: Floats
    by_class: Floats
    counts: Floats

    @classmethod
    def of(cls, features: NDArray[np.float32], members: NDArray[np.float32]) -> _Sums:
        sums = (features.T @ features, features.sum(0), features.T @ members, members.sum(0))
        return cls(*(array.astype(np.float64) for array in sums))

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(*(a + b for a, b in zip(self._all, other._all, strict=True)))

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(*(a - b for a, b in zip(self._all, other._all, strict=True)))

    @property
    def _all(self) -> tuple[Floats, ...]:
        return self.products, self.features, self.by_class, self.counts
