"""What `python -m core` says, and how these tests ask for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.core.learning import ENDLESS

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 60
OK, FAILED, BAD_INPUT, TIME_LIMIT, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The printed JSON. Asserts that it was one line and that nothing went wrong."""
        assert (self.code, self.err) == (OK, ""), self
        (line,) = self.out.splitlines()
        return json.loads(line, parse_constant=pytest.fail)

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


Core = Callable[..., Run]

CLASSICAL = ("--features", "hog", "--classifier", "svc")
NO_END = (*CLASSICAL, *(f"--set={name}={value}" for name, value in ENDLESS.items()))


def shape(value: object) -> Any:
    """The types in a JSON value: {"a": [1, 2]} → {"a": ["int"]}."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__
