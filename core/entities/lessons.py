"""Lessons: photos that a person teaches under one class's name."""

from __future__ import annotations

from dataclasses import dataclass

from core.entities.archives import Reading
from core.entities.models import FittedModel
from core.entities.suspects import Suspect
from core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Learned:
    """A photo of a lesson. said : the class that the dataset's model named before, None where there was
    none."""

    sha256: str
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a worker made of photos that are taught as one class.

    photos : one per picture, in order; the error of one that can't be read. different : how many
    pictures there are, near duplicates counted once. reading : None where no picture could be read.
    """

    label: str
    photos: tuple[Learned | BadInput, ...]
    different: int
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class LiveFit:
    """A live model that was trained, and the photos of its dataset that look mislabelled, the most suspicious
    first. suspects : None where nobody looked: there are too many photos for that to be quick."""

    fitted: FittedModel
    suspects: tuple[Suspect, ...] | None
