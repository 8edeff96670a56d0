"""A recipe's classifier, unfitted: names in the registry → estimators of scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from skl2onnx.sklapi import CastTransformer
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from core.entities import Recipe
from core.models.evaluation import Fold
from core.models.lda import CalibratedLDA
from core.models.rbf import CalibratedRBF
from core.models.ridge import CalibratedRidge
from core.recipes import make_recipe, step_parameters, voting_members

CALIBRATION_FOLDS = 3
# The most iterations of lbfgs.
LOGREG_ITERATIONS = 500
# Trained by solving equations once; no iteration may take longer on some photos than on others.
DIRECT = frozenset({"lda", "rbf", "ridge"})
# The least photos per leaf: 24.3 % of val is right, and 22.6 % with leaves of one (HOG, colours, PCA).
FOREST_LEAF = 3


def make_classifier(
    recipe: Recipe,
    n_samples: int | None = None,
    seed: int = 0,
    folds: Sequence[Fold] | None = None,
) -> BaseEstimator:
    """The classifier without calibration; the members of a vote are calibrated all the same.

    n_samples : size of the smallest training set that it will be fitted on, where that is known;
        `n_neighbors` is limited to it. seed : seed of everything random in the training.
    """
    parameters: dict[str, Any] = step_parameters(recipe, recipe.classifier)
    if recipe.classifier == "voting":
        return _voting(recipe, n_samples, seed, folds)
    if recipe.classifier == "knn" and n_samples is not None:
        parameters["n_neighbors"] = min(parameters["n_neighbors"], n_samples)
    return _MAKERS[recipe.classifier](seed, **parameters)


def make_probabilistic(
    recipe: Recipe, n_samples: int | None, seed: int, folds: Sequence[Fold] | None = None
) -> BaseEstimator:
    """The classifier with probabilities. An SVC is calibrated by sigmoids (Platt, 1999), an LDA or a ridge
    regression by a temperature, on folds that they were not trained on; the others give their own
    probabilities.

    `SVC(probability=True)` disagrees with its own labels and goes away in scikit-learn 1.11.
    """
    classifier = make_classifier(recipe, n_samples, seed, folds)
    if recipe.classifier == "svc":
        return CalibratedClassifierCV(classifier, cv=folds or CALIBRATION_FOLDS, ensemble=False)
    if recipe.classifier in ("lda", "rbf", "ridge"):
        classifier.set_params(folds=folds)
    return classifier


def make_for_curve(recipe: Recipe, n_samples: int, seed: int) -> BaseEstimator:
    """The classifier for a learning curve: without any calibration, since the curve's first step
    may be too small for its folds. Members of a vote then vote with labels."""
    if recipe.classifier != "voting":
        return make_classifier(recipe, n_samples, seed)
    members = _members(recipe)
    estimators = [(m.classifier, make_classifier(m, n_samples, seed)) for m in members]
    return VotingClassifier(estimators)


def compares(recipe: Recipe) -> bool:
    """True if the classifier compares numbers, so that a difference in the last bit may change an
    answer."""
    return any(
        name in ("knn", "tree", "forest", "lightgbm", "catboost")
        for name in (recipe.classifier, *voting_members(recipe))
    )


def is_direct(recipe: Recipe) -> bool:
    """True if the training takes a fixed number of operations for a given number of photos."""
    return recipe.classifier in DIRECT


def _voting(
    recipe: Recipe, n_samples: int | None, seed: int, folds: Sequence[Fold] | None
) -> VotingClassifier:
    """The mean of the members' probabilities, each with its default hyperparameters."""
    members = _members(recipe)
    estimators = [(m.classifier, make_probabilistic(m, n_samples, seed, folds)) for m in members]
    return VotingClassifier(estimators, voting="soft", flatten_transform=False)


def _members(recipe: Recipe) -> list[Recipe]:
    return [make_recipe(recipe.features, name) for name in voting_members(recipe)]


def _svc(seed: int, **parameters: Any) -> SVC:
    return SVC(**parameters)


def _logreg(seed: int, **parameters: Any) -> Pipeline:
    return _in_float64(LogisticRegression(max_iter=LOGREG_ITERATIONS, **parameters))


def _lda(seed: int, **parameters: Any) -> CalibratedLDA:
    return CalibratedLDA(**parameters)


def _rbf(seed: int, **parameters: Any) -> CalibratedRBF:
    return CalibratedRBF(seed=seed, **parameters)


def _ridge(seed: int, **parameters: Any) -> CalibratedRidge:
    return CalibratedRidge(**parameters)


def _knn(seed: int, **parameters: Any) -> Pipeline:
    return _in_float64(KNeighborsClassifier(algorithm="brute", **parameters))


def _in_float64(estimator: BaseEstimator) -> Pipeline:
    """The estimator on float64 vectors: in float32, ONNX orders neighbours at almost equal distances
    differently from scikit-learn."""
    return Pipeline([("exact", CastTransformer(dtype=np.float64)), ("estimator", estimator)])


def _tree(seed: int, **parameters: Any) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(random_state=seed, **parameters)


def _forest(seed: int, **parameters: Any) -> RandomForestClassifier:
    return RandomForestClassifier(min_samples_leaf=FOREST_LEAF, random_state=seed, **parameters)


def _lightgbm(seed: int, **parameters: Any) -> BaseEstimator:
    from lightgbm import LGBMClassifier  # an extra, and slow to import

    return LGBMClassifier(
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
        **parameters,
    )


def _catboost(seed: int, **parameters: Any) -> BaseEstimator:
    from catboost import CatBoostClassifier  # an extra, and slow to import

    return CatBoostClassifier(
        random_seed=seed,
        thread_count=1,
        border_count=32,
        allow_writing_files=False,
        verbose=False,
        **parameters,
    )


_MAKERS: Mapping[str, Callable[..., BaseEstimator]] = {
    "svc": _svc,
    "logreg": _logreg,
    "lda": _lda,
    "rbf": _rbf,
    "ridge": _ridge,
    "knn": _knn,
    "tree": _tree,
    "forest": _forest,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
}
