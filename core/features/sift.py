"""A bag of visual words over dense SIFT descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.hog import into_square

WORDS = 128
DESCRIPTOR = 128
# Descriptors every 8 pixels, of patches of three scales.
STEP, DIAMETERS = 8, (8.0, 12.0, 16.0)
# The whole square, and its four quarters.
REGIONS = 5


@dataclass(frozen=True)
class Sift:
    """Dense SIFT (Lowe, 2004), as RootSIFT (Arandjelović and Zisserman, 2012), counted by visual word
    in the whole square and in its quarters (Lazebnik et al., 2006).

    The words are fixed random directions, not learned ones, so a vector depends on its image alone
    and can be kept.

    size : side of the square, pixels. colour : True takes R, G and B separately, False
    takes grey levels.
    """

    size: int = 64
    colour: bool = True

    @property
    def key(self) -> str:
        return f"sift-{self.size}-{'colour' if self.colour else 'grey'}"

    @property
    def side(self) -> int:
        return self.size

    @property
    def dimension(self) -> int:
        """Regions × words, for each of the channels (3 or 1)."""
        return REGIONS * WORDS * (3 if self.colour else 1)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Square roots of the words' shares per region, 0–1, float32 (n, dimension)."""
        vectors = np.empty((len(images), self.dimension), np.float32)
        for row, image in enumerate(images):
            pixels = into_square(image, self.size)
            channels = (
                cv2.split(pixels) if self.colour else [cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)]
            )
            vectors[row] = np.concatenate([_count_words(channel) for channel in channels])
        return vectors


def _count_words(channel: NDArray[Any]) -> NDArray[np.float32]:
    """Square roots of each region's shares of words, (REGIONS × WORDS,)."""
    keypoints, quarters = _grid(len(channel))
    _, descriptors = _sift().compute(channel, keypoints)
    words = (_root(descriptors) @ _codebook().T).argmax(axis=1)
    counts = np.bincount(quarters * WORDS + words, minlength=4 * WORDS).reshape(4, WORDS)
    regions = np.vstack([counts.sum(axis=0), counts])
    shares = regions / regions.sum(axis=1, keepdims=True)
    rooted: NDArray[np.float32] = np.sqrt(shares, dtype=np.float32)
    return rooted.ravel()


def _root(descriptors: NDArray[Any]) -> NDArray[np.float32]:
    """RootSIFT: the Euclidean distance of the results is Hellinger's distance of the descriptors."""
    lengths = descriptors.sum(axis=1, keepdims=True)
    rooted: NDArray[np.float32] = np.sqrt(descriptors / np.maximum(lengths, 1))
    return rooted


def _grid(size: int) -> tuple[list[cv2.KeyPoint], NDArray[np.intp]]:
    """The keypoints of a square at which descriptors are computed, and the quarter of each, 0–3."""
    places = np.arange(STEP // 2, size, STEP, dtype=float)
    points = [(x, y, diameter) for diameter in DIAMETERS for y in places for x in places]
    keypoints = [cv2.KeyPoint(x, y, diameter, 0) for x, y, diameter in points]
    quarters = [2 * (y >= size / 2) + (x >= size / 2) for x, y, _ in points]
    return keypoints, np.array(quarters, np.intp)


@cache
def _sift() -> cv2.SIFT:
    return cv2.SIFT.create()


@cache
def _codebook() -> NDArray[np.float32]:
    """(WORDS, DESCRIPTOR) unit vectors, sparse and not negative as RootSIFT is."""
    directions: NDArray[np.float64] = np.sqrt(
        np.random.default_rng(0).gamma(0.3, size=(WORDS, DESCRIPTOR))
    )
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (directions / lengths).astype(np.float32)
    return unit
