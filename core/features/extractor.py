"""The contract of every extractor: upright RGB images in, one vector each out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Extractor(Protocol):
    """Computes from an image a vector that a classifier can learn from. Stateless, so vectors can
    be kept."""

    @property
    def key(self) -> str:
        """Name of the extractor with everything that shapes its vectors; usable as a file name."""

    @property
    def side(self) -> int:
        """Shorter side that an image should have, pixels; decoding a larger one gains nothing."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of RGB images of any size: float32 (n, dimension)."""
