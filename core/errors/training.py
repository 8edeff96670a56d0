"""Photos that no model can be trained on or tested with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors.base import MAX_NAMED, BadInput


@dataclass(eq=False)
class DatasetEmpty(BadInput):
    """There are no photos in {name} yet."""

    name: str


@dataclass(eq=False)
class TooFewClasses(BadInput):
    """There is only one class ({label}): a model needs at least two to tell apart."""

    label: str


@dataclass(eq=False)
class TooFewPhotos(BadInput):
    """Too few different photos to train: {labels}. Each class needs at least {needed}."""

    labels: str
    needed: int

    @classmethod
    def of(cls, counts: Mapping[str, int], needed: int) -> TooFewPhotos:
        """Names the first few of these classes with their numbers of photos."""
        return cls(labels=name_counts(counts), needed=needed)


def name_counts(counts: Mapping[str, int]) -> str:
    """The first few of these, "apple (3), pear (4), … (+2)"."""
    named = [f"{label} ({count})" for label, count in counts.items()]
    more = f", … (+{len(named) - MAX_NAMED})" if len(named) > MAX_NAMED else ""
    return ", ".join(named[:MAX_NAMED]) + more


@dataclass(eq=False)
class PhotosInSeveralClasses(BadInput):
    """Too few different photos to train: {labels}. {label} shares {shared} of its {photos} photos with other
    classes, such as {other}, and the same photo counts once. Each class needs at least {needed} of its
    own: keep each photo in one class."""

    labels: str
    needed: int
    label: str
    photos: int
    shared: int
    other: str


@dataclass(eq=False)
class NumbersTooLarge(BadInput):
    """These settings make numbers too large to compute with: try a smaller {parameters}."""

    parameters: str


@dataclass(eq=False)
class ClassesUnknownToModel(BadInput):
    """None of the test photos belongs to a class of the model."""
