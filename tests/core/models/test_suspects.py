"""Mislabelled photos, found by what a model that never saw them says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.jobs import tasks
from core.models.suspects import doubts
from core.ports import DatasetFiles
from tests.core.learning import (
    CLASSICAL,
    drawn_files,
    examples_of,
    extract,
    ignore,
    with_examples,
)

RANDOM = np.random.default_rng(0)


def clusters(counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around one corner for each class, and the labels."""
    labels = np.repeat(np.arange(len(counts)), counts)
    noise = RANDOM.normal(scale=0.3, size=(len(labels), 16))
    return (4 * np.eye(16)[labels] + noise).astype(np.float32), labels


def numbered(files: DatasetFiles) -> DatasetFiles:
    return with_examples(files, (replace(e, id=n) for n, e in enumerate(examples_of(files), 1)))


def test_swapped_labels_of_drawn_pictures_are_found(tmp_path: Path) -> None:
    files = numbered(drawn_files(tmp_path, classes=4, photos=25))
    extract(files)
    examples = list(examples_of(files))
    swapped = {3: "pear", 30: "plum", 41: "apple", 60: "fig", 99: "apple"}
    truth = {examples[place].id: examples[place].label for place in swapped}
    for place, label in swapped.items():
        examples[place] = replace(examples[place], label=label)
    found = tasks.suspects(ignore, with_examples(files, examples), CLASSICAL)
    first = {one.example_id: one for one in found[: 2 * len(swapped)]}
    hits = [one for one in truth if one in first]
    assert len(hits) >= 4
    assert all(first[one].likely == truth[one] for one in hits)
    assert all(0.5 < one.probability <= 1 for one in found)


def test_what_is_labelled_rightly_is_not_suspected() -> None:
    vectors, labels = clusters([10, 20, 5])
    assert doubts(vectors, labels, np.arange(len(labels))) == []


def test_a_near_duplicate_does_not_defend_its_twin() -> None:
    vectors, labels = clusters([12, 12, 12])
    vectors[1] = vectors[0]
    labels[:2] = 2
    groups = np.arange(len(labels))
    groups[1] = 0
    assert {(one.photo, one.likely) for one in doubts(vectors, labels, groups)} == {(0, 0), (1, 0)}


def test_small_classes_are_not_judged() -> None:
    vectors, labels = clusters([10, 10, 3])
    labels[0], vectors[20] = 1, vectors[1]
    found = doubts(vectors, labels, np.arange(len(labels)))
    assert [(one.photo, one.likely) for one in found] == [(0, 0)]
    one_class = np.zeros(10, np.intp)
    assert doubts(vectors[:10], one_class, np.arange(10)) == []
