"""The registry: which extractors, reducers and classifiers there are, and their hyperparameters.

Plain data, so that the chat can show and check a recipe without importing scikit-learn;
`core.features` and `core.models` build the steps that are named here. Hyperparameters are named as in
scikit-learn's pipelines, `step__parameter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec

from core.backbones import BACKBONES
from core.entities import Parameter, ParameterValue, Recipe
from core.errors import (
    ClassifierNotInstalled,
    ParameterOutOfRange,
    UnknownClassifier,
    UnknownExtractor,
    UnknownParameter,
)

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


# "a+b" concatenates the vectors of a and of b.
EXTRACTORS: Mapping[str, tuple[Parameter, ...]] = {
    "hog": _HOG,
    "hog+colour": (*_HOG, *_COLOUR),
    "sift": _SIFT,
    "lite0": _lite("lite0", 320, 0.45, views=1),
    "lite2": _lite("lite2", 348, 0.3, views=2, precision="int8"),
    # The same network as lite2, for those who have more photos than time, or more time than photos.
    "fast": _lite("fast", 256, 0.3, views=1, precision="int8"),
    "best": _lite("best", 348, 0.3, views=3, deep=True),
    **dict.fromkeys(BACKBONES, ()),
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
_CLASSICAL = ("hog", "hog+colour", "sift")
# The share of variance that PCA keeps of a network's features: with 0.6, as for HOG, an SVC was right on
# 77.0 % of val instead of 83.1 %. For trees 0.6 is enough (a forest is right on 66.2 %, and on 62.8 %
# with 0.9) and takes half the time. Measured, as in `default_reducer`, with lite2 without a focus.
KEPT_OF_NETWORKS = 0.9
_TREES = ("tree", "forest", "lightgbm", "catboost")
# Those that take a network's features whole.
_DENSE = ("blend", "lda", "means", "rbf", "ridge")


def default_classifier(features: str) -> str:
    """The classifier that scores best on these features."""
    return "svc" if features in _CLASSICAL else "blend"


def default_reducer(features: str, classifier: str) -> str:
    """ "none" for an LDA or a ridge regression on a network's features, else "pca". Others score higher on
    fewer features: on val an SVC is right on 83.1 % with PCA and on 75.7 % without, since the rung of all
    photos does not end in time then."""
    return "none" if features not in _CLASSICAL and classifier in _DENSE else "pca"


# What a parameter of kind "bool" accepts, as errors say it.
YES_OR_NO = "true, false"
_WORDS_FOR_BOOL = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def make_recipe(
    features: str | None = None,
    classifier: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Recipe:
    """A recipe with every hyperparameter filled in and checked.

    features, classifier : names of the steps. A step that is not given is the one that has most of the
        settings' parameters: "C=1" selects an SVC and "orientations=9" HOG. The reducer is selected in
        the same way ("n_components=50" selects PCA).
    settings : parameters that differ from the defaults, as a person wrote them. A name may leave out
        its step where that is unambiguous ("C=1" for "svc__C=1"); upper and lower case are equal, in
        the steps' names too. Errors name a parameter as it was written.

    Raises UnknownExtractor, UnknownClassifier, ClassifierNotInstalled, UnknownParameter,
    ParameterOutOfRange.
    """
    wishes = {name.casefold(): text for name, text in (settings or {}).items()}
    features = _extractor(features, wishes)
    classifier = _classifier(classifier, wishes, default_classifier(features))
    inferred = _step_with(wishes, REDUCERS, default_reducer(features, classifier))
    reducer = str(parse_value(REDUCER, wishes.pop(REDUCER.name, inferred)))
    parameters = parameters_of(features, classifier, reducer)
    values = {parameter.name: parameter.default for parameter in parameters}
    for name, text in (settings or {}).items():
        if name.casefold() in wishes:
            parameter = _find(name, parameters)
            values[parameter.name] = parse_value(parameter, text, name)
    return Recipe(features, reducer, classifier, values)


def _extractor(name: str | None, wishes: Iterable[str]) -> str:
    """Raises UnknownExtractor."""
    if name is None:
        return _step_with(wishes, EXTRACTORS, DEFAULT_EXTRACTOR)
    if name.casefold() not in EXTRACTORS:
        raise UnknownExtractor(name=name, known=", ".join(EXTRACTORS))
    return name.casefold()


def _classifier(name: str | None, wishes: Iterable[str], default: str) -> str:
    """Raises UnknownClassifier, ClassifierNotInstalled."""
    offered = installed_classifiers()
    if name is None:
        return _step_with(wishes, offered, default)
    if name.casefold() not in CLASSIFIERS:
        raise UnknownClassifier(name=name, known=", ".join(offered))
    if name.casefold() not in offered:
        raise ClassifierNotInstalled(name=name)
    return name.casefold()


def is_installed(classifier: str) -> bool:
    """Return whether the package that the classifier needs is installed."""
    return classifier not in _EXTRA or find_spec(classifier) is not None


def installed_classifiers() -> dict[str, tuple[Parameter, ...]]:
    """Those of CLASSIFIERS that can be trained here."""
    return {name: CLASSIFIERS[name] for name in CLASSIFIERS if is_installed(name)}


def _step_with(
    wishes: Iterable[str], registry: Mapping[str, tuple[Parameter, ...]], default: str
) -> str:
    """The step in the registry that has most of these parameters; the default wins a tie."""

    def known(step: str) -> int:
        names = {parameter.name.casefold() for parameter in registry[step]}
        short = {name.split("__")[-1] for name in names}
        return len((names | short).intersection(wishes))

    return max((default, *registry), key=known)


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
    if features in _CLASSICAL or classifier in _TREES:
        return REDUCERS[reducer]
    return tuple(replace(parameter, default=KEPT_OF_NETWORKS) for parameter in REDUCERS[reducer])


def voting_members(recipe: Recipe) -> tuple[str, ...]:
    """The classifiers that vote in this recipe; none where its classifier is no vote."""
    members = recipe.hyperparameters.get("voting__members")
    return tuple(str(members).split(",")) if members else ()


def step_parameters(recipe: Recipe, step: str) -> dict[str, ParameterValue]:
    """The hyperparameters of one step, without the step's name: {"C": 10.0, …} for "svc"."""
    prefix = f"{step}__"
    return {
        name.removeprefix(prefix): value
        for name, value in recipe.hyperparameters.items()
        if name.startswith(prefix)
    }


