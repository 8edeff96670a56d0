"""A recipe being chosen by buttons: its state travels in the buttons themselves, so it outlives a
restart and costs no memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.entities import Parameter, ParameterValue, Recipe
from core.recipes import CLASSIFIERS, EXTRACTORS, PROBABILITY, make_recipe

# How many of a classifier's hyperparameters have buttons; the others are set by /fit key=value.
PARAMETERS_SHOWN = 2


@dataclass(frozen=True)
class Choice:
    """features, classifier : positions on the shelf. values : a position among each shown parameter's
    suggestions. Encoded as digits: "00-22-1-0"."""

    features: int
    classifier: int
    values: tuple[int, ...]
    probability: bool
    curve: bool

    @classmethod
    def default(cls, features: int = 0, classifier: int = 0) -> Choice:
        shown = _shown(classifier)
        values = tuple(parameter.suggestions.index(parameter.default) for parameter in shown)
        return cls(features, classifier, values, probability=bool(PROBABILITY.default), curve=False)

    @classmethod
    def decode(cls, text: str) -> Choice:
        """Raises ValueError for what does not name something on the shelf."""
        recipe, values, probability, curve = text.split("-")
        choice = cls(
            features=int(recipe[0]),
            classifier=int(recipe[1]),
            values=tuple(int(digit) for digit in values),
            probability=probability == "1",
            curve=curve == "1",
        )
        if not choice._is_on_shelf():
            raise ValueError(text)
        return choice

    def encode(self) -> str:
        values = "".join(str(position) for position in self.values)
        return f"{self.features}{self.classifier}-{values}-{self.probability:d}-{self.curve:d}"

    @property
    def shown(self) -> tuple[Parameter, ...]:
        """The parameters that have buttons."""
        return _shown(self.classifier)

    def chosen(self, position: int) -> ParameterValue:
        return self.shown[position].suggestions[self.values[position]]

    def with_value(self, position: int, suggestion: int) -> Choice:
        values = list(self.values)
        values[position] = suggestion
        return replace(self, values=tuple(values))

    @property
    def recipe(self) -> Recipe:
        settings = {p.name: str(self.chosen(i)) for i, p in enumerate(self.shown)}
        settings[PROBABILITY.name] = str(self.probability)
        return make_recipe(
            list(EXTRACTORS)[self.features], list(CLASSIFIERS)[self.classifier], settings
        )

    def _is_on_shelf(self) -> bool:
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
