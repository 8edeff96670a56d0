"""The registry: which extractors, reducers and classifiers there are, and their hyperparameters.

Plain data, so that the chat can show and check a recipe without importing scikit-learn;
`core.features` and `core.models` build what is named here. Hyperparameters are named as in
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

# One to hold out, and four to train on: enough for the folds of a calibration.
MIN_PHOTOS_PER_CLASS = 5

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


def _lite(name: str) -> tuple[Parameter, ...]:
    """How a network of ours sees a picture, measured in `core.features.networks`."""
    return (
        Parameter(f"{name}__size", "int", 320, low=128, high=512, suggestions=(224, 288, 320)),
        Parameter(f"{name}__focus", "float", 0.45, low=0, high=1, suggestions=(0, 0.45)),
        Parameter(f"{name}__power", "float", 0.65, low=0.1, high=1, suggestions=(0.5, 0.65, 1)),
    )


# "a+b" is the vectors of a and of b side by side.
EXTRACTORS: Mapping[str, tuple[Parameter, ...]] = {
    "hog": _HOG,
    "hog+colour": (*_HOG, *_COLOUR),
    "sift": _SIFT,
    "lite0": _lite("lite0"),
    "lite2": _lite("lite2"),
    **dict.fromkeys(BACKBONES, ()),
}

# Below 1 it is the share of variance to keep, from 1 on the number of components.
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
            "logreg__C", "float", 10.0, low=0.001, high=1000, suggestions=(0.1, 1.0, 10.0, 100.0)
        ),
    ),
    "lda": (
        Parameter("lda__shrinkage", "float", 0.3, low=0, high=1, suggestions=(0.1, 0.3, 0.5, 0.8)),
    ),
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
            choices=("svc", "logreg", "lda", "knn", "tree", "forest"),
            suggestions=("svc,logreg,lda", "svc,lda", "logreg,lda,forest"),
        ),
    ),
}

# Packages that come with the extra `boosting`.
_EXTRA = ("lightgbm", "catboost")

# Scores that mean what they say are worth the time they cost, so they are the default.
PROBABILITY = Parameter("probability", "bool", True, suggestions=(True, False))

REDUCER = Parameter(
    "reducer", "choice", "pca", choices=tuple(REDUCERS), suggestions=tuple(REDUCERS)
)

# With LDA 86.5 % of val's 43 classes in the Grocery Store photos; of the test part 86.9 % by an earlier
# measurement without a focus, where lite0 had 85.7 % and hog + pca + svc 22.1 %.
DEFAULT_EXTRACTOR = "lite2"
_CLASSICAL = ("hog", "hog+colour", "sift")
# What PCA keeps of a network's features: with 0.6, as for HOG, an SVC was right on 77.0 % of val
# instead of 83.1 %. Trees have enough with 0.6 (a forest 66.2 %, with 0.9 62.8 %), in half the time.
# (These and the next, of lite2 without a focus.)
KEPT_OF_NETWORKS = 0.9
_TREES = ("tree", "forest", "lightgbm", "catboost")


def default_classifier(features: str) -> str:
    """What suits these features best."""
    return "svc" if features in _CLASSICAL else "lda"


def default_reducer(features: str, classifier: str) -> str:
    """An LDA takes all of a network's features, the other classifiers are better on fewer: on val an
    SVC is right on 83.1 % with PCA and on 75.7 % without, as it does not end on all photos then."""
    return "none" if features not in _CLASSICAL and classifier == "lda" else "pca"


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

    features, classifier : those that know most of the settings, where they are not given: "C=1" asks
        for an SVC, "orientations=9" for HOG; likewise the reducer, "n_components=50" for PCA.
    settings : what differs from the defaults, as written by a person; a name may leave out its step
        where that is clear ("C=1" for "svc__C=1"), in any case of letters.

    Raises UnknownExtractor, UnknownClassifier, ClassifierNotInstalled, UnknownParameter,
    ParameterOutOfRange.
    """
    wishes = {name.casefold(): text for name, text in (settings or {}).items()}
    if features is None:
        features = _step_with(wishes, EXTRACTORS, DEFAULT_EXTRACTOR)
    if classifier is None:
        classifier = _step_with(wishes, CLASSIFIERS, default_classifier(features))
    if features not in EXTRACTORS:
        raise UnknownExtractor(name=features, known=", ".join(EXTRACTORS))
    if classifier not in CLASSIFIERS:
        raise UnknownClassifier(name=classifier, known=", ".join(CLASSIFIERS))
    if not is_installed(classifier):
        raise ClassifierNotInstalled(name=classifier)
    inferred = _step_with(wishes, REDUCERS, default_reducer(features, classifier))
    reducer = str(parse_value(REDUCER, wishes.pop(REDUCER.name, inferred)))
    parameters = parameters_of(features, classifier, reducer)
    values = {parameter.name: parameter.default for parameter in parameters}
    for name, text in (settings or {}).items():
        if name.casefold() in wishes:
            parameter = _find(name, parameters)
            values[parameter.name] = parse_value(parameter, text)
    return Recipe(features, reducer, classifier, values)


def is_installed(classifier: str) -> bool:
    """Whether what it needs is on this machine."""
    return classifier not in _EXTRA or find_spec(classifier) is not None


def _step_with(
    wishes: Iterable[str], registry: Mapping[str, tuple[Parameter, ...]], default: str
) -> str:
    """The step in the registry with most of these parameters, the default before the others."""

    def known(step: str) -> int:
        names = {parameter.name.casefold() for parameter in registry[step]}
        short = {name.split("__")[-1] for name in names}
        return len((names | short).intersection(wishes))

    return max((default, *registry), key=known)


def parameters_of(
    features: str, classifier: str, reducer: str | None = None
) -> tuple[Parameter, ...]:
    """All that can be set for these steps, in the order in which people meet it."""
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
    """The classifiers that vote in this recipe; none where it has only one of its own."""
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


def is_setting(name: str, text: str) -> bool:
    """Whether a recipe has a parameter of this name, its own or its short one, that can be `text`."""
    wanted = name.casefold()
    steps = (*EXTRACTORS.values(), *CLASSIFIERS.values(), *REDUCERS.values())
    return any(
        wanted in (full := parameter.name.casefold(), full.split("__")[-1])
        and can_be(parameter, text)
        for parameters in (*steps, (REDUCER, PROBABILITY))
        for parameter in parameters
    )


def can_be(parameter: Parameter, text: str) -> bool:
    """Whether `parse_value` takes it."""
    with suppress(ParameterOutOfRange):
        parse_value(parameter, text)
        return True
    return False


def parse_value(parameter: Parameter, text: str) -> ParameterValue:
    """What a person wrote, as the parameter's value. Raises ParameterOutOfRange."""
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
        raise ParameterOutOfRange(name=parameter.name, value=text, allowed=allowed(parameter))
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
    """What a parameter may be, in signs that need no language: "1…18", "scale, auto, 1e-06…100"."""
    if parameter.kind == "bool":
        return "true, false"
    parts = list(parameter.choices)
    if parameter.kind in ("int", "float"):
        parts.append(f"{parameter.low:g}…{parameter.high:g}")
    return ", ".join(parts)
