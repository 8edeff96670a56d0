"""Datasets and their descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.entities.photos import Skipped


@dataclass(frozen=True, slots=True)
class Spread:
    min: int
    mean: float
    max: int


@dataclass(frozen=True, slots=True)
class Sizes:
    width: Spread
    height: Spread


@dataclass(frozen=True, slots=True)
class ClassColors:
    """Mean over the class's images of their mean and standard deviation, per channel R, G, B, 0–255."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Images that are there more than once: each group of n copies counts n - 1.

    exact : by content. near : by perceptual hash, the exact ones not counted again.
    by_class : both kinds, within a class; classes without any are left out.
    across_classes : (class, other class, groups that have images in both), in order of the names; of
        many pairs the 100 with the most. Of a group in more than ten classes only ten are paired.
    widest : (an image's name, classes that its group lies in) of such groups, the five widest.
    """

    exact: int
    near: int
    by_class: Mapping[str, int]
    across_classes: tuple[tuple[str, str, int], ...]
    widest: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset in figures, computed from its examples when it is asked for.

    classes : number of images by name, in order of the names.
    skipped : what the last reading left out. seconds : what that reading took.
    """

    images: int
    classes: Mapping[str, int]
    duplicates: Duplicates
    sizes: Sizes
    colors: Mapping[str, ClassColors]
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an archive gave, as files: tables of any length cross no process border.

    examples : path of the listing of what was found (`core.datasets.listing`).
    photos : folder of their photos' bytes, laid out as a store.
    cache : folder of what was computed from them, laid out as a cache.
    regrouped : path of the listing of known photos whose group of near duplicates has changed.
    classes : how many examples of each class were found, in order of the names.
    test_images : how many of them are in a test part.
    """

    examples: str
    photos: str
    cache: str
    regrouped: str
    classes: Mapping[str, int]
    test_images: int
    skipped: tuple[Skipped, ...]
    seconds: float

    @property
    def images(self) -> int:
        """How many examples were found."""
        return sum(self.classes.values())


class EditKind(StrEnum):
    ADD = "add"
    RELABEL = "relabel"
    MOVE = "move"
    REMOVE = "remove"
    RENAME_CLASS = "rename_class"
    SET_TEST = "set_test"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Edit:
    """One batch of changes to a dataset's examples.

    number : the dataset's version that it made. by_id : the user who made it.
    changed : how many examples it added, changed or removed.
    """

    dataset_id: int
    number: int
    kind: EditKind
    by_id: int
    at: datetime
    changed: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """A user's dataset.

    version : the number of its last edit; models name the version that they learned from.
    classes : number of examples by class, in order of the names; those of the test set count too.
    test_images : how many examples are in the test set.
    sheet : content hash of the last sheet of samples, where one was drawn.
    """

    id: int
    owner_id: int
    name: str
    version: int
    classes: Mapping[str, int]
    test_images: int
    created_at: datetime
    updated_at: datetime
    sheet: str | None = None

    @property
    def images(self) -> int:
        """How many examples there are, those of the test set too."""
        return sum(self.classes.values())
