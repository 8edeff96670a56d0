"""A recipe's extractor, ready to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.entities import Recipe
from core.errors import UnknownExtractor
from core.features.extractor import Extractor
from core.features.hog import Hog
from core.recipes import step_parameters

_EXTRACTORS: Mapping[str, Callable[..., Extractor]] = {"hog": Hog}


def make_extractor(recipe: Recipe) -> Extractor:
    """Raises UnknownExtractor, ParameterOutOfRange."""
    if recipe.features not in _EXTRACTORS:
        raise UnknownExtractor(name=recipe.features, known=", ".join(_EXTRACTORS))
    parameters: dict[str, Any] = step_parameters(recipe, recipe.features)
    return _EXTRACTORS[recipe.features](**parameters)
