"""The listing: a dataset's examples in a file, one JSON array per line, in the order of COLUMNS.

Storage writes it for workers (37 000 examples: 0.1 s inside SQLite, without the interpreter's lock),
reading writes it for storage. So a table of any length never passes through the process that talks to
Telegram.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from core import sealed
from core.entities import Example, ExampleOrigin, Photo
from core.sealed import Key

COLUMNS = (
    *("id", "label", "name", "origin", "is_test", "added_in"),
    *("sha256", "bytes", "width", "height"),
    *("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
    *("perceptual_hash", "colours", "twins"),
)


def write_listing(examples: Iterable[Example], path: Path, key: Key | None = None) -> None:
    """Writes the examples to a file, sealed where there is a key."""
    lines = "".join(f"{json.dumps(_row(example))}\n" for example in examples)
    sealed.write(path, lines.encode(), key)


def read_listing(path: Path, key: Key | None = None) -> tuple[Example, ...]:
    """The examples of a listing, in its order."""
    lines = sealed.read(path, key).splitlines()
    return tuple(_example(json.loads(line)) for line in lines)


def _row(example: Example) -> tuple[object, ...]:
    photo = example.photo
    return (
        *(example.id, example.label, example.name, example.origin.value),
        *(int(example.is_test), example.added_in),
        *(photo.sha256, photo.bytes, photo.width, photo.height, *photo.mean, *photo.std),
        *(photo.perceptual_hash, photo.colours, photo.twins),
    )


def _example(row: Sequence[Any]) -> Example:
    id_, label, name, origin, is_test, added_in, sha256, size, width, height, *rest = row
    *levels, perceptual_hash, colours, twins = rest
    photo = Photo(
        sha256=sha256,
        bytes=size,
        width=width,
        height=height,
        mean=(levels[0], levels[1], levels[2]),
        std=(levels[3], levels[4], levels[5]),
        perceptual_hash=perceptual_hash,
        colours=colours,
        twins=twins,
    )
    return Example(id_, photo, label, name, ExampleOrigin(origin), bool(is_test), added_in)
