"""Histograms of oriented gradients, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from skimage.feature import hog

from core.errors import ParameterOutOfRange

# 10 000 float32 numbers per image: 37 000 images take at most 1.5 GB.
MAX_DIMENSION = 10_000


@dataclass(frozen=True)
class Hog:
    """Colour HOG (Dalal and Triggs, 2005) of the image fitted into a square.

    The histograms of R, G and B are computed separately and concatenated: a coloured edge tells more
    than the strongest channel alone.

    orientations : number of bins for the angle, over 180°. pixels_per_cell : side of a cell, pixels.
    cells_per_block : side of a block, cells; histograms are normalised by block. size : side of the
    square, pixels.

    Raises ParameterOutOfRange where the cells are too large for one block to fit, or so small that the
    vector grows too long.
    """

    orientations: int = 3
    pixels_per_cell: int = 10
    cells_per_block: int = 2
    size: int = 64

    def __post_init__(self) -> None:
        largest = self.size // self.cells_per_block
        if self.pixels_per_cell > largest:
            raise self._bad_cell(f"≤ {largest}")
        if self.dimension > MAX_DIMENSION:
            larger = range(self.pixels_per_cell, largest + 1)
            smallest = next(cell for cell in larger if self._dimension(cell) <= MAX_DIMENSION)
            raise self._bad_cell(f"≥ {smallest}")

    @property
    def key(self) -> str:
        return f"hog-{self.orientations}-{self.pixels_per_cell}-{self.cells_per_block}-{self.size}"

    @property
    def side(self) -> int:
        return self.size

    @property
    def dimension(self) -> int:
        """3 × orientations × (blocks per side × cells_per_block)²."""
        return self._dimension(self.pixels_per_cell)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Block-normalised histograms (L2-Hys), float32 (n, dimension): R, then G, then B."""
        vectors = np.empty((len(images), self.dimension), np.float32)
        for row, image in enumerate(images):
            pixels = into_square(image, self.size)
            vectors[row] = np.concatenate([self._channel(pixels[..., c]) for c in range(3)])
        return vectors

    def _dimension(self, pixels_per_cell: int) -> int:
        blocks = self.size // pixels_per_cell - self.cells_per_block + 1
        return 3 * self.orientations * (blocks * self.cells_per_block) ** 2

    def _bad_cell(self, allowed: str) -> ParameterOutOfRange:
        return ParameterOutOfRange(
            name="hog__pixels_per_cell", value=str(self.pixels_per_cell), allowed=allowed
        )

    def _channel(self, channel: NDArray[np.uint8]) -> NDArray[np.float64]:
        vector: NDArray[np.float64] = hog(
            channel,
            orientations=self.orientations,
            pixels_per_cell=(self.pixels_per_cell,) * 2,
            cells_per_block=(self.cells_per_block,) * 2,
        )
        return vector


def into_square(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """The whole image in a square of `size` pixels, its aspect kept: uint8 (size, size, 3), RGB.

    The border pixels are repeated to fill the square, since a plain border would add an edge that
    does not belong to the object (on shop photos 15.5 % against 14.9 % of coarse classes).
    """
    pixels = np.asarray(ImageOps.contain(image, (size, size)))
    height, width = pixels.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    return np.pad(
        pixels, ((top, size - height - top), (left, size - width - left), (0, 0)), mode="edge"
    )
