"""The words of /fit: a dataset, steps, settings and a name, in any order, case and language.

`key=value` is a setting. A bare word is a dataset's name, a step's name, or a value that only one
parameter of the recipe has ("linear"). What is left over may be the name of the model, if it is the first bare
word and resembles none of these; any other word is asked about, so that a slip of the finger never names a
model. A text of several words stands in quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import NoReturn

from bot.commands.aliases import ALIASES, canonical, step_names
from core import names
from core.entities import Dataset, Parameter, Recipe
from core.errors import (
    DatasetNotFound,
    ParameterOutOfRange,
    SettingUnclear,
    SeveralSteps,
    UnexpectedWord,
    UnknownParameter,
    UnknownSetting,
    UnknownWord,
)
from core.recipes import can_be, is_setting, make_recipe, parse_value
from core.registry import (
    CLASSIFIERS,
    EXTRACTORS,
    REDUCER,
    REDUCERS,
    all_parameters,
    installed_classifiers,
    parameters_named,
    parameters_of,
    short_name,
)

CURVE = Parameter("curve", "bool", default=False)
# Of difflib: "svm" resembles "svc" by 0.67, "pears" resembles "power" by 0.6.
LIKENESS = 0.65
_TOKEN = re.compile(r'[^\s"“”„«»=]*=?["“„«][^"“”„«»]*["“”»]|\S+')
_QUOTES = '"“”„«»'
# More of either names nothing. Telegram takes 4 096 characters, and two thousand words took minutes of the
# bot's time: every run of them may be a dataset's name.
MAX_WORDS, MAX_WORD_LENGTH = 48, 160
_SHOWN = 40
# Settings that are no parameters of a step.
_OWN = ("dataset", "name", "features", "classifier", CURVE.name)


@dataclass(frozen=True)
class FitWish:
    """What /fit's words ask for. dataset, name : None where they name none."""

    dataset: Dataset | None
    name: str | None
    recipe: Recipe
    curve: bool


@dataclass(frozen=True)
class _Setting:
    """`key` and `value` in the words of a recipe, and as they were written."""

    key: str
    value: str
    written_key: str
    written_value: str

    @property
    def written(self) -> str:
        return f"{self.written_key}={self.written_value}"


def parse(text: str, datasets: Sequence[Dataset]) -> FitWish:
    """Reads "fruits hog svc linear C=1 curve=yes name=best" for a user who has these datasets.

    Raises SettingUnclear, UnknownSetting, UnknownWord, UnexpectedWord, SeveralSteps, DatasetNotFound and what
    `make_recipe` raises, whose errors name a setting as it was written.
    """
    return _Reader(text, datasets).read()


