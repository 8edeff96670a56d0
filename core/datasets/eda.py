"""A dataset in figures: the description, and the table with one row per example."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from core import names
from core.datasets.twins import groups_of
from core.entities import ClassColors, Description, Example, Photo, Sizes, Spread
from core.photos import duplicates
from core.photos.cells import as_text

COLUMNS = (
    *("name", "label", "width", "height", "bytes"),
    *("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
    *("sha256", "perceptual_hash"),
)


def describe(examples: Sequence[Example]) -> Description:
    """The description of examples; what a reading left out is not in it. Sizes of none are 0."""
    by_class: defaultdict[str, list[Photo]] = defaultdict(list)
    for example in examples:
        by_class[example.label].append(example.photo)
    labels = sorted(by_class, key=names.order)
    return Description(
        images=len(examples),
        classes={label: len(by_class[label]) for label in labels},
        duplicates=duplicates.count(examples, groups_of(examples)),
        sizes=Sizes(
            width=_spread([example.photo.width for example in examples]),
            height=_spread([example.photo.height for example in examples]),
        ),
        colors={label: _colors(by_class[label]) for label in labels},
        skipped=(),
        seconds=0.0,
    )


def write_table(
    examples: Iterable[Example], path: Path, *, has_decimal_comma: bool = False
) -> None:
    """Writes a CSV with the columns COLUMNS; UTF-8 with a byte order mark, which Excel asks for.

    has_decimal_comma : writes 0,5 and separates columns by semicolons, as Excel reads them where numbers
        are written so.
    """
    delimiter, decimal_point = (";", ",") if has_decimal_comma else (",", ".")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=delimiter)
        table.writerow(COLUMNS)
        table.writerows(_row(example, decimal_point) for example in examples)


def _row(example: Example, decimal_point: str) -> tuple[object, ...]:
    photo = example.photo
    levels = (round(level, 2) for level in (*photo.mean, *photo.std))
    return (
        as_text(example.name),
        as_text(example.label),
        *(photo.width, photo.height, photo.bytes),
        *(str(level).replace(".", decimal_point) for level in levels),
        *(photo.sha256, photo.perceptual_hash),
    )


def _spread(values: Sequence[int]) -> Spread:
    if not values:
        return Spread(0, 0.0, 0)
    return Spread(min(values), sum(values) / len(values), max(values))


def _colors(photos: Sequence[Photo]) -> ClassColors:
    mean = np.mean([photo.mean for photo in photos], axis=0).tolist()
    std = np.mean([photo.std for photo in photos], axis=0).tolist()
    return ClassColors(tuple(mean), tuple(std))
