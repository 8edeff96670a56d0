"""A recipe that is being chosen by buttons. The state is in the buttons' data, so it survives a
restart and takes no memory."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from bot.commands.fit_words import CURVE
from bot.keyboards import StalePress
from core.entities import Parameter, ParameterValue, Recipe
from core.recipes import make_recipe
from core.registry import (
    CLASSIFIERS,
    DEFAULT_EXTRACTOR,
    EXTRACTORS,
    PROBABILITY,
    default_classifier,
    is_installed,
    short_name,
)

# The number of a classifier's hyperparameters that have buttons; others are set by /fit key=value.
PARAMETERS_SHOWN = 2
# The settings that name a recipe's steps.
FEATURES = "features"
CLASSIFIER = "classifier"
_ENCODED = re.compile(r"[0-9a-f]{8}-\d{1,3}-\d{1,3}-\d*-[01]-[01]", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """features, classifier : positions in the registry. values : a position among each shown
    parameter's suggestions. Encoded after a digest of the registry: "1f0c2a9b-0-0-22-1-0"."""

    features: int
    classifier: int
    values: tuple[int, ...]
    probability: bool
    curve: bool

    @classmethod
    def default(cls, features: int | None = None, classifier: int | None = None) -> Choice:
        """The choice at these positions, else at the defaults; every parameter has its default."""
        if features is None:
            features = list(EXTRACTORS).index(DEFAULT_EXTRACTOR)
        if classifier is None:
            suited = default_classifier(list(EXTRACTORS)[features])
            classifier = list(CLASSIFIERS).index(suited)
        shown = _shown(classifier)
        values = tuple(parameter.suggestions.index(parameter.default) for parameter in shown)
        return cls(features, classifier, values, probability=bool(PROBABILITY.default), curve=False)

    @classmethod
    def decode(cls, text: str) -> Choice:
        """Decodes a choice. Raises StalePress if it names nothing in the registry, or was made for
        another registry."""
        if not _ENCODED.fullmatch(text):
            raise StalePress
        digest, features, classifier, values, probability, curve = text.split("-")
        if digest != _REGISTRY_DIGEST:
            raise StalePress
        choice = cls(
            features=int(features),
            classifier=int(classifier),
            values=tuple(int(digit) for digit in values),
            probability=probability == "1",
            curve=curve == "1",
        )
        if not choice._is_in_registry():
            raise StalePress
        return choice

    def encode(self) -> str:
        """The choice as a button's argument, without a colon: "1f0c2a9b-0-0-22-1-0"."""
        values = "".join(str(position) for position in self.values)
        toggles = f"{self.probability:d}-{self.curve:d}"
        return f"{_REGISTRY_DIGEST}-{self.features}-{self.classifier}-{values}-{toggles}"

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that have buttons, in their order: parameters by their short names, in lower
        case."""
        parameters = (short_name(parameter).casefold() for parameter in self.shown)
        return (FEATURES, CLASSIFIER, *parameters, PROBABILITY.name, CURVE.name)

    def setting(self, position: int) -> str:
        """The setting at this position among `settings`. Raises StalePress."""
        if position >= len(self.settings):
            raise StalePress
        return self.settings[position]

    def value(self, setting: str) -> ParameterValue:
        """The chosen value of one of `settings`."""
        if setting == FEATURES:
            return list(EXTRACTORS)[self.features]
        if setting == CLASSIFIER:
            return list(CLASSIFIERS)[self.classifier]
        if setting == PROBABILITY.name:
            return self.probability
        if setting == CURVE.name:
            return self.curve
        return self.chosen(self._position(setting))

    def options(self, setting: str) -> list[tuple[ParameterValue, Choice]]:
        """The values of one of `settings` that can be chosen, with the choice that each leads to."""
        if setting == FEATURES:
            return [(name, self.with_features(i)) for i, name in enumerate(EXTRACTORS)]
        if setting == CLASSIFIER:
            return [
                (name, self.with_classifier(i))
                for i, name in enumerate(CLASSIFIERS)
                if is_installed(name)
            ]
        if setting == PROBABILITY.name:
            return [(on, replace(self, probability=on)) for on in (True, False)]
        if setting == CURVE.name:
            return [(on, replace(self, curve=on)) for on in (True, False)]
        position = self._position(setting)
        suggestions = self.shown[position].suggestions
        return [(value, self.with_value(position, i)) for i, value in enumerate(suggestions)]

    @property
    def shown(self) -> tuple[Parameter, ...]:
        """The parameters that have buttons."""
        return _shown(self.classifier)

    def chosen(self, position: int) -> ParameterValue:
        """The value of the shown parameter at this position."""
        return self.shown[position].suggestions[self.values[position]]

    def with_features(self, features: int) -> Choice:
        """The same choice with other features, and the classifier that suits them."""
        if features == self.features:
            return self
        fresh = Choice.default(features)
        return replace(fresh, probability=self.probability, curve=self.curve)

    def with_classifier(self, classifier: int) -> Choice:
        """The same choice with another classifier, whose parameters take their defaults."""
        if classifier == self.classifier:
            return self
        fresh = Choice.default(self.features, classifier)
        return replace(fresh, probability=self.probability, curve=self.curve)

    def with_value(self, position: int, suggestion: int) -> Choice:
        """The same choice with another suggestion, by its position, for a shown parameter."""
        values = list(self.values)
        values[position] = suggestion
        return replace(self, values=tuple(values))

    @property
    def recipe(self) -> Recipe:
        """The recipe; parameters without buttons have their defaults."""
        settings = {p.name: str(self.chosen(i)) for i, p in enumerate(self.shown)}
        settings[PROBABILITY.name] = str(self.probability)
        return make_recipe(
            list(EXTRACTORS)[self.features], list(CLASSIFIERS)[self.classifier], settings
        )

    def _position(self, setting: str) -> int:
        return [short_name(parameter).casefold() for parameter in self.shown].index(setting)

    def _is_in_registry(self) -> bool:
        return (
            self.features < len(EXTRACTORS)
            and self.classifier < len(CLASSIFIERS)
            and len(self.values) == len(self.shown)
            and all(
                value < len(parameter.suggestions)
                for value, parameter in zip(self.values, self.shown, strict=True)
            )
        )


def _shown(classifier: int) -> tuple[Parameter, ...]:
    return list(CLASSIFIERS.values())[classifier][:PARAMETERS_SHOWN]


def _registry_digest() -> str:
    """Eight hexadecimal digits that identify the registry: in another one, positions mean something
    else."""
    classifiers = [
        (name, [(parameter.name, parameter.suggestions) for parameter in _shown(position)])
        for position, name in enumerate(CLASSIFIERS)
    ]
    return hashlib.sha256(repr((list(EXTRACTORS), classifiers)).encode()).hexdigest()[:8]


_REGISTRY_DIGEST = _registry_digest()
