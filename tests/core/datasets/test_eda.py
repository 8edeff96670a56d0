from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from core.datasets.eda import COLUMNS, describe, write_table
from core.entities import ClassColors, Skipped, Spread
from tests.core.photos.test_duplicates import make_record


def test_a_description_sums_the_records_up() -> None:
    records = [
        replace(make_record("x", 0, "pear"), width=100, height=50, mean=(10.0, 20.0, 30.0)),
        replace(make_record("y", 2**64 - 1, "pear"), width=200, height=60, mean=(30.0, 20.0, 0.0)),
        replace(make_record("z", 2**32 - 1, "apple"), width=150, height=70),
    ]
    skipped = [Skipped("notes.txt", "entry_not_image", "This is not an image.")]
    description = describe(records, skipped, seconds=1.5)
    assert list(description.classes.items()) == [("apple", 1), ("pear", 2)]
    assert description.sizes.width == Spread(100, 150.0, 200)
    assert description.sizes.height == Spread(50, 60.0, 70)
    assert description.colors["pear"] == ClassColors((20.0, 20.0, 15.0), (50.0, 50.0, 50.0))
    assert (description.skipped, description.seconds) == (tuple(skipped), 1.5)


def test_the_table_has_a_row_an_image_and_opens_in_excel(tmp_path: Path) -> None:
    write_table([make_record("x", 7, "Йогурт"), make_record("y", 8)], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, _ = csv.reader(file)
    assert tuple(header) == COLUMNS
    row = dict(zip(header, first, strict=True))
    assert (row["label"], row["width"], row["mean_red"]) == ("Йогурт", "100", "100.0")


def test_a_name_cannot_become_a_formula(tmp_path: Path) -> None:
    records = [replace(make_record(start, 0), name=f"{start}1+1.jpg") for start in "=+-@"]
    write_table(records, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["'=1+1.jpg", "'+1+1.jpg", "'-1+1.jpg", "'@1+1.jpg"]
