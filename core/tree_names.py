"""Names in the tree of sealed files: `<owner>/photos/<ab>/<name>`, `<owner>/files/<name>` and `<owner>/cache/…`."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", str, Path)

CACHE = "cache"
"""The folder of an owner with what can be computed again."""

_VECTORS, _KEYS = ".npy", ".keys.npy"
_UNFINISHED = (".part", ".tmp", ".doomed")
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


def keys_last(things: Collection[T]) -> tuple[list[T], list[T]]:
    """Names or paths in two parts, those of the keys of shards the second: a shard is there whole or not at all."""
    keys = [thing for thing in things if str(thing).endswith(_KEYS)]
    return [thing for thing in things if not str(thing).endswith(_KEYS)], keys


def halves(names: Collection[str]) -> set[str]:
    """Those of the names that are one of the two files of a shard whose other one is not among them."""
    return {name for name in names if (other := _other_half(name)) and other not in names}


def _other_half(name: str) -> str | None:
    """The keys of the shard whose vectors these are, or the other way round; None for other files."""
    if name.endswith(_KEYS):
        return name.removesuffix(_KEYS) + _VECTORS
    return name.removesuffix(_VECTORS) + _KEYS if name.endswith(_VECTORS) else None
