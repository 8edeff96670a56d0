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
from core.models.means import ClassMeans
from core.models.rbf import CalibratedRBF
from core.models.ridge import CalibratedRidge
from core.recipes import make_recipe, step_parameters, voting_members

CALIBRATION_FOLDS = 3
# The most iterations of lbfgs.
LOGREG_ITERATIONS = 500
# Trained by solving equations once; no iteration may take longer on some photos than on others.
DIRECT = frozenset({"blend", "lda", "means", "rbf", "ridge"})
# Of many photos. With an LDA beside it, 600 are as good as 1 000 alone: 88.2 % of val right with both, where
# the exact solution names 89.2 %.
BLENDED_LANDMARKS = 600
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
    if recipe.classifier == "blend":
        return _blend(seed, folds, **parameters)
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
    if "folds" in classifier.get_params(deep=False):
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


def _blend(seed: int, folds: Sequence[Fold] | None, **parameters: Any) -> VotingClassifier:
    """The mean of an RBF's and an LDA's probabilities, each calibrated.

    The two err differently, so that their mean says more truly how sure it is. Trained on the Grocery
    Store photos' `train`, asked about `val` (calibration error; NLL: the mean of -log of the truth's
    probability); few: % right, calibration error and NLL with this many photos of 10 of the fine
    classes, mean of 40 draws:

    | | coarse: right, error, NLL | fine | 3 photos | 5 photos | 10 photos |
    |---|---|---|---|---|---|
    | rbf | 89.2, 0.056, 0.338 | 79.7, 0.115, 0.818 | 86.8, 0.052, 0.59 | 89.3, 0.037, 0.39 | 93.1, 0.027, 0.25 |
    | lda | 86.8, 0.038, 0.405 | 82.1, 0.050, 0.754 | 86.6, 0.064, 0.58 | 89.4, 0.034, 0.48 | 93.1, 0.020, 0.26 |
    | blend | 89.2, 0.022, 0.282 | 81.4, 0.069, 0.649 | 86.6, 0.026, 0.50 | 89.5, 0.015, 0.33 | 93.7, 0.013, 0.21 |
    """
    members = [
        ("rbf", CalibratedRBF(landmarks=BLENDED_LANDMARKS, seed=seed, folds=folds, **parameters)),
        ("lda", CalibratedLDA(folds=folds)),
    ]
    return VotingClassifier(members, voting="soft", flatten_transform=False)


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


def _means(seed: int, **parameters: Any) -> ClassMeans:
    return ClassMeans(**parameters)


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
    "means": _means,
    "knn": _knn,
    "tree": _tree,
    "forest": _forest,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
}
