from __future__ import annotations

import csv
from pathlib import Path

from core.datasets.eda import COLUMNS, describe, write_table
from core.entities import ClassColors, Example, Spread
from tests.core.learning import make_example, make_photo


def test_a_description_sums_the_examples_up() -> None:
    examples = [
        make_example("pear", 1, width=100, height=50, mean=(10.0, 20.0, 30.0)),
        make_example("pear", 2, width=200, height=60, mean=(30.0, 20.0, 0.0)),
        make_example("apple", 3, width=150, height=70),
    ]
    description = describe(examples)
    assert list(description.classes.items()) == [("apple", 1), ("pear", 2)]
    assert description.sizes.width == Spread(100, 150.0, 200)
    assert description.sizes.height == Spread(50, 60.0, 70)
    assert description.colors["pear"] == ClassColors((20.0, 20.0, 15.0), (50.0, 50.0, 50.0))


def test_duplicates_are_those_that_were_found_at_the_reading() -> None:
    twins = [make_example("a", 1), make_example("b", 2, twins=make_photo(1).sha256)]
    assert describe(twins).duplicates.across_classes == (("a", "b", 1),)
    assert describe([make_example("a", 1), make_example("b", 2)]).duplicates.near == 0


def test_photos_that_nobody_compared_are_compared_then() -> None:
    """Photos of version 0.1.0 have no group of near duplicates."""
    examples = [make_example(label, n, twins="") for n, label in enumerate("ab")]
    assert describe(examples).duplicates.near == 1


def test_the_table_has_one_row_per_image_and_opens_in_excel(tmp_path: Path) -> None:
    write_table([make_example("Йогурт", 7), make_example("a", 8)], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, _ = csv.reader(file)
    assert tuple(header) == COLUMNS
    row = dict(zip(header, first, strict=True))
    assert (row["label"], row["width"], row["mean_red"]) == ("Йогурт", "64", "100.0")


def test_a_name_cannot_become_a_formula(tmp_path: Path) -> None:
    examples = [Example(0, make_photo(), "a", f"{start}1+1.jpg") for start in "=+-@"]
    write_table(examples, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["'=1+1.jpg", "'+1+1.jpg", "'-1+1.jpg", "'@1+1.jpg"]


def test_a_table_with_decimal_commas_has_semicolons_between_columns(tmp_path: Path) -> None:
    write_table([make_example("a", 7)], tmp_path / "t.csv", has_decimal_comma=True)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    assert len(header) == len(row) > 8
    assert "," in row[header.index("mean_red")]


def test_classes_with_yo_stand_beside_those_with_ye() -> None:
    labels = ["Яблоко", "Ёжик", "Енот", "Абрикос", "Жёлудь"]
    described = describe([make_example(label, n) for n, label in enumerate(labels)])
    assert list(described.classes) == ["Абрикос", "Ёжик", "Енот", "Жёлудь", "Яблоко"]
