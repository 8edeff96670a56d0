"""Names in the tree of sealed files: `<owner>/photos/<ab>/<name>`, `<owner>/files/<name>` and `<owner>/cache/…`.

In a cache are shards of features, two files each (`core.features.cache`), and packs of thumbnails.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", str, Path)

CACHE = "cache"
"""The folder of an owner with what can be computed again."""

VECTORS, KEYS = ".npy", ".keys.npy"
"""How the names of the two files of a shard end that begin alike."""
DOOMED = ".doomed"
"""How the keys of a shard that is being deleted end."""

_UNFINISHED = (".part", ".tmp", DOOMED)
_LOCK = ".lock"


def all_below(folder: Path) -> list[Path]:
    """The files below a folder."""
    # Folders are deleted meanwhile; `rglob` raises an error then.
    return [Path(below, name) for below, _, names in os.walk(folder) for name in names]


def is_of_cache(name: str) -> bool:
    """True for what can be computed again."""
    return name.split("/")[1:2] == [CACHE]


def is_unfinished(path: Path) -> bool:
    """True for what a task is still writing into the tree or deleting there, and for its lock."""
    return path.suffix in _UNFINISHED or path.name == _LOCK


def is_keys(thing: str | Path) -> bool:
    """True for the keys of a shard."""
    return str(thing).endswith(KEYS)


def keys_of(vectors: T) -> T:
    """The keys of the shard whose vectors these are."""
    return type(vectors)(str(vectors).removesuffix(VECTORS) + KEYS)


def vectors_of(keys: T) -> T:
    """The vectors of the shard whose keys these are."""
    return type(keys)(str(keys).removesuffix(KEYS) + VECTORS)


def keys_last(things: Collection[T]) -> tuple[list[T], list[T]]:
    """Names or paths in two parts, those of the keys of shards the second: a shard is there whole or not at all."""
    keys = [thing for thing in things if is_keys(thing)]
    return [thing for thing in things if not is_keys(thing)], keys


def halves(names: Collection[str]) -> set[str]:
    """Those of the names that are one of the two files of a shard whose other one is not among them."""
    return {name for name in names if (other := _other_half(name)) and other not in names}


def _other_half(name: str) -> str | None:
    """The other file of the shard that this one is of; None for other files."""
    if is_keys(name):
        return vectors_of(name)
    return keys_of(name) if name.endswith(VECTORS) else None
