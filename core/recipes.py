"""Recipes: made of what a person wrote, and read by those who build their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from core.entities import Parameter, ParameterValue, Recipe
from core.errors import (
    ClassifierNotInstalled,
    ParameterOutOfRange,
    UnknownClassifier,
    UnknownExtractor,
    UnknownParameter,
)
from core.registry import (
    CLASSIFIERS,
    DEFAULT_EXTRACTOR,
    EXTRACTORS,
    PROBABILITY,
    REDUCER,
    REDUCERS,
    default_classifier,
    default_reducer,
    installed_classifiers,
    parameters_named,
    parameters_of,
)

FOLDER_RECIPE = Recipe("squares", "none", "lda", {"lda__shrinkage": 0.3, PROBABILITY.name: True})
"""The head of a folder for Teachable Machine's library (`core.export.teachable`); no person can name its
features. Linear, so that one layer holds it."""

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


def _step_with(
    wishes: Iterable[str], registry: Mapping[str, tuple[Parameter, ...]], default: str
) -> str:
    """The step in the registry that has most of these parameters; the default wins a tie."""

    def known(step: str) -> int:
        names = {parameter.name.casefold() for parameter in registry[step]}
        short = {name.split("__")[-1] for name in names}
        return len((names | short).intersection(wishes))

    return max((default, *registry), key=known)


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
