"""The taught photos that are most like a photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.models.evaluation import Ints

_LEAST_LENGTH = 1e-12


def nearest(
    vector: NDArray[np.float32], taught: NDArray[np.float32], groups: Ints, most: int
) -> list[int]:
    """Positions of at most `most` taught vectors, the most alike first; of near duplicates only one.

    Alike is what has a large cosine. vector : (d,); taught : (n, d); groups : (n,), of near duplicates.
    """
    lengths = np.maximum(np.linalg.norm(taught, axis=1), _LEAST_LENGTH)
    order = np.argsort(-(taught @ vector) / lengths, kind="stable")
    _, firsts = np.unique(groups[order], return_index=True)
    return [int(position) for position in order[np.sort(firsts)[:most]]]
