"""Entities as JSON and back, exactly: a bool stays a bool and 1.0 stays a float.

Tuples are lists there, moments are ISO 8601, mappings keep their order.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from cattrs import BaseValidationError
from cattrs.preconf.json import make_converter

T = TypeVar("T")

_converter = make_converter()


def to_plain(entity: object) -> Any:
    """The entity as what `json` writes: dicts, sequences, strings, numbers, booleans and None."""
    return _converter.unstructure(entity)


def to_json(entity: object) -> str:
    """The entity as JSON text that `from_json` reads back as an equal entity."""
    return json.dumps(to_plain(entity))


def from_json(text: str, kind: type[T]) -> T:
    """The entity of this kind that `to_json` wrote. Raises ValueError if the text holds no such thing."""
    try:
        return _converter.structure(json.loads(text), kind)
    except (BaseValidationError, TypeError, RecursionError) as error:
        raise ValueError(f"This is no {kind.__name__}: {error}") from error
