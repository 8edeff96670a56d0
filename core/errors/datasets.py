"""Datasets, their names and their edits."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors.base import LukoshkoError


@dataclass(eq=False)
class DatasetNotFound(LukoshkoError):
    """There is no such dataset."""


@dataclass(eq=False)
class NoDataset(LukoshkoError):
    """There is no dataset yet: send a ZIP of class folders."""


@dataclass(eq=False)
class NoDatasetChosen(LukoshkoError):
    """There are several datasets: choose one."""


@dataclass(eq=False)
class DatasetChanged(LukoshkoError):
    """{name} has changed since this model was trained: train again."""

    name: str


@dataclass(eq=False)
class NameTaken(LukoshkoError):
    """The name {name} is taken: choose another one."""

    name: str


@dataclass(eq=False)
class NameInvalid(LukoshkoError):
    """A name has 1 to {max_length} characters on one line."""

    max_length: int


@dataclass(eq=False)
class LabelInvalid(LukoshkoError):
    """The name of a class has 1 to {max_length} characters on one line."""

    max_length: int


@dataclass(eq=False)
class NothingToChange(LukoshkoError):
    """There is nothing to change: these photos are gone, or are so already."""


@dataclass(eq=False)
class NothingToUndo(LukoshkoError):
    """There is nothing that can be taken back."""


@dataclass(eq=False)
class AlreadyUndone(LukoshkoError):
    """What this was to take back is taken back."""


@dataclass(eq=False)
class EditNotLast(LukoshkoError):
    """This is not the last change any more: only the last one can be undone."""
