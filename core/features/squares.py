"""A network's map averaged over the middle square of a picture: what Teachable Machine's library can compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.backbone import Backbone
from core.features.networks import lite

SIDE = 224
"""Pixels: the size for which programs that load such models are made."""

# The library computes value / 127 − 1 for each channel (`capture` in its src/utils/tf.ts, version 0.8.5).
_GREY = (127.0, 127.0, 127.0)
_VERSION = 1


@dataclass(frozen=True)
class Squares:
    """Extracts the mean of each channel of the network's map, 0–6 each, without a focus, a power or a norm:
    a model of TensorFlow.js has no layers for these."""

    network: Backbone

    @property
    def key(self) -> str:
        return f"squares-{_VERSION}-{self.network.key}"

    @property
    def side(self) -> int:
        return SIDE

    @property
    def dimension(self) -> int:
        (vector,) = self.extract([Image.new("RGB", (SIDE, SIDE))])
        return len(vector)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """float32 (n, channels), of upright RGB images."""
        return np.concatenate([self._vector(image) for image in images])

    def _vector(self, image: Image.Image) -> NDArray[np.float32]:
        """float32 (1, channels)."""
        (pixels,) = self.network.inputs(middle_square(image))
        (features,) = self.network.outputs(pixels)
        mean: NDArray[np.float32] = features.mean((2, 3))
        return mean


def middle_square(image: Image.Image) -> Image.Image:
    """The middle square, SIDE × SIDE.

    Of Pillow's filters, Hamming comes nearest to the canvas by which the library resizes in Chromium: from 348 × 348
    pixels, values differ by 0.6 to 1.0 of 255 on average; with bicubic by 0.7 to 1.5, with bilinear by 0.8 to 2.1.
    """
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return square.resize((SIDE, SIDE), Image.Resampling.HAMMING)


def squares() -> Squares:
    """The smaller of the built-in networks, which is quicker, and at this size no worse: with the head of a folder,
    trained on the Grocery Store photos' `train`, it names 81.8 % of `val` right, and lite2 80.4 %."""
    network = lite("lite0", SIDE)
    wanted = replace(network.preprocessing, mean=_GREY, std=_GREY)
    return Squares(replace(network, preprocessing=wanted))
