"""Examples chosen to be shown."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from core import names
from core.entities import Example


def sample_by_class(examples: Iterable[Example], most: int, seed: int) -> dict[str, list[str]]:
    """The digests of at most `most` photos of each class, classes in order of their names.

    Other photos for another seed, no content twice.
    """
    by_class: dict[str, dict[str, None]] = {}
    for example in examples:
        by_class.setdefault(example.label, {})[example.photo.sha256] = None
    return {
        label: _drawn(label, list(by_class[label]), most, seed)
        for label in sorted(by_class, key=names.order)
    }


def _drawn(label: str, digests: list[str], most: int, seed: int) -> list[str]:
    # A generator per class: one more class does not change the others' photos.
    random = np.random.default_rng([seed, zlib.crc32(label.encode())])
    return [digests[i] for i in random.permutation(len(digests))[:most]]
