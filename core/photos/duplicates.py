"""Which images of a dataset are there more than once: by content, and by perceptual hash."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.entities import Duplicates, Example, Photo

MAX_BITS = 5
"""Bits of 64 in which near duplicates may differ; chosen in `reading.perceptual_hash`."""

MAX_MEAN_DIFFERENCE = 40.0
"""Levels of 0–255 in a channel's mean. The hash is blind to colour: it takes a red pepper and a
yellow one, drawn alike, for one picture. A copy brightened by 15 % differs by 20 at most."""

FLAT_STD = 3.0
"""Levels of 0–255. Pictures as flat as this all have the same hash, so only their content counts."""

_BLOCK_CELLS = 200_000
"""Distances computed at a time: they stay in the processor's cache."""


_MIRRORED_BYTE = np.array([~int(f"{byte:08b}"[::-1], 2) & 0xFF for byte in range(256)], np.uint8)
"""A row of a dhash, mirrored: its bits, "brighter than the pixel to the left", turned round."""


def near_groups(records: Sequence[Photo]) -> NDArray[np.int64]:
    """int64 (n,): the number of each record's group; exact and near duplicates share one.

    A mirrored copy is a near duplicate. Groups are transitive: a copy's copy belongs to them.
    Numbers are not in any order.
    """
    _, first, content = np.unique(
        [record.sha256 for record in records], return_index=True, return_inverse=True
    )
    distinct = [records[index] for index in first]
    return _connected(distinct)[content]


def count(examples: Sequence[Example], groups: NDArray[np.int64]) -> Duplicates:
    """How many are there more than once; `groups`, int64 (n,), says which photos belong together."""
    distinct = len({example.photo.sha256 for example in examples})
    classes: defaultdict[int, set[str]] = defaultdict(set)
    images: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for example, group in zip(examples, groups.tolist(), strict=True):
        images[example.label] += 1
        kept[example.label] += example.label not in classes[group]
        classes[group].add(example.label)
    across = Counter(
        pair for labels in classes.values() for pair in combinations(sorted(labels), 2)
    )
    return Duplicates(
        exact=len(examples) - distinct,
        near=distinct - len(classes),
        by_class={label: images[label] - kept[label] for label in sorted(images - kept)},
        across_classes=tuple((one, other, n) for (one, other), n in sorted(across.items())),
    )


def _connected(records: Sequence[Photo]) -> NDArray[np.int64]:
    """The connected components of the graph whose edges join near duplicates.

    Every pair is compared, as it is and mirrored: exclusive or and a count of bits took 3 s for
    37 000 images as they are; with the mirrored ones it was not timed.
    """
    # Imported here because it costs 30 MB, which refusing a file must not.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(records)
    hashes = np.array([int(record.perceptual_hash, 16) for record in records], dtype=np.uint64)
    means = np.array([record.mean for record in records], dtype=np.float32)
    groups = np.arange(n)
    compared = np.flatnonzero([max(record.std) >= FLAT_STD for record in records])
    rows = max(1, _BLOCK_CELLS // max(1, len(compared)))
    for start in range(0, len(compared), rows):
        one, other = _near_pairs(
            hashes, means, groups, compared[start : start + rows], compared[start:]
        )
        if len(one):
            edges = coo_array((np.ones(len(one), bool), (groups[one], groups[other])), (n, n))
            groups = connected_components(edges, directed=False)[1][groups]
    return groups.astype(np.int64)


def _near_pairs(
    hashes: NDArray[np.uint64],
    means: NDArray[np.float32],
    groups: NDArray[np.int64],
    block: NDArray[np.intp],
    others: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices (pairs,), (pairs,) of near duplicates in the block and the others, not yet in one group."""
    differing = np.bitwise_count(hashes[block, None] ^ hashes[others])
    mirrored = np.bitwise_count(_mirrored(hashes[block])[:, None] ^ hashes[others])
    rows, columns = np.nonzero(np.minimum(differing, mirrored) <= MAX_BITS)
    one, other = block[rows], others[columns]
    apart = groups[one] != groups[other]
    one, other = one[apart], other[apart]
    alike = np.abs(means[one] - means[other]).max(axis=1, initial=0) <= MAX_MEAN_DIFFERENCE
    return one[alike], other[alike]


def _mirrored(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hashes that the mirrored pictures have, up to the few bits of equal pixels."""
    return _MIRRORED_BYTE[hashes.view(np.uint8)].view(np.uint64)
