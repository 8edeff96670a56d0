"""The contract of every extractor: upright RGB images in, one vector each out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Extractor(Protocol):
    """Turns an image into a vector that a classifier can learn from; stateless, so vectors can be kept."""

    @property
    def key(self) -> str:
        """Names the extractor and all that shapes its vectors; fit for a file name."""

    @property
    def side(self) -> int:
        """The shorter side in pixels that an image should have, for decoding no more than is needed."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of RGB images of any size: float32 (n, dimension)."""
