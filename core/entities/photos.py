"""Photos: what one pass over a file finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a dataset, as one pass over its bytes found it.

    source, index : where the bytes are: `source` names a ZIP or folder (in storage the SHA-256 of the
        file's content, on the command line its path), `index` counts its entries from 0.
    sha256 : hexadecimal digest of the file's bytes; equal digests are exact duplicates.
    perceptual_hash : 16 hexadecimal digits; near duplicates differ in few bits.
    mean, std : per channel R, G, B, 0–255.
    """

    source: str
    index: int
    name: str
    label: str
    sha256: str
    bytes: int
    width: int
    height: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    perceptual_hash: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out. `reason` is an error's code, `detail` its English sentence."""

    name: str
    reason: str
    detail: str
