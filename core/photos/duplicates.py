"""Photos that a dataset holds more than once: the same content, or near duplicates.

Two photos are near duplicates if their hashes differ in few bits, as they are or one of them mirrored,
and they have the same colours in the same places. `reading.perceptual_hash` says how well that works.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.entities import Duplicates, Example, Photo

Ints = NDArray[np.int64]

MAX_BITS = 5
"""Bits of 64 in which near duplicates may differ; chosen in `reading.perceptual_hash`."""

MAX_MEAN_DIFFERENCE = 40.0
"""Levels of 0–255 in a channel's mean. A copy brightened by 15 % differs by 20 at most."""

MAX_CHROMA_DIFFERENCE = 10.0
"""Levels of 0–255: root mean square over the cells of `reading.colour_layout`, once each photo's mean
chroma is taken off, so that a shifted white balance does not count; chosen in `reading.perceptual_hash`.
The most that a copy differed by there was 8.5, the least that two pictures of different classes did whose
hashes are near was 13.7."""

FLAT_STD = 3.0
"""Levels of 0–255. Pictures as flat as this all have the same hash, so only their content counts."""

LAYOUT_SIDE = 4
"""Cells a side of a colour layout."""

MAX_PAIRS = 100
"""Pairs of classes that are reported, those with the most groups in common."""

MAX_CLASSES_PAIRED = 10
"""Classes of one group that are paired with each other. A photo in 2 000 classes would make two million
pairs; it is reported by its name instead."""

MAX_WIDEST = 5
"""Photos in more classes than that which are reported by name."""

_BLOCK_CELLS = 200_000
"""Distances computed at a time by a thread: they stay in the processor's cache."""

_BLOCKS_AT_A_TIME = 16
"""Blocks under way. If all photos look alike, each gives a pair per cell, 3 MB."""

_PAIRS_JOINED = 1000
"""Pairs of near duplicates that are joined at a time."""


_MIRRORED_BYTE = np.array([~int(f"{byte:08b}"[::-1], 2) & 0xFF for byte in range(256)], np.uint8)
"""A row of a dhash, mirrored: its bits, "brighter than the pixel to the left", turned round."""

_LAYOUT_BYTES = LAYOUT_SIDE * LAYOUT_SIDE * 2


@dataclass(frozen=True)
class Columns:
    """What duplicates are found by, an entry per photo.

    digests : (n,), of the content; of any type that sorts. hashes : uint64 (n,), `perceptual_hash`.
    layouts : uint8 (n, 4, 4, 2), Cb and Cr of each cell as in `colour_layout`; all zero, which no colour
        is, where it is not known. means, stds : float32 (n, 3), of R, G, B, 0–255.
    """

    digests: NDArray[np.str_]
    hashes: NDArray[np.uint64]
    layouts: NDArray[np.uint8]
    means: NDArray[np.float32]
    stds: NDArray[np.float32]

    @classmethod
    def parse(
        cls,
        digests: Sequence[str],
        hashes: Iterable[str],
        colours: Iterable[str],
        means: Sequence[Sequence[float]],
        stds: Sequence[Sequence[float]],
    ) -> Self:
        """From the fields of `Photo`, in the form that they have there."""
        unknown = bytes(_LAYOUT_BYTES)
        layouts = b"".join(bytes.fromhex(text) or unknown for text in colours)
        shape = (len(digests), LAYOUT_SIDE, LAYOUT_SIDE, 2)
        return cls(
            digests=np.array(digests, dtype=np.str_),
            hashes=np.array([int(text, 16) for text in hashes], dtype=np.uint64),
            layouts=np.frombuffer(layouts, np.uint8).reshape(shape),
            means=np.array(means, dtype=np.float32).reshape(-1, 3),
            stds=np.array(stds, dtype=np.float32).reshape(-1, 3),
        )

    @classmethod
    def of(cls, photos: Sequence[Photo]) -> Self:
        """The columns of these photos, in their order."""
        return cls.parse(
            [photo.sha256 for photo in photos],
            [photo.perceptual_hash for photo in photos],
            [photo.colours for photo in photos],
            [photo.mean for photo in photos],
            [photo.std for photo in photos],
        )


