"""Quizzes."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput, LukoshkoError


@dataclass(eq=False)
class QuizWithoutPhotos(BadInput):
    """The model here did not learn from photos that are kept: a quiz needs a model taught from photos."""


@dataclass(eq=False)
class QuizTooFewClasses(BadInput):
    """A quiz needs photos of at least two classes."""


@dataclass(eq=False)
class QuizRunning(LukoshkoError):
    """A quiz is running here: answer that one first."""


@dataclass(eq=False)
class QuizTooOften(LukoshkoError):
    """{limit} quizzes an hour are enough: try again later."""

    limit: int
