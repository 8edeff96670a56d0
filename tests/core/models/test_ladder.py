"""The ladder of growing parts, and which of them is begun."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.entities import Rung
from core.models.evaluation import Ints
from core.models.ladder import (
    FIRST_EXPONENT,
    FIRST_EXPONENT_TO_LAST,
    FIRST_RUNG_PHOTOS,
    LAST_RUNG_SHARE,
    MIN_GROWTH,
    MIN_PHOTOS_PER_CLASS,
    SAFETY,
    can_end,
    next_part,
    parts,
)


def labels_of(*counts: int) -> Ints:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


def parts_of(labels: Ints, seed: int) -> list[Ints]:
    """The parts of photos without duplicates."""
    return parts(labels, np.arange(len(labels)), seed)


def rung(n: int, seconds: float) -> Rung:
    return Rung(n, seconds, accuracy=0.5, f1_macro=0.5)


SHAPES = [(800, 400, 80), (4, 4), (4, 400), (9, 9, 9), (12, 40), (2000, 5)]


@pytest.mark.parametrize("counts", SHAPES, ids=str)
def test_each_part_holds_the_one_below_and_grows_and_the_last_is_all(
    counts: tuple[int, ...],
) -> None:
    labels = labels_of(*counts)
    ladder = parts_of(labels, seed=0)
    for part, larger in pairwise(ladder):
        assert set(part) < set(larger)
        assert len(larger) >= len(part) * MIN_GROWTH
    assert ladder[-1].tolist() == list(range(len(labels)))


@pytest.mark.parametrize("counts", SHAPES, ids=str)
def test_each_part_has_enough_photos_of_every_class_for_its_folds(counts: tuple[int, ...]) -> None:
    labels = labels_of(*counts)
    for part in parts_of(labels, seed=0):
        assert np.bincount(labels[part], minlength=len(counts)).min() >= MIN_PHOTOS_PER_CLASS


def test_the_parts_are_an_eighth_a_quarter_and_a_half_of_each_class() -> None:
    labels = labels_of(800, 400, 80)
    counts = [np.bincount(labels[part]).tolist() for part in parts_of(labels, seed=0)]
    assert counts == [[100, 50, 10], [200, 100, 20], [400, 200, 40], [800, 400, 80]]


def test_a_large_set_begins_with_a_smaller_part() -> None:
    sizes = [len(part) for part in parts_of(labels_of(16_000, 16_000), seed=0)]
    assert sizes == [1000, 2000, 4000, 8000, 16_000, 32_000]
    assert FIRST_RUNG_PHOTOS <= sizes[0] < 2 * FIRST_RUNG_PHOTOS


def test_a_small_set_has_no_part_but_itself() -> None:
    assert [len(part) for part in parts_of(labels_of(4, 5), seed=0)] == [9]


def test_the_seed_decides_the_parts() -> None:
    labels = labels_of(100, 100)
    one, same, other = (parts_of(labels, seed)[0].tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_after_one_rung_the_next_is_taken_to_grow_with_its_photos() -> None:
    needed = 0.1 * 2**FIRST_EXPONENT * SAFETY
    assert can_end([rung(100, 0.1)], 200, needed + 0.001)
    assert not can_end([rung(100, 0.1)], 200, needed - 0.001)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.5])
def test_after_two_rungs_the_growth_is_measured(exponent: float) -> None:
    done = [rung(100, 0.1), rung(200, 0.1 * 2**exponent)]
    needed = 0.1 * 8**exponent * SAFETY
    assert can_end(done, 800, needed * 1.001)
    assert not can_end(done, 800, needed * 0.999)


def test_growth_is_not_taken_from_noise() -> None:
    sped_up, jammed = [rung(100, 1.0), rung(200, 0.1)], [rung(100, 0.001), rung(200, 1.0)]
    assert not can_end(sped_up, 800, 0.1 * SAFETY)  # as if more photos took less time
    assert can_end(jammed, 400, 2**3 * SAFETY + 0.001)


def test_nothing_is_begun_without_time() -> None:
    assert not can_end([rung(100, 0.001)], 100, 0.0)
    assert not can_end([rung(100, 0.001)], 100, -1.0)


SIZES = (100, 200, 400, 800)


def next_of(done: list[Rung], left_s: float, *, is_direct: bool = False) -> int | None:
    return next_part(SIZES, done, left_s, is_direct=is_direct)


def test_a_fit_begins_with_the_smallest_part() -> None:
    assert next_of([], 10.0) == 0
    assert next_of([], -1.0) == 0  # the first rung always begins


def test_a_direct_training_on_a_small_set_begins_with_everything() -> None:
    assert next_of([], 10.0, is_direct=True) == len(SIZES) - 1
    larger = (*SIZES, 2 * FIRST_RUNG_PHOTOS)
    assert next_part(larger, [], 10.0, is_direct=True) == 0


def test_everything_is_next_where_it_takes_a_small_part_of_the_time_left() -> None:
    needed = 0.1 * 8**FIRST_EXPONENT_TO_LAST * SAFETY / LAST_RUNG_SHARE
    assert next_of([rung(100, 0.1)], needed + 0.001) == 3
    assert next_of([rung(100, 0.1)], needed - 0.001) == 1


def test_after_two_rungs_of_one_time_everything_is_next() -> None:
    done = [rung(100, 1.0), rung(200, 1.0)]
    assert next_of(done, 10.0) == 3


def test_a_training_that_grows_fast_goes_rung_by_rung_and_stops_in_time() -> None:
    done = [rung(100, 0.05), rung(200, 0.4)]  # by the cube
    assert next_of(done, 10.0) == 2
    done = [*done, rung(400, 3.2)]
    assert next_of(done, 6.4) is None


def test_nothing_comes_after_everything() -> None:
    assert next_of([rung(100, 0.001), rung(800, 0.001)], 10.0) is None


def test_a_burst_counts_as_one_photo_and_is_in_a_part_or_not() -> None:
    labels = np.repeat([0, 1], [64, 64])
    groups = np.concatenate([np.zeros(60, int), np.arange(1, 69)])
    for part in parts(labels, groups, seed=0):
        for label in (0, 1):
            assert len(np.unique(groups[part][labels[part] == label])) >= MIN_PHOTOS_PER_CLASS
        assert np.isin(np.arange(60), part).sum() in (0, 60)
