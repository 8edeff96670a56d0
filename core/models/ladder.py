"""The ladder: a fit on growing parts of the training set, so that a budget ends it with a model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.entities import Rung
from core.models.evaluation import Ints

# The first rung is an eighth of the training set, or about FIRST_RUNG_PHOTOS of a large one: an eighth
# of 29 570 took HOG + PCA + SVC 7.7 to 8.7 of its ten seconds, and on a slower machine would have left
# no model.
HALVINGS = 3
FIRST_RUNG_PHOTOS = 800
# Enough for the folds of a calibration, with one to spare.
MIN_PHOTOS_PER_CLASS = 4
# A rung must be this many times as large as the one below it: a smaller step tells nothing new.
MIN_GROWTH = 1.3
# A rung's time is estimated as a power of its number of photos. This is the exponent while only one rung
# is measured. From 947 to 1 861 photos it was 0.9 for an SVC on HOG and 0.65 on a network's features,
# since scoring takes a large part of a small rung.
FIRST_EXPONENT = 1.0
# A measured exponent is clipped to this range: that of two short times is noisy.
EXPONENTS = (0.5, 3.0)
# The rest of the ladder is skipped where the rung of everything is expected to take at most this share
# of the time that is left: rungs between would only take time.
LAST_RUNG_SHARE = 0.5
# The exponent for this step while only one rung is measured: libsvm's time grows with the square.
FIRST_EXPONENT_TO_LAST = 2.0
# A safety factor, chosen and not measured: a rung that does not end wastes the rest of the budget.
SAFETY = 1.25


def parts(labels: Ints, groups: Ints, seed: int) -> list[Ints]:
    """Nested, stratified parts of a training set, the smallest first, the last one all of it.

    labels, groups : (n,), a photo's class and its group of duplicates. A group counts as one photo
    of its first member's class and is in a part as a whole, as the folds of a calibration need it.
    Returns positions in `labels`, ascending.
    """
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    group_labels = labels[first]
    place = _places(group_labels, seed)
    chosen: list[Ints] = []
    for share in _shares(len(labels)):
        kept = place < np.maximum(share, _least_share(group_labels))
        rows = np.flatnonzero(kept[group_of])
        if len(rows) * MIN_GROWTH <= len(labels) and (
            not chosen or len(rows) >= len(chosen[-1]) * MIN_GROWTH
        ):
            chosen.append(rows)
    return [*chosen, np.arange(len(labels))]


def next_part(
    sizes: Sequence[int], done: Sequence[Rung], left_s: float, *, is_direct: bool
) -> int | None:
    """Position of the part to train on next, or None after the last one and where none is expected to
    end in time.

    sizes : numbers of photos of the parts, growing. done : the rungs so far. left_s : seconds left.
    is_direct : True if the training takes a fixed number of operations; then a small set has a single
        rung, whose seconds need not be estimated.
    """
    last = len(sizes) - 1
    if not done:
        return last if is_direct and sizes[last] <= FIRST_RUNG_PHOTOS else 0
    following = sizes.index(done[-1].n) + 1
    if following > last:
        return None
    if can_end(done, sizes[last], left_s * LAST_RUNG_SHARE, FIRST_EXPONENT_TO_LAST):
        return last
    return following if can_end(done, sizes[following], left_s) else None


def can_end(
    done: Sequence[Rung], n: int, left_s: float, first_exponent: float = FIRST_EXPONENT
) -> bool:
    """Return whether a rung of n photos is expected to end in time, by the growth of the rungs
    before it.

    first_exponent : the growth's exponent while only one rung is measured.
    """
    last = done[-1]
    exponent = first_exponent
    if len(done) > 1:
        growth = math.log(last.seconds / done[-2].seconds) / math.log(last.n / done[-2].n)
        exponent = float(np.clip(growth, *EXPONENTS))
    return bool(last.seconds * (n / last.n) ** exponent * SAFETY <= left_s)


def _shares(n: int) -> list[float]:
    """The rungs' shares of a training set of n photos, growing and below 1."""
    halvings = max(HALVINGS, int(math.log2(n / FIRST_RUNG_PHOTOS)))
    return [0.5**halving for halving in range(halvings, 0, -1)]


def _places(labels: Ints, seed: int) -> np.ndarray:
    """Each photo's position in a random order of its class, as a share of the class, 0–1."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = np.arange(len(members)) / len(members)
    return place


def _least_share(labels: Ints) -> np.ndarray:
    """For each photo the share of its class that is MIN_PHOTOS_PER_CLASS photos."""
    counts = np.bincount(labels)
    return MIN_PHOTOS_PER_CLASS / counts[labels]