class _Reader:
    """Takes the words apart, one kind after the other."""

    def __init__(self, text: str, datasets: Sequence[Dataset]) -> None:
        self._datasets = {names.key(dataset.name): dataset for dataset in datasets}
        tokens = _checked(_TOKEN.findall(text))
        self._settings = {s.key: s for s in map(_setting, filter(_is_assignment, tokens))}
        self._bare = [token.strip(_QUOTES) for token in tokens if not _is_assignment(token)]
        self._first = self._bare[0] if self._bare else None

    def read(self) -> FitWish:
        dataset = self._dataset()
        self._translate_steps()
        self._check_spaces()
        self._check_settings()
        features = self._step("features", EXTRACTORS)
        classifier = self._classifier()
        settings = {key: s.value for key, s in self._settings.items() if key not in _OWN}
        if reducers := self._take(set(REDUCERS) - {"none"}):
            settings[REDUCER.name] = reducers[0]
        try:
            recipe = make_recipe(features, classifier, settings)
            settings |= dict(self._values(recipe))
            recipe = make_recipe(features, classifier, settings)
            curve = bool(parse_value(CURVE, self._value(CURVE.name) or "no"))
        except (ParameterOutOfRange, UnknownParameter) as error:
            raise self._as_written(error) from None
        return FitWish(dataset, self._name(), recipe, curve)

    def _value(self, key: str) -> str | None:
        setting = self._settings.get(key)
        return setting.value if setting else None

    def _dataset(self) -> Dataset | None:
        """The dataset of `dataset=…`, else of the longest run of bare words that is a dataset's name."""
        if named := self._settings.get("dataset"):
            found = self._datasets.get(names.key(named.written_value))
            return found or self._guess_dataset(named)
        for first, end in _runs(len(self._bare)):
            run = " ".join(self._bare[first:end])
            found = self._datasets.get(names.key(run))
            if found and not _is_step(run):
                del self._bare[first:end]
                return found
        return None

    def _translate_steps(self) -> None:
        """Puts the word of a step in the place of the name that reports show."""
        for first, end in _runs(len(self._bare)):
            step = step_names().get(" ".join(self._bare[first:end]).casefold())
            if step and _is_step(step):
                self._bare[first:end] = [step]

    def _guess_dataset(self, named: _Setting) -> NoReturn:
        key = names.key(named.written_value)
        if near := _close(key, self._datasets):
            guess = f"{named.written_key}={self._datasets[near[0]].name}"
            raise UnknownSetting(setting=named.written, guess=guess)
        raise DatasetNotFound

    def _check_spaces(self) -> None:
        """Raises SettingUnclear for "C 1", which would name a model "C"."""
        for word, value in pairwise(self._bare):
            if _accepts(canonical(word), canonical(value)):
                raise SettingUnclear(example=f"{word}={value}")

    def _check_settings(self) -> None:
        """Raises UnknownSetting for a setting of nothing that resembles one."""
        for setting in self._settings.values():
            if guess := _meant_by(setting):
                raise UnknownSetting(setting=setting.written, guess=guess)

    def _step(self, key: str, registry: Mapping[str, object]) -> str | None:
        """The step of `key=…`, else the bare word that is one. Raises SeveralSteps."""
        if (explicit := self._value(key)) is not None:
            return explicit
        found = self._take(registry)
        if len(found) > 1:
            raise SeveralSteps(names=", ".join(found))
        return found[0] if found else None

    def _classifier(self) -> str | None:
        """As `_step`, but "rbf" beside "svc" is the kernel of an SVC."""
        if "classifier" not in self._settings:
            classifiers = installed_classifiers()
            found = [w for w in map(canonical, self._bare) if w in classifiers]
            for word in found if len(found) > 1 else ():
                others = [other for other in found if other != word]
                if all(len(_with_choice(classifiers[word], other)) == 1 for other in others):
                    self._bare = [w for w in self._bare if canonical(w) != word]
                    return word
        return self._step("classifier", installed_classifiers())

    def _values(self, recipe: Recipe) -> Iterator[tuple[str, str]]:
        """Takes the bare words that are values of exactly one parameter of the recipe."""
        parameters = parameters_of(recipe.features, recipe.classifier, recipe.reducer)
        for word in list(self._bare):
            owners = _with_choice(parameters, canonical(word))
            if len(owners) == 1:
                self._bare.remove(word)
                yield owners[0].name, canonical(word)

    def _name(self) -> str | None:
        """The model's name. Raises UnknownWord and UnexpectedWord for bare words that are none."""
        named = self._settings.get("name")
        for word in self._bare:
            if guess := self._resembled(word):
                raise UnknownWord(word=word, guess=guess)
            if named or word != self._first:
                raise UnexpectedWord(word=word)
        if named:
            return named.written_value
        return self._bare[0] if self._bare else None

    def _resembled(self, word: str) -> str | None:
        """What /fit would have understood in the place of the word."""
        vocabulary = _vocabulary() | {key: d.name for key, d in self._datasets.items()}
        near = _close(names.key(word), vocabulary)
        return vocabulary[near[0]] if near else None

    def _take(self, wanted: Mapping[str, object] | set[str]) -> list[str]:
        """Takes the bare words that are among these."""
        found = [word for word in self._bare if canonical(word) in wanted]
        self._bare = [word for word in self._bare if word not in found]
        return [canonical(word) for word in found]

    def _as_written(
        self, error: ParameterOutOfRange | UnknownParameter
    ) -> ParameterOutOfRange | UnknownParameter:
        """The error with the setting's name and value as they were written."""
        setting = self._settings.get(error.name)
        name = setting.written_key if setting else error.name
        if isinstance(error, ParameterOutOfRange):
            value = setting.written_value if setting else error.value
            return ParameterOutOfRange(name=name, value=value, allowed=error.allowed)
        known = (full.split("__")[-1] for full in error.known.split(", "))
        return UnknownParameter(name=name, known=", ".join(known))


