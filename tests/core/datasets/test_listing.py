"""The listing: examples in a file and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.datasets.listing import read_listing, write_listing
from core.entities import ExampleOrigin
from tests.core.learning import make_example


def test_examples_come_back_as_they_went(tmp_path: Path) -> None:
    examples = (
        make_example("яблоко “спелое”\n", 1, colours="ab" * 32, mean=(0.1, 254.9, 1 / 3)),
        replace(make_example("👩\u200d🌾", 2), is_test=True, origin=ExampleOrigin.HAND, added_in=7),
    )
    write_listing(examples, tmp_path / "listing")
    assert read_listing(tmp_path / "listing") == examples


def test_an_empty_listing_holds_nothing(tmp_path: Path) -> None:
    write_listing((), tmp_path / "listing")
    assert read_listing(tmp_path / "listing") == ()
