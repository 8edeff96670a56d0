"""Which photos a sheet shows."""

from __future__ import annotations

from core.datasets.choice import sample_by_class
from core.entities import Example
from tests.core.learning import make_example

EXAMPLES = [
    make_example(label, 100 * kind + n) for kind, label in enumerate("abc") for n in range(12)
]


def shown(examples: list[Example], seed: int) -> dict[str, list[str]]:
    return sample_by_class(examples, most=5, seed=seed)


def test_a_sheet_shows_five_different_photos_of_each_class() -> None:
    rows = shown([*EXAMPLES, *EXAMPLES], seed=1)
    assert list(rows) == ["a", "b", "c"]
    for label, digests in rows.items():
        of_class = {e.photo.sha256 for e in EXAMPLES if e.label == label}
        assert len(set(digests)) == 5
        assert set(digests) <= of_class


def test_another_seed_shows_others_and_a_new_class_changes_no_row() -> None:
    rows = shown(EXAMPLES, seed=1)
    assert shown(EXAMPLES, seed=1) == rows
    assert shown(EXAMPLES, seed=2) != rows
    fewer = [example for example in EXAMPLES if example.label != "a"]
    assert shown(fewer, seed=1) == {label: rows[label] for label in "bc"}
