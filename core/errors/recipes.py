"""Recipes, and the words that they are given in."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput


@dataclass(eq=False)
class UnknownExtractor(BadInput):
    """There are no features named {name}; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class BackboneUnusable(BadInput):
    """The network {name} of BACKBONES can't be used: {detail}"""

    name: str
    detail: str


@dataclass(eq=False)
class UnknownClassifier(BadInput):
    """There is no classifier named {name}; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class ClassifierNotInstalled(BadInput):
    """{name} is not installed here: choose another classifier, or install Lukoshko with its extra "boosting"."""

    name: str


@dataclass(eq=False)
class UnknownParameter(BadInput):
    """There is no parameter {name} here; there are: {known}."""

    name: str
    known: str


@dataclass(eq=False)
class UnknownSetting(BadInput):
    """There is no setting {setting}: did you mean {guess}?"""

    setting: str
    guess: str


@dataclass(eq=False)
class UnknownWord(BadInput):
    """The word {word} is not known: did you mean {guess}? A model's name is given as name={word}."""

    word: str
    guess: str


@dataclass(eq=False)
class UnexpectedWord(BadInput):
    """The word {word} is not known: a model's name comes first, or is given as name={word}."""

    word: str


@dataclass(eq=False)
class SeveralSteps(BadInput):
    """A recipe has one of these: {names}."""

    names: str


@dataclass(eq=False)
class SettingUnclear(BadInput):
    """A setting is one word, without spaces: {example}"""

    example: str


@dataclass(eq=False)
class ParameterOutOfRange(BadInput):
    """{name} can't be {value}: allowed is {allowed}."""

    name: str
    value: str
    allowed: str
