"""Examples that look like another class than the one they are in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suspect:
    """An example that a model which never saw it would put into another class.

    likely, probability : that class, and how sure of it the model is, 0–1.
    """

    example_id: int
    label: str
    likely: str
    probability: float


@dataclass(frozen=True, slots=True)
class Search:
    """The suspects that were found in one version of a dataset, the most suspicious first."""

    version: int
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A held-out example of the class `truth` that a model took for `named`."""

    example_id: int
    truth: str
    named: str
