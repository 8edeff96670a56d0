"""Models, and the one that a chat uses."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import BadInput, LukoshkoError


@dataclass(eq=False)
class ModelNotFound(LukoshkoError):
    """There is no such model: {name}."""

    name: str


@dataclass(eq=False)
class ModelGone(ModelNotFound):
    """This model is not there any more."""

    name: str = ""


@dataclass(eq=False)
class ModelUnreadable(BadInput):
    """{path} is not a model that `fit` wrote: choose an .onnx file of its making, or train it again."""

    path: str


@dataclass(eq=False)
class NoActiveModel(LukoshkoError):
    """No model is in use here: choose one with /models."""


@dataclass(eq=False)
class BaselineNotRemovable(LukoshkoError):
    """The baseline model is everyone's and can't be removed."""
