"""Recipes: extractor, reducer and classifier with their hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ParameterValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter, its default and its allowed values.

    kind : "int", "float", "bool", "choice", or "choices" for two or more of them, joined by commas.
    low, high : a number's range, both inclusive.
    choices : the words that are allowed, for a number beside its range.
    suggestions : values worth trying, for buttons.
    """

    name: str
    kind: str
    default: ParameterValue
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    suggestions: tuple[ParameterValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Extractor + reducer + classifier, with every hyperparameter given a checked value."""

    features: str
    reducer: str
    classifier: str
    hyperparameters: Mapping[str, ParameterValue]

    @property
    def name(self) -> str:
        """The names of the three steps, joined: "lite2+none+lda"."""
        return "+".join((self.features, self.reducer, self.classifier))


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How to fit. `budget_s` covers training and evaluation, not the extraction of features."""

    budget_s: float = 10.0
    curve: bool = False
    seed: int = 0
