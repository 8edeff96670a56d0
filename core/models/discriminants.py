"""Linear discriminants of classes, for all photos and for those outside a fold, from the same sums.

A class's logit for a vector x is w·x + b, with w = A⁻¹ μ and b = log(share) − ½ μ·w; μ is the class's
mean and A the covariance within classes, shrunk: (1 − s) C + s trace(C) / d · I. So does
`LinearDiscriminantAnalysis(solver="lsqr")`; here the mean of all vectors is subtracted from x and μ,
which shifts the logits of all classes equally.

There are two ways to compute this. With more vectors than dimensions, the covariance is used: the
sums of a fold are subtracted from those of all vectors. With fewer, Woodbury's identity is used
with the products of all vectors with each other, of which those of a fold are a part. Float32 with
a ridge is precise enough once the vectors' mean is subtracted: without that, where the mean was 100
standard deviations long, a model of 300 vectors was right on 41 % instead of all. Milliseconds for
a model and the models of its three folds on one core, 1 280 dimensions, 43 classes:

| vectors | covariance, solved in float64 | covariance, in float32 | products, in float32 |
|---|---|---|---|
| 200 | 173 | 83 | 3 |
| 400 | 171 | 86 | 9 |
| 800 | 182 | 95 | 34 |
| 1 200 | 205 | 105 | 83 |
| 1 600 | 208 | 109 | 154 |
| 2 640 | 243 | 137 | 496 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from core.models.evaluation import Fold, Ints

Floats = NDArray[np.floating]

LEAST_RIDGE = 1e-6
"""The least ridge (the identity's factor), as a share of the vectors' mean squared distance from
their mean. A covariance of few vectors has no inverse without a ridge, and a smaller one is lost in
float32."""

COVARIANCE_VECTORS = 8000
"""The covariance of twice as many vectors or more is that of every second, third …, at least this many:
six times the dimensions are enough, and a rung of 29 568 vectors takes 0.6 s instead of 1.7. The means
are those of all."""

# Replaces the count of a class that has no vector in a part, so that nothing is divided by 0.
_ABSENT = 1e-6


@dataclass(frozen=True)
class Discriminants:
    """weights : (classes, d); biases : (classes,)."""

    weights: Floats
    biases: Floats

    def moved(self, center: Floats) -> Discriminants:
        """The same discriminants for vectors x, where these take x − center; center : (d,)."""
        return Discriminants(self.weights, self.biases - self.weights @ center)


@dataclass(frozen=True)
class Points:
    """The vectors that discriminants are computed from.

    vectors : float32 (n, d), with their mean subtracted. center : that mean, float32 (d,).
    labels : (n,) positions of classes. folds : (train, test) positions, no vector left out by two.
    """

    vectors: NDArray[np.float32]
    center: NDArray[np.float32]
    labels: Ints
    n_classes: int
    folds: Sequence[Fold]

    @classmethod
    def of(
        cls, vectors: NDArray[np.float32], labels: Ints, n_classes: int, folds: Sequence[Fold]
    ) -> Points:
        """Subtracts the mean. vectors : float32 (n, d), not centred."""
        center = vectors.mean(0)
        return cls(vectors - center, center, labels, n_classes, folds)


class Solver(Protocol):
    """Solves for the discriminants of all points, and of those outside a fold, from shared sums."""

    def solve(self) -> Discriminants:
        """The discriminants of all points."""

    def held_out_logits(self, fold: int) -> Floats:
        """Logits of a fold's test points, (test points, classes), by the discriminants of its
        training points."""


def make_solver(points: Points, shrinkage: float) -> Solver:
    """The faster solver for this number of points (the table above). shrinkage : 0–1."""
    n, dimension = points.vectors.shape
    return (ByProducts if n < dimension else ByCovariance)(points, shrinkage)


# From the covariance -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sums:
    """Per class the number of vectors, (c,), and their sum, (c, d)."""

    counts: Floats
    sums: Floats

    @classmethod
    def of(cls, vectors: NDArray[np.float32], labels: Ints, n_classes: int) -> _Sums:
        members = membership(labels, n_classes)
        return cls(members.sum(0), members.T @ vectors)

    @property
    def means(self) -> Floats:
        """A class without vectors has a mean of 0."""
        means: Floats = self.sums / np.maximum(self.counts, _ABSENT)[:, None]
        return means

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.counts + other.counts, self.sums + other.sums)

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(self.counts - other.counts, self.sums - other.sums)


@dataclass(frozen=True)
class _Moments:
    """Sums of all vectors; sums and the sum of outer products, (d, d), of those sampled for the
    covariance."""

    all: _Sums
    sampled: _Sums
    products: Floats

    @classmethod
    def of(cls, vectors: NDArray[np.float32], labels: Ints, n_classes: int, step: int) -> _Moments:
        """step : every how many vectors one is sampled."""
        sampled = vectors[::step]
        return cls(
            _Sums.of(vectors, labels, n_classes),
            _Sums.of(sampled, labels[::step], n_classes),
            sampled.T @ sampled,
        )

    def __add__(self, other: _Moments) -> _Moments:
        return _Moments(
            self.all + other.all, self.sampled + other.sampled, self.products + other.products
        )

    def __sub__(self, other: _Moments) -> _Moments:
        return _Moments(
            self.all - other.all, self.sampled - other.sampled, self.products - other.products
        )


class ByCovariance:
    """Solves with the covariance, (d, d), from sums over all points less those that a fold leaves out."""

    def __init__(self, points: Points, shrinkage: float) -> None:
        self._center = points.center
        self._shrinkage = shrinkage
        self._tests = [points.vectors[test] for _, test in points.folds]
        step = max(1, len(points.labels) // COVARIANCE_VECTORS)
        *parts, rest = (
            _Moments.of(points.vectors[rows], points.labels[rows], points.n_classes, step)
            for rows in left_out(points.folds, len(points.labels))
        )
        self._parts = parts
        self._whole = reduce(add, parts, rest)

    def solve(self) -> Discriminants:
        return self._discriminants(self._whole).moved(self._center)

    def held_out_logits(self, fold: int) -> Floats:
        model = self._discriminants(self._whole - self._parts[fold])
        logits: Floats = self._tests[fold] @ model.weights.T + model.biases
        return logits

    def _discriminants(self, moments: _Moments) -> Discriminants:
        n = moments.sampled.counts.sum()
        covariance = (moments.products - moments.sampled.sums.T @ moments.sampled.means) / n
        diagonal = np.einsum("ii->i", covariance)
        scatter = np.trace(moments.products) / n
        ridge = _ridge(self._shrinkage * diagonal.mean(), scatter)
        covariance *= 1 - self._shrinkage
        diagonal += ridge
        means = moments.all.means
        weights = solve_positive(covariance, means.T).T
        counts = np.maximum(moments.all.counts, _ABSENT)
        return Discriminants(weights, _biases(counts, np.einsum("cd,cd->c", weights, means)))


# From the products of the vectors ----------------------------------------------------------------


class ByProducts:
    """A weight is a sum of training vectors, w = Xᵀ β, and only β is solved for.

    With W = X less each vector's class mean, α = (1 − s) / n and ρ the ridge, A = α Wᵀ W + ρ I, so
    A⁻¹ μ = (μ − α Wᵀ (α W Wᵀ + ρ I)⁻¹ W μ) / ρ (Woodbury).
    """

    def __init__(self, points: Points, shrinkage: float) -> None:
        self._points = points
        self._members = membership(points.labels, points.n_classes)
        self._shrinkage = shrinkage
        self._products = points.vectors @ points.vectors.T

    def solve(self) -> Discriminants:
        coefficients, biases = self._coefficients(self._products, self._members)
        weights = coefficients.T @ self._points.vectors
        return Discriminants(weights, biases).moved(self._points.center)

    def held_out_logits(self, fold: int) -> Floats:
        train, test = self._points.folds[fold]
        products = self._products[train]
        coefficients, biases = self._coefficients(products[:, train], self._members[train])
        logits: Floats = products[:, test].T @ coefficients + biases
        return logits

    def _coefficients(self, products: Floats, members: Floats) -> tuple[Floats, Floats]:
        """β, (n, classes), and the biases. products : (n, n); members : (n, classes)."""
        counts = np.maximum(members.sum(0), _ABSENT)
        averaging = members / counts
        alpha = np.float32((1 - self._shrinkage) / counts.sum())
        inner = _less_means(_less_means(products, members, averaging).T, members, averaging)  # W Wᵀ
        diagonal = np.einsum("ii->i", inner)
        variance = diagonal.sum() / counts.sum() / self._points.vectors.shape[1]
        ridge = _ridge(self._shrinkage * variance, np.trace(products) / counts.sum())
        inner *= alpha
        diagonal += ridge
        with_means = products @ averaging
        solved = alpha * solve_positive(inner, _less_means(with_means, members, averaging))
        coefficients = (averaging - _less_means(solved, members, averaging)) / ridge
        return coefficients, _biases(counts, np.einsum("nc,nc->c", with_means, coefficients))


def _less_means(rows: Floats, members: Floats, averaging: Floats) -> Floats:
    """Subtracts from each row the mean of its class's rows."""
    return rows - members @ (averaging.T @ rows)


# Used by both, and by `core.models.regression` -----------------------------------------------------


def left_out(folds: Sequence[Fold], count: int) -> list[Ints]:
    """For each fold the positions that it does not train on, which may be more than it tests; last
    those that all folds train on. No position may be left out by two folds."""
    untrained = np.ones((len(folds), count), bool)
    for row, (train, _) in zip(untrained, folds, strict=True):
        row[train] = False
    return [*map(np.flatnonzero, untrained), np.flatnonzero(~untrained.any(0))]


def membership(labels: Ints, n_classes: int) -> NDArray[np.float32]:
    """Membership of vectors in classes, float32 (n, classes): 1 or 0."""
    members = np.zeros((len(labels), n_classes), np.float32)
    members[np.arange(len(labels)), labels] = 1
    return members


def _ridge(wanted: float, scatter: float) -> np.float32:
    """The ridge, at least LEAST_RIDGE. scatter : the vectors' mean squared distance from their
    mean."""
    tiny = float(np.finfo(np.float32).tiny)
    return np.float32(max(wanted, LEAST_RIDGE * scatter, tiny))


def _biases(counts: Floats, products: Floats) -> Floats:
    """The classes' biases, (c,). products : (c,), the dot product of each class's mean and
    weights."""
    biases: Floats = np.log(counts / counts.sum()) - 0.5 * products
    return biases


def solve_positive(matrix: Floats, right: Floats) -> Floats:
    """The solution of a positive definite system; `matrix` is overwritten."""
    # The transpose of the symmetric matrix is in LAPACK's memory order, which saves a copy.
    factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    solution: Floats = cho_solve(factor, right, check_finite=False)
    return solution