def near_groups(photos: Sequence[Photo]) -> Ints:
    """int64 (n,): the number of each photo's group; exact and near duplicates share one.

    A mirrored copy is a near duplicate. Groups are transitive: a copy's copy belongs to them.
    The numbers are in the order of the groups' smallest digests, whatever the order of the photos.
    """
    _, first, content = np.unique(
        [photo.sha256 for photo in photos], return_index=True, return_inverse=True
    )
    return group_photos(Columns.of([photos[index] for index in first]))[content]


def group_photos(photos: Columns, known: Ints | None = None) -> Ints:
    """int64 (n,): the position of the first photo of each photo's group, its representative.

    known : (k,), where the first k photos are grouped already: the numbers of their groups, in any
        numbering. They are not compared with each other again, only the others with all, so one new
        photo among 37 000 takes milliseconds. A new photo may join two groups that were apart.
    """
    n, n_known = len(photos.hashes), 0 if known is None else len(known)
    _, first, content = np.unique(photos.digests, return_index=True, return_inverse=True)
    groups = _joined(np.arange(n), np.arange(n), first[content])
    if known is not None:
        _, first_of_group, group = np.unique(known, return_index=True, return_inverse=True)
        groups = _joined(groups, np.arange(n_known), first_of_group[group])
    distinct = np.sort(first)
    _, first_of_group, group = np.unique(
        _joined_near(photos, groups, distinct, int(np.searchsorted(distinct, n_known))),
        return_index=True,
        return_inverse=True,
    )
    return first_of_group[group].astype(np.int64)


def count(examples: Sequence[Example], groups: Ints) -> Duplicates:
    """The duplicates of a dataset, in figures. groups : int64 (n,), the group of each example's photo."""
    distinct = len({example.photo.sha256 for example in examples})
    classes: defaultdict[int, set[str]] = defaultdict(set)
    images: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    names: dict[int, str] = {}
    for example, group in zip(examples, groups.tolist(), strict=True):
        images[example.label] += 1
        kept[example.label] += example.label not in classes[group]
        classes[group].add(example.label)
        names.setdefault(group, example.name)
    widths = [(names[group], len(labels)) for group, labels in classes.items()]
    return Duplicates(
        exact=len(examples) - distinct,
        near=distinct - len(classes),
        by_class={label: images[label] - kept[label] for label in sorted(images - kept)},
        across_classes=_across(classes.values()),
        widest=_widest(widths),
    )


def _across(classes_of_groups: Collection[set[str]]) -> tuple[tuple[str, str, int], ...]:
    """Pairs of classes and their groups in common, the MAX_PAIRS with the most, in order of the names."""
    pairs = Counter(
        pair
        for labels in classes_of_groups
        for pair in combinations(sorted(labels)[:MAX_CLASSES_PAIRED], 2)
    )
    most = nlargest(MAX_PAIRS, pairs.items(), key=lambda pair: pair[1])
    return tuple((one, other, n) for (one, other), n in sorted(most))


