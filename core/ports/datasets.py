"""How a dataset is handed to a worker, and how a worker tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.entities import Progress

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A dataset as a worker sees it: three paths, and what no path leads to.

    listing : the file of its examples (`core.datasets.listing`).
    photos : the folder of the photos' bytes (`core.photos.store`).
    cache : the folder of features and thumbnails, which can be computed again.
    negatives : the digests of the photos that are none of the classes.
    """

    listing: str
    photos: str
    cache: str
    negatives: tuple[str, ...] = ()
