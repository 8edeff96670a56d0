"""Photos, and the examples that name them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Photo:
    """The content of a file, as the one pass over its bytes found it. Immutable.

    sha256 : 64 hexadecimal digits of the file's bytes; equal digests are exact duplicates.
    bytes : the file's size.
    width, height : pixels of the upright image.
    mean, std : per channel R, G, B, 0–255.
    perceptual_hash, colours : hexadecimal; near duplicates differ in few bits of the first and by
        little in the second. `colours` is "" for photos of version 0.1.0.
    twins : the digest that names the photo's group of near duplicates, its own where it has none;
        "" where nobody has compared it yet (photos of version 0.1.0).
    """

    sha256: str
    bytes: int
    width: int
    height: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    perceptual_hash: str
    colours: str = ""
    twins: str = ""


class ExampleOrigin(StrEnum):
    """Who gave an example its class."""

    ARCHIVE = "archive"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Example:
    """A photo under a class in a dataset.

    id : what a button names; 0 before it is stored.
    name : the file's name where it came from, as `apple/1.jpg`.
    is_test : True in the dataset's test set, which is scored and never trained on.
    added_in : the number of the dataset's edit that added it.
    """

    id: int
    photo: Photo
    label: str
    name: str
    origin: ExampleOrigin = ExampleOrigin.ARCHIVE
    is_test: bool = False
    added_in: int = 0


def photo_path(name: str) -> str:
    """Where a store keeps a photo, relative to the store's folder: 256 folders of like size."""
    return f"{name[:2]}/{name}"
