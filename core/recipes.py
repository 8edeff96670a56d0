"""The shelf: which extractors, reducers and classifiers there are, and their hyperparameters.

Plain data, so that the chat can show and check a recipe without importing scikit-learn;
`core.features` and `core.models` build what is named here. Hyperparameters are named as in
scikit-learn's pipelines, `step__parameter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.entities import Parameter, ParameterValue, Recipe
from core.errors import ParameterOutOfRange, UnknownClassifier, UnknownExtractor, UnknownParameter

EXTRACTORS: Mapping[str, tuple[Parameter, ...]] = {
    "hog": (
        Parameter("hog__orientations", "int", 3, low=1, high=18, suggestions=(3, 6, 9)),
        Parameter("hog__pixels_per_cell", "int", 10, low=4, high=32, suggestions=(8, 10, 16)),
        Parameter("hog__cells_per_block", "int", 2, low=1, high=4, suggestions=(1, 2, 3)),
        Parameter("hog__size", "int", 64, low=32, high=128, suggestions=(64, 96, 128)),
    ),
}

# Below 1 it is the share of variance to keep, from 1 on the number of components.
REDUCERS: Mapping[str, tuple[Parameter, ...]] = {
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
}

# Scores that mean what they say are worth the time they cost, so they are the default.
PROBABILITY = Parameter("probability", "bool", True, suggestions=(True, False))

DEFAULT_EXTRACTOR, DEFAULT_REDUCER, DEFAULT_CLASSIFIER = "hog", "pca", "svc"

_WORDS_FOR_BOOL = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def make_recipe(
    features: str = DEFAULT_EXTRACTOR,
    classifier: str = DEFAULT_CLASSIFIER,
    settings: Mapping[str, str] | None = None,
) -> Recipe:
    """A recipe with every hyperparameter filled in and checked.

    settings : what differs from the defaults, as written by a person; a name may leave out its step
        where that is clear ("C=1" for "svc__C=1"), in any case of letters.

    Raises UnknownExtractor, UnknownClassifier, UnknownParameter, ParameterOutOfRange.
    """
    if features not in EXTRACTORS:
        raise UnknownExtractor(name=features, known=", ".join(EXTRACTORS))
    if classifier not in CLASSIFIERS:
        raise UnknownClassifier(name=classifier, known=", ".join(CLASSIFIERS))
    parameters = parameters_of(features, classifier)
    values = {parameter.name: parameter.default for parameter in parameters}
    for name, text in (settings or {}).items():
        parameter = _find(name, parameters)
        values[parameter.name] = _check(parameter, text)
    return Recipe(features, DEFAULT_REDUCER, classifier, values)


def parameters_of(features: str, classifier: str) -> tuple[Parameter, ...]:
    """All that can be set for this pair, in the order in which people meet it."""
    return (
        *CLASSIFIERS[classifier],
        PROBABILITY,
        *REDUCERS[DEFAULT_REDUCER],
        *EXTRACTORS[features],
    )


def step_parameters(recipe: Recipe, step: str) -> dict[str, ParameterValue]:
    """The hyperparameters of one step, without the step's name: {"C": 10.0, …} for "svc"."""
    prefix = f"{step}__"
    return {
        name.removeprefix(prefix): value
        for name, value in recipe.hyperparameters.items()
        if name.startswith(prefix)
    }


def _find(name: str, parameters: Iterable[Parameter]) -> Parameter:
    wanted = name.casefold()
    by_name = {parameter.name.casefold(): parameter for parameter in parameters}
    if wanted in by_name:
        return by_name[wanted]
    short = [parameter for full, parameter in by_name.items() if full.endswith(f"__{wanted}")]
    if len(short) != 1:
        raise UnknownParameter(name=name, known=", ".join(p.name for p in by_name.values()))
    return short[0]


def _check(parameter: Parameter, text: str) -> ParameterValue:
    word = text.strip().casefold()
    value: ParameterValue | None = None
    if parameter.kind == "bool":
        value = _WORDS_FOR_BOOL.get(word)
    elif word in parameter.choices:
        value = word
    elif parameter.kind in ("int", "float"):
        value = _number(parameter, word)
    if value is None:
        raise ParameterOutOfRange(name=parameter.name, value=text, allowed=allowed(parameter))
    return value


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
    if parameter.kind != "choice":
        parts.append(f"{parameter.low:g}…{parameter.high:g}")
    return ", ".join(parts)
