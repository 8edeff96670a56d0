"""How a dataset is handed to a worker, and how a worker tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.entities import Progress
from core.sealed import Key

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """A dataset as a worker sees it: three paths, what no path leads to, and the key of what is there.

    listing : the file of its examples (`core.datasets.listing`).
    photos : the folder of the photos' bytes (`core.photos.store`).
    cache : the folder of features and thumbnails, which can be computed again.
    negatives : the digests of the photos that are none of the classes.
    key : of all three (`core.sealed`); None where they are not sealed, as on the command line.
    """

    listing: str
    photos: str
    cache: str
    negatives: tuple[str, ...] = ()
    key: Key | None = field(default=None, repr=False)