def extractor_parameters(recipe: Recipe) -> dict[str, ParameterValue]:
    """The hyperparameters that shape the vectors, of both extractors for "a+b", without the steps'
    names: {"orientations": 3, …, "bins": 8, …} for "hog+colour"."""
    parameters: dict[str, ParameterValue] = {}
    for extractor in recipe.features.split("+"):
        parameters |= step_parameters(recipe, extractor)
    return parameters


def _find(name: str, parameters: Iterable[Parameter]) -> Parameter:
    wanted = name.casefold()
    by_name = {parameter.name.casefold(): parameter for parameter in parameters}
    if wanted in by_name:
        return by_name[wanted]
    short = [parameter for full, parameter in by_name.items() if full.endswith(f"__{wanted}")]
    if len(short) != 1:
        raise UnknownParameter(name=name, known=", ".join(p.name for p in by_name.values()))
    return short[0]


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


def is_setting(name: str, text: str) -> bool:
    """Return whether some step has a parameter of this full or short name that accepts `text`."""
    return any(can_be(parameter, text) for parameter in parameters_named(name))


def can_be(parameter: Parameter, text: str) -> bool:
    """Return whether `parse_value` accepts the text."""
    with suppress(ParameterOutOfRange):
        parse_value(parameter, text)
        return True
    return False


def parse_value(parameter: Parameter, text: str, written: str | None = None) -> ParameterValue:
    """Converts what a person wrote to the parameter's value.

    written : the parameter's name as the person wrote it. Raises ParameterOutOfRange.
    """
    word = text.strip().casefold()
    value: ParameterValue | None = None
    if parameter.kind == "bool":
        value = _WORDS_FOR_BOOL.get(word)
    elif parameter.kind == "choices":
        value = _several(parameter, word)
    elif word in parameter.choices:
        value = word
    elif parameter.kind in ("int", "float"):
        value = _number(parameter, word)
    if value is None:
        name = written or parameter.name
        raise ParameterOutOfRange(name=name, value=text, allowed=allowed(parameter))
    return value


def _several(parameter: Parameter, text: str) -> str | None:
    """Two or more of the choices, in their order in the registry."""
    words = {word.strip() for word in text.split(",")}
    if len(words) < 2 or not words <= set(parameter.choices):
        return None
    return ",".join(choice for choice in parameter.choices if choice in words)


def _number(parameter: Parameter, word: str) -> int | float | None:
    try:
        number = int(word) if parameter.kind == "int" else float(word.replace(",", "."))
    except ValueError:
        return None
    return number if parameter.low <= number <= parameter.high else None


def allowed(parameter: Parameter) -> str:
    """The values that a parameter accepts, without words: "1…18", "scale, auto, 1e-06…100"."""
    if parameter.kind == "bool":
        return YES_OR_NO
    parts = list(parameter.choices)
    if parameter.kind in ("int", "float"):
        parts.append(f"{parameter.low:g}…{parameter.high:g}")
    return ", ".join(parts)
