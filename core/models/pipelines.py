"""A recipe → a scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skl2onnx.sklapi import CastTransformer
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from core.entities import Recipe
from core.models.classifiers import compares, make_classifier, make_probabilistic
from core.models.evaluation import Fold
from core.recipes import step_parameters

__all__ = ["gives_probabilities", "make_pipeline", "make_reducer"]


def make_pipeline(
    recipe: Recipe,
    n_samples: int,
    n_features: int,
    seed: int,
    folds: Sequence[Fold] | None = None,
) -> Pipeline:
    """The unfitted reducer and classifier for a training set of this shape.

    folds : positions to train on and to test on, for the calibration of probabilities.
    """
    make = make_probabilistic if gives_probabilities(recipe) else make_classifier
    classifier = ("classifier", make(recipe, n_samples, seed, folds))
    if recipe.reducer == "none":
        return Pipeline([classifier])
    return Pipeline([("reducer", make_reducer(recipe, n_samples, n_features, seed)), classifier])


def make_reducer(recipe: Recipe, n_samples: int, n_features: int, seed: int) -> BaseEstimator:
    """PCA to a share of the variance (below 1) or to a number of components, at most what the data
    allow.

    With more samples than features the covariance's eigenvectors are the same as the singular
    vectors and take half the time (0.19 s against 0.39 s for 2 640 × 900).

    Before a classifier that compares numbers it works in float64 and rounds its result to float32:
    float32 products differ in their last bits between scikit-learn and ONNX, and a comparison with
    the opposite result changes a probability by a whole leaf or neighbour.
    """
    kept = float(step_parameters(recipe, "pca")["n_components"])
    components = kept if kept < 1 else min(int(kept), n_samples, n_features)
    solver = "covariance_eigh" if n_samples > n_features else "full"
    pca = PCA(components, svd_solver=solver, random_state=seed)
    if not compares(recipe):
        return pca
    return Pipeline(
        [
            ("exact", CastTransformer(dtype=np.float64)),
            ("pca", pca),
            ("rounded", CastTransformer(dtype=np.float32)),
        ]
    )


def gives_probabilities(recipe: Recipe) -> bool:
    """True if the recipe asks for calibrated probabilities, False if for decision values."""
    return bool(recipe.hyperparameters["probability"])
