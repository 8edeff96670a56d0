"""A dataset in figures: the description, and the table with a row an image."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from core.entities import ClassColors, Description, ImageRecord, Sizes, Skipped, Spread
from core.photos import duplicates

COLUMNS = (
    *("name", "label", "width", "height", "bytes"),
    *("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
    *("sha256", "perceptual_hash"),
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def describe(
    records: Sequence[ImageRecord], skipped: Sequence[Skipped], seconds: float
) -> Description:
    """The description of a dataset of at least one image. `seconds`: what reading it took."""
    by_class: defaultdict[str, list[ImageRecord]] = defaultdict(list)
    for record in records:
        by_class[record.label].append(record)
    labels = sorted(by_class)
    return Description(
        images=len(records),
        classes={label: len(by_class[label]) for label in labels},
        duplicates=duplicates.count(records),
        sizes=Sizes(
            width=_spread([record.width for record in records]),
            height=_spread([record.height for record in records]),
        ),
        colors={label: _colors(by_class[label]) for label in labels},
        skipped=tuple(skipped),
        seconds=seconds,
    )


def write_table(records: Iterable[ImageRecord], path: Path) -> None:
    """Writes a CSV with the columns COLUMNS; UTF-8 with a byte order mark, which Excel asks for."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for record in records:
            colors = (round(level, 2) for level in (*record.mean, *record.std))
            table.writerow(
                (
                    _harmless(record.name),
                    _harmless(record.label),
                    record.width,
                    record.height,
                    record.bytes,
                    *colors,
                    record.sha256,
                    record.perceptual_hash,
                )
            )


def _spread(values: Sequence[int]) -> Spread:
    return Spread(min(values), sum(values) / len(values), max(values))


def _colors(records: Sequence[ImageRecord]) -> ClassColors:
    mean = np.mean([record.mean for record in records], axis=0).tolist()
    std = np.mean([record.std for record in records], axis=0).tolist()
    return ClassColors(tuple(mean), tuple(std))


def _harmless(text: str) -> str:
    """A spreadsheet takes such a beginning for a formula and would run it (CSV injection, OWASP)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
