"""Groups of near duplicates, found once when photos are read and kept with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import sealed
from core.entities import Example, Photo
from core.photos.duplicates import Columns, group_photos, near_groups
from core.sealed import Key


def group_twins(known: Sequence[Photo], new: Sequence[Photo]) -> dict[str, str]:
    """The name of each photo's group of near duplicates, by digest.

    A group keeps the name that its first photo had; a new one is named by its first photo's digest.
    Only the new photos are compared, with each other and with the known ones.

    known, new : each content once.
    """
    photos = [*known, *new]
    are_grouped = all(photo.twins for photo in known)
    groups = group_photos(Columns.of(photos), _numbers(known) if are_grouped else None)
    names: dict[int, str] = {}
    twins: dict[str, str] = {}
    for photo, group in zip(photos, groups.tolist(), strict=True):
        twins[photo.sha256] = names.setdefault(group, photo.twins or photo.sha256)
    return twins


def groups_of(examples: Sequence[Example]) -> NDArray[np.int64]:
    """int64 (n,): the number of each example's group of near duplicates, in no order.

    As kept; found anew where a photo has none (those of version 0.1.0).
    """
    photos = [example.photo for example in examples]
    if not all(photo.twins for photo in photos):
        return near_groups(photos)
    return _numbers(photos)


def groups_of_several(examples: Sequence[Example]) -> tuple[tuple[int, ...], ...]:
    """The ids of the examples of each group that has several, in the order of their first ones."""
    groups: dict[int, list[int]] = {}
    for example, group in zip(examples, groups_of(examples).tolist(), strict=True):
        groups.setdefault(group, []).append(example.id)
    return tuple(sorted(tuple(sorted(ids)) for ids in groups.values() if len(ids) > 1))


def _numbers(photos: Sequence[Photo]) -> NDArray[np.int64]:
    """int64 (n,): the kept groups of photos, numbered."""
    names = np.array([photo.twins for photo in photos], dtype=np.str_)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def write_twins(twins: Mapping[str, str], path: Path, key: Key | None = None) -> None:
    """Writes the names of photos' groups to a file, one JSON array (digest, name) per line; sealed where there
    is a key."""
    lines = "".join(f"{json.dumps(pair)}\n" for pair in twins.items())
    sealed.write(path, lines.encode(), key)
