"""Datasets and their descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.entities.archives import Note, Skipped


@dataclass(frozen=True, slots=True)
class Spread:
    """A range of whole numbers with its mean; `Sizes` has them in pixels."""

    min: int
    mean: float
    max: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The ranges of the upright images' width and height, pixels."""

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
    skipped, notes : what the last reading left out, and what it says of the archive.
    seconds : what it took.
    """

    images: int
    classes: Mapping[str, int]
    duplicates: Duplicates
    sizes: Sizes
    colors: Mapping[str, ClassColors]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Note, ...] = ()
    seconds: float = 0.0


class EditKind(StrEnum):
    """What an edit does; its value is what storage keeps."""

    ADD = "add"
    RELABEL = "relabel"
    MOVE = "move"
    REMOVE = "remove"
    RENAME_CLASS = "rename_class"
    SET_TEST = "set_test"
    REFUSE = "refuse"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Edit:
    """One batch of changes to a dataset's examples.

    number : the dataset's version that it made. by_id : the user who made it.
    changed : how many examples it added, changed or removed, or how many photos became negatives.
    """

    dataset_id: int
    number: int
    kind: EditKind
    by_id: int
    at: datetime
    changed: int


@dataclass(frozen=True, slots=True)
class LastEdit:
    """The edit that an undo would take back.

    before : how many examples it changed, moved or removed, by the class that they had.
    after : how many it changed or added, by the class that they have since.
    """

    edit: Edit
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A user's dataset.

    version : the number of its last edit; models name the version that they learned from.
    classes : number of examples by class, in order of the names; those of the test set count too.
    training_classes : the same without the test set.
    test_images : how many examples are in the test set.
    sheet : content hash of the last sheet of samples, where one was drawn.
    extends_baseline : True if its live model knows what the baseline was taught, too.
    negatives : number of photos that are none of the classes; they are no examples.
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
    training_classes: Mapping[str, int] = field(default_factory=dict)
    extends_baseline: bool = False
    negatives: int = 0

    @property
    def images(self) -> int:
        """How many examples there are, those of the test set too."""
        return sum(self.classes.values())