def _checked(tokens: Sequence[str]) -> Sequence[str]:
    """The words, few and short. Raises UnexpectedWord for the first that is too much."""
    too_many = tokens[MAX_WORDS : MAX_WORDS + 1]
    for token in (*(t for t in tokens[:MAX_WORDS] if len(t) > MAX_WORD_LENGTH), *too_many):
        raise UnexpectedWord(word=f"{token[:_SHOWN]}…" if len(token) > _SHOWN else token)
    return tokens


def _is_assignment(token: str) -> bool:
    return "=" in token and token[0] not in _QUOTES


def _setting(token: str) -> _Setting:
    """Raises SettingUnclear for the halves of "C = 1"."""
    key, _, value = token.partition("=")
    value = value.strip(_QUOTES)
    if not key or not value:
        raise SettingUnclear(example="C=1")
    return _Setting(canonical(key), canonical(value), key, value)


def _runs(count: int) -> Iterator[tuple[int, int]]:
    """(first, end) of all runs among so many words, the longest first."""
    for length in range(count, 0, -1):
        for first in range(count - length + 1):
            yield first, first + length


def _is_step(word: str) -> bool:
    return canonical(word) in (*EXTRACTORS, *installed_classifiers())


def _accepts(key: str, value: str) -> bool:
    """Return whether /fit accepts "key=value"."""
    if key == "features":
        return value in EXTRACTORS
    if key == "classifier":
        return value in installed_classifiers()
    return is_setting(key, value) or (key == CURVE.name and can_be(CURVE, value))


def _meant_by(setting: _Setting) -> str | None:
    """The setting that "classifier=svm", "pca=50" or "kernal=linear" was to be; None where it is one, or
    resembles none."""
    if known := {"features": EXTRACTORS, "classifier": CLASSIFIERS}.get(setting.key):
        near = [] if setting.value in known else _close(setting.value, known)
        return f"{setting.written_key}={near[0]}" if near else None
    if setting.key in _OWN or parameters_named(setting.key):
        return None
    name = _parameter_of_step(setting) or _parameter_like(setting)
    return f"{name}={setting.written_value}" if name else None


def _parameter_of_step(setting: _Setting) -> str | None:
    """ "n_components" for "pca=50": the first of the step's parameters that can be 50."""
    steps = {**EXTRACTORS, **installed_classifiers(), **REDUCERS}
    parameters = (p for p in steps.get(setting.key, ()) if can_be(p, setting.value))
    return next(map(short_name, parameters), None)


def _parameter_like(setting: _Setting) -> str | None:
    """ "kernel" for "kernal=linear"."""
    keys = {short_name(p).casefold(): short_name(p) for p in all_parameters()}
    keys |= {key: key for key in _OWN}
    keys |= {alias: alias for alias, meant in ALIASES.items() if meant in keys}
    near = _close(setting.written_key.casefold(), keys)
    return keys[near[0]] if near else None


def _close(word: str, words: Iterable[str]) -> list[str]:
    """The word that is most like this one, if any is."""
    return get_close_matches(word, list(words), 1, LIKENESS)


def _with_choice(parameters: Sequence[Parameter], word: str) -> list[Parameter]:
    """The parameters that have this word as a value of their own."""
    return [p for p in parameters if p.kind != "choices" and word in p.choices]


def _vocabulary() -> dict[str, str]:
    """The words that /fit knows, in lower case, and how it takes them."""
    found = {key: f"{key}=…" for key in _OWN} | {CURVE.name: f"{CURVE.name}=yes"}
    for parameter in all_parameters():
        name = short_name(parameter)
        found |= {choice: f"{name}={choice}" for choice in parameter.choices}
        found[name.casefold()] = f"{name}={_default(parameter)}"
    found |= {step: step for step in (*EXTRACTORS, *installed_classifiers(), "pca")}
    return found | {alias: found[meant] for alias, meant in ALIASES.items() if meant in found}


def _default(parameter: Parameter) -> str:
    """The parameter's default as a person writes it."""
    default = parameter.default
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"{default:g}" if isinstance(default, float) else str(default)