def _widest(widths: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Of (photo's name, classes of its group) the widest, where they are too wide for all their pairs."""
    wide = (width for width in widths if width[1] > MAX_CLASSES_PAIRED)
    return tuple(nlargest(MAX_WIDEST, wide, key=lambda width: width[1]))


def _joined(groups: Ints, one: NDArray[np.integer], other: NDArray[np.integer]) -> Ints:
    """The groups, those joined in which photo `one[i]` and photo `other[i]` lie."""
    # Imported here because it costs 30 MB, which refusing a file must not.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(groups)
    edges = coo_array((np.ones(len(one), bool), (groups[one], groups[other])), (n, n))
    joined: Ints = connected_components(edges, directed=False)[1][groups]
    return joined


def _joined_near(photos: Columns, groups: Ints, distinct: Ints, n_known: int) -> Ints:
    """The groups, those joined that hold near duplicates.

    Every one of the distinct photos from `n_known` on is compared with every one before it, as it is and
    mirrored: exclusive or and a count of bits. 37 000 photos take 1.8 s on two cores, of which 0.2 s are the
    colours'.
    """
    is_flat = photos.stds.max(axis=1, initial=0) < FLAT_STD
    n_known -= int(is_flat[distinct[:n_known]].sum())
    compared = distinct[~is_flat[distinct]]
    looks, mirrored = _looks(photos), _looks(_mirrored(photos))
    found: list[tuple[Ints, Ints]] = []
    for row, column in _near_by_hash(looks.hashes[compared], mirrored.hashes[compared], n_known):
        one, other = compared[row], compared[column]
        apart = groups[one] != groups[other]
        one, other = one[apart], other[apart]
        alike = _are_alike(looks, mirrored, one, other)
        found.append((one[alike], other[alike]))
        # Joining takes as long for one pair as for many, but what is joined is not compared again.
        if sum(len(one) for one, _ in found) >= _PAIRS_JOINED:
            groups = _joined(groups, *map(np.concatenate, zip(*found, strict=True)))
            found.clear()
    return _joined(groups, *map(np.concatenate, zip(*found, strict=True))) if found else groups


def _near_by_hash(
    hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64], n_known: int
) -> Iterator[tuple[Ints, Ints]]:
    """Blocks of pairs (row, column), row ≥ n_known and column before or soon after it, with near hashes."""
    rows = max(1, _BLOCK_CELLS // max(1, len(hashes)))

    def compare(start: int) -> tuple[Ints, Ints]:
        block, others = slice(start, start + rows), hashes[: start + rows]
        differing = np.minimum(
            _bits(mirrored[block, None], others), _bits(hashes[block, None], others)
        )
        row, column = np.nonzero(differing <= MAX_BITS)
        return row + start, column

    starts = range(n_known, len(hashes), rows)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for turn in range(0, len(starts), _BLOCKS_AT_A_TIME):
            yield from pool.map(compare, starts[turn : turn + _BLOCKS_AT_A_TIME])


@dataclass(frozen=True)
class _Looks:
    """Columns, as they are compared.

    chroma : float32 (n, 32), each cell's Cb and Cr less their means over the photo, scaled so that
        squared distances are mean squares over the cells. is_known : bool (n,), where it is that.
    """

    hashes: NDArray[np.uint64]
    means: NDArray[np.float32]
    chroma: NDArray[np.float32]
    is_known: NDArray[np.bool_]


def _looks(photos: Columns) -> _Looks:
    cells = photos.layouts.reshape(-1, LAYOUT_SIDE**2, 2).astype(np.float32)
    chroma = (cells - cells.mean(axis=1, keepdims=True)) / LAYOUT_SIDE
    is_known: NDArray[np.bool_] = np.any(photos.layouts.reshape(-1, _LAYOUT_BYTES) != 0, axis=1)
    return _Looks(photos.hashes, photos.means, chroma.reshape(-1, _LAYOUT_BYTES), is_known)


def _mirrored(photos: Columns) -> Columns:
    """The columns that the mirrored photos have, up to the few bits of equal pixels in a hash."""
    hashes = _MIRRORED_BYTE[photos.hashes.view(np.uint8)].view(np.uint64)
    return replace(photos, hashes=hashes, layouts=photos.layouts[:, :, ::-1])


def _bits(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """In how many bits hashes differ."""
    counts: NDArray[np.uint8] = np.bitwise_count(one ^ other)
    return counts


def _are_alike(looks: _Looks, mirrored: _Looks, one: Ints, other: Ints) -> NDArray[np.bool_]:
    """bool (pairs,): which pairs are near duplicates by hash, means and, where both are known, colours."""
    alike = np.zeros(len(one), np.bool_)
    means = np.abs(looks.means[one] - looks.means[other]).max(axis=1, initial=0)
    are_known = looks.is_known[one] & looks.is_known[other]
    for turned in (looks, mirrored):
        is_near = _bits(turned.hashes[one], looks.hashes[other]) <= MAX_BITS
        near = np.flatnonzero(is_near & (means <= MAX_MEAN_DIFFERENCE))
        difference = turned.chroma[one[near]] - looks.chroma[other[near]]
        squares = np.einsum("ij,ij->i", difference, difference)
        alike[near] |= (squares <= MAX_CHROMA_DIFFERENCE**2) | ~are_known[near]
    return alike
