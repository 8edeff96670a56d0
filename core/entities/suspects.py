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
