"""The registry of extractors: makes the one that a recipe names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core.backbones import BACKBONES
from core.entities import Recipe
from core.errors import UnknownExtractor
from core.features.colour import Colour
from core.features.extractor import Extractor
from core.features.hog import Hog
from core.features.networks import lite, operators
from core.features.side_by_side import SideBySide
from core.features.sift import Sift
from core.features.squares import squares
from core.recipes import step_parameters

_EXTRACTORS: Mapping[str, Callable[..., Extractor]] = {
    "hog": Hog,
    "colour": Colour,
    "sift": Sift,
    # Of `core.export.teachable`; no recipe of a user has it.
    "squares": squares,
    "lite0": partial(lite, "lite0"),
    **{name: partial(lite, "lite2") for name in ("lite2", "fast", "best")},
    **{name: partial(operators, name) for name in BACKBONES},
}


def make_extractor(recipe: Recipe) -> Extractor:
    """The recipe's extractor; for "a+b" the vectors of a and b are concatenated.

    Raises UnknownExtractor, ParameterOutOfRange, BackboneUnusable.
    """
    names = recipe.features.split("+")
    if not set(names) <= set(_EXTRACTORS):
        raise UnknownExtractor(name=recipe.features, known=", ".join(_EXTRACTORS))
    parts = tuple(_make(recipe, name) for name in names)
    return parts[0] if len(parts) == 1 else SideBySide(parts)


def _make(recipe: Recipe, name: str) -> Extractor:
    parameters: dict[str, Any] = step_parameters(recipe, name)
    return _EXTRACTORS[name](**parameters)
