"""The registry: which extractors, reducers and classifiers there are, and their hyperparameters.

Plain data, so that the chat can show a recipe without importing scikit-learn; `core.features` and
`core.models` build the steps that are named here. Hyperparameters are named as in scikit-learn's
pipelines, `step__parameter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec

from core.backbones import BACKBONES
from core.entities import Parameter

# One to hold out and two to train on, which is enough for two folds of a calibration. Near duplicates
# count as one photo.
MIN_PHOTOS_PER_CLASS = 3
# A class of fewer photos has less than one in a held-out fifth: its score is a rough guess.
MIN_PHOTOS_FOR_SCORE = 5

_HOG = (
    Parameter("hog__orientations", "int", 3, low=1, high=18, suggestions=(3, 6, 9)),
    Parameter("hog__pixels_per_cell", "int", 10, low=4, high=32, suggestions=(8, 10, 16)),
    Parameter("hog__cells_per_block", "int", 2, low=1, high=4, suggestions=(1, 2, 3)),
    Parameter("hog__size", "int", 64, low=32, high=128, suggestions=(64, 96, 128)),
)
_COLOUR = (
    Parameter("colour__bins", "int", 8, low=2, high=16, suggestions=(4, 8, 12)),
    Parameter("colour__grid", "int", 1, low=1, high=4, suggestions=(1, 2, 3)),
)
_SIFT = (
    Parameter("sift__size", "int", 64, low=32, high=128, suggestions=(64, 128)),
    Parameter("sift__colour", "bool", True, suggestions=(True, False)),
)


def _lite(
    name: str, size: int, focus: float, views: int, precision: str = "fp32", *, deep: bool = False
) -> tuple[Parameter, ...]:
    """The hyperparameters of a built-in network; `core.features.networks` has the measurements."""
    precisions = ("fp32",) if name == "lite0" else ("int8", "fp32")
    return (
        Parameter(f"{name}__size", "int", size, low=128, high=512, suggestions=(224, 288, 348)),
        Parameter(f"{name}__views", "int", views, low=1, high=3, suggestions=(1, 2, 3)),
        Parameter(f"{name}__focus", "float", focus, low=0, high=1, suggestions=(0, 0.3, 0.45)),
        Parameter(f"{name}__power", "float", 0.65, low=0.1, high=1, suggestions=(0.5, 0.65, 1)),
        Parameter(
            f"{name}__precision", "choice", precision, choices=precisions, suggestions=precisions
        ),
        Parameter(f"{name}__depthwise", "bool", deep, suggestions=(False, True)),
    )


_NETWORKS: Mapping[str, tuple[Parameter, ...]] = {
    "lite0": _lite("lite0", 320, 0.45, views=1),
    "lite2": _lite("lite2", 348, 0.3, views=2, precision="int8"),
    # The same network as lite2, for those who have more photos than time, or more time than photos.
    "fast": _lite("fast", 256, 0.3, views=1, precision="int8"),
    "best": _lite("best", 348, 0.3, views=3, deep=True),
    **dict.fromkeys(BACKBONES, ()),
}

# "a+b" concatenates the vectors of a and of b.
EXTRACTORS: Mapping[str, tuple[Parameter, ...]] = {
    "hog": _HOG,
    "hog+colour": (*_HOG, *_COLOUR),
    "sift": _SIFT,
    **_NETWORKS,
}

# `n_components` below 1 is the share of variance to keep, from 1 on the number of components.
REDUCERS: Mapping[str, tuple[Parameter, ...]] = {
    "none": (),
    "pca": (
        Parameter(
            "pca__n_components",
            "float",
            0.6,
            low=0.01,
            high=1000,
            suggestions=(0.4, 0.6, 0.8, 0.95),
        ),
    ),
}


def _kernel_ridge(name: str) -> tuple[Parameter, ...]:
    return (
        Parameter(f"{name}__gamma", "float", 1.0, low=0.01, high=10, suggestions=(0.5, 1.0, 2.0)),
        Parameter(
            f"{name}__ridge", "float", 0.1, low=0.0001, high=10, suggestions=(0.03, 0.1, 0.3)
        ),
    )


CLASSIFIERS: Mapping[str, tuple[Parameter, ...]] = {
    "svc": (
        Parameter(
            "svc__C", "float", 10.0, low=0.001, high=1000, suggestions=(0.1, 1.0, 10.0, 100.0)
        ),
        Parameter(
            "svc__kernel",
            "choice",
            "rbf",
            choices=("linear", "poly", "rbf", "sigmoid"),
            suggestions=("linear", "poly", "rbf", "sigmoid"),
        ),
        Parameter(
            "svc__gamma",
            "float",
            "scale",
            low=0.000001,
            high=100,
            choices=("scale", "auto"),
            suggestions=("scale", "auto"),
        ),
        Parameter("svc__degree", "int", 3, low=1, high=10, suggestions=(2, 3, 4)),
    ),
    "logreg": (
        Parameter(
            "logreg__C", "float", 10.0, low=0.001, high=1000, suggestions=(1.0, 10.0, 30.0, 100.0)
        ),
    ),
    "lda": (
        Parameter("lda__shrinkage", "float", 0.3, low=0, high=1, suggestions=(0.1, 0.3, 0.5, 0.8)),
    ),
    "rbf": _kernel_ridge("rbf"),
    # An rbf and an lda, whose probabilities are averaged.
    "blend": _kernel_ridge("blend"),
    "ridge": (
        Parameter("ridge__alpha", "float", 0.1, low=0.0001, high=100, suggestions=(0.03, 0.1, 0.3)),
    ),
    "means": (Parameter("means__scale", "float", 20.0, low=1, high=100, suggestions=(10, 20, 40)),),
    "knn": (Parameter("knn__n_neighbors", "int", 5, low=1, high=100, suggestions=(1, 5, 15)),),
    "tree": (
        Parameter("tree__max_depth", "int", 10, low=1, high=30, suggestions=(5, 10, 20)),
        Parameter("tree__min_samples_leaf", "int", 3, low=1, high=100, suggestions=(1, 3, 10)),
    ),
    "forest": (
        Parameter("forest__n_estimators", "int", 100, low=10, high=300, suggestions=(50, 100, 200)),
        Parameter("forest__max_depth", "int", 12, low=1, high=16, suggestions=(8, 12, 16)),
    ),
    "lightgbm": (
        Parameter("lightgbm__num_leaves", "int", 7, low=2, high=63, suggestions=(7, 15, 31)),
        Parameter("lightgbm__n_estimators", "int", 50, low=5, high=300, suggestions=(25, 50, 100)),
        Parameter(
            "lightgbm__learning_rate",
            "float",
            0.1,
            low=0.001,
            high=1,
            suggestions=(0.05, 0.1, 0.3),
        ),
    ),
    "catboost": (
        Parameter("catboost__depth", "int", 4, low=1, high=8, suggestions=(3, 4, 6)),
        Parameter("catboost__iterations", "int", 50, low=5, high=500, suggestions=(25, 50, 100)),
        Parameter(
            "catboost__learning_rate",
            "float",
            0.3,
            low=0.001,
            high=1,
            suggestions=(0.1, 0.3, 0.5),
        ),
    ),
    "voting": (
        Parameter(
            "voting__members",
            "choices",
            "svc,logreg,lda",
            choices=("svc", "logreg", "lda", "rbf", "ridge", "means", "knn", "tree", "forest"),
            suggestions=("svc,logreg,lda", "svc,lda", "logreg,lda,forest"),
        ),
    ),
}

# Packages that come with the extra `boosting`.
_EXTRA = ("lightgbm", "catboost")

# Calibrated scores are worth the time that they take, so they are the default.
PROBABILITY = Parameter("probability", "bool", True, suggestions=(True, False))

REDUCER = Parameter(
    "reducer", "choice", "pca", choices=tuple(REDUCERS), suggestions=tuple(REDUCERS)
)

# With an LDA it names 86.5 % of the Grocery Store photos' val right (43 classes). On the test part an
# earlier measurement without a focus gave 86.9 %, where lite0 had 85.7 % and hog + pca + svc 22.1 %.
DEFAULT_EXTRACTOR = "lite2"
# The share of variance that PCA keeps of a network's features: with 0.6, as for HOG, an SVC was right on
# 77.0 % of val instead of 83.1 %. For trees 0.6 is enough (a forest is right on 66.2 %, and on 62.8 %
# with 0.9) and takes half the time. Measured, as in `default_reducer`, with lite2 without a focus.
KEPT_OF_NETWORKS = 0.9
_TREES = ("tree", "forest", "lightgbm", "catboost")
# Those that take a network's features whole.
_DENSE = ("blend", "lda", "means", "rbf", "ridge")


def default_classifier(features: str) -> str:
    """The classifier that scores best on these features."""
    return "blend" if features in _NETWORKS else "svc"


def default_reducer(features: str, classifier: str) -> str:
    """ "none" for an LDA or a ridge regression on a network's features, else "pca". Others score higher on
    fewer features: on val an SVC is right on 83.1 % with PCA and on 75.7 % without, since the rung of all
    photos does not end in time then."""
    return "none" if features in _NETWORKS and classifier in _DENSE else "pca"


def is_installed(classifier: str) -> bool:
    """Return whether the package that the classifier needs is installed."""
    return classifier not in _EXTRA or find_spec(classifier) is not None


def installed_classifiers() -> dict[str, tuple[Parameter, ...]]:
    """Those of CLASSIFIERS that can be trained here."""
    return {name: CLASSIFIERS[name] for name in CLASSIFIERS if is_installed(name)}


def parameters_of(
    features: str, classifier: str, reducer: str | None = None
) -> tuple[Parameter, ...]:
    """All parameters of these steps, in the order in which they are shown."""
    return (
        *CLASSIFIERS[classifier],
        PROBABILITY,
        *_reducer_parameters(
            reducer or default_reducer(features, classifier), features, classifier
        ),
        *EXTRACTORS[features],
    )


def _reducer_parameters(reducer: str, features: str, classifier: str) -> tuple[Parameter, ...]:
    if features not in _NETWORKS or classifier in _TREES:
        return REDUCERS[reducer]
    return tuple(replace(parameter, default=KEPT_OF_NETWORKS) for parameter in REDUCERS[reducer])


def short_name(parameter: Parameter) -> str:
    """The parameter's name without its step: "C" for "svc__C"."""
    return parameter.name.split("__")[-1]


def all_parameters() -> tuple[Parameter, ...]:
    """The parameters of all steps that can be used here, those of the recipe itself last."""
    steps = (*EXTRACTORS.values(), *installed_classifiers().values(), *REDUCERS.values())
    return (*(parameter for step in steps for parameter in step), REDUCER, PROBABILITY)


def parameters_named(name: str) -> tuple[Parameter, ...]:
    """The parameters of any step that have this full or short name, in any case of letters."""
    wanted = name.casefold()
    return tuple(
        parameter
        for parameter in all_parameters()
        if wanted in (parameter.name.casefold(), short_name(parameter).casefold())
    )
