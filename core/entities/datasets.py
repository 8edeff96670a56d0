"""Datasets and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.entities.photos import ImageRecord, Skipped


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
    across_classes : (class, other class, groups that have images in both), in order of the names.
    """

    exact: int
    near: int
    by_class: Mapping[str, int]
    across_classes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset in figures. `classes` maps a name to its number of images, in order of the names."""

    images: int
    classes: Mapping[str, int]
    duplicates: Duplicates
    sizes: Sizes
    colors: Mapping[str, ClassColors]
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an archive gave: its records, and the description of the whole dataset with them."""

    records: tuple[ImageRecord, ...]
    description: Description


@dataclass(frozen=True, slots=True)
class Dataset:
    """A user's dataset. `version` grows by one whenever images are added.

    sheet : content hash of the last sheet of samples, where one was drawn.
    """

    id: int
    owner_id: int
    name: str
    version: int
    description: Description
    created_at: datetime
    updated_at: datetime
    sheet: str | None = None
