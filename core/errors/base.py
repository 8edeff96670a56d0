"""The base of the family: a class whose docstring is the sentence that people read."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar

# The most things that an error lists by name.
MAX_NAMED = 5


@dataclass(eq=False)
class LukoshkoError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def facts(self) -> dict[str, Any]:
        """The fields by name, to fill in a sentence in another language."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return " ".join(inspect.cleandoc(type(self).__doc__ or "").format(**self.facts).split())

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.facts)


def _rebuild(kind: type[LukoshkoError], facts: dict[str, Any]) -> LukoshkoError:
    return kind(**facts)


@dataclass(eq=False)
class BadInput(LukoshkoError):
    """The input can't be used."""
