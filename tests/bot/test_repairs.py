"""Which classes a report says look alike."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.repairs import MAX_PAIRS, Pair, confused_pairs
from core.entities import FitReport
from tests.cards import make_fitted


def report_of(*confusion: tuple[int, ...]) -> FitReport:
    classes = tuple("abcdefgh"[: len(confusion)])
    return replace(make_fitted().card.report, classes=classes, confusion=confusion)


def test_classes_that_are_often_taken_for_each_other_are_paired() -> None:
    report = report_of((4, 4, 0), (2, 6, 0), (1, 0, 9))
    assert confused_pairs(report) == [Pair("a", "b", mistaken=6, photos=16)]


def test_a_few_mistakes_pair_nothing() -> None:
    assert confused_pairs(report_of((1, 1, 0), (1, 1, 0), (0, 0, 3))) == []
    assert confused_pairs(report_of((17, 3), (2, 18))) == []
    assert confused_pairs(report_of((0, 0), (0, 0))) == []


def test_the_worst_pairs_come_first_and_not_all() -> None:
    size = 8
    rows = [[0] * size for _ in range(size)]
    for pair in range(size // 2):
        one, other = 2 * pair, 2 * pair + 1
        rows[one][one] = rows[other][other] = 4
        rows[one][other] = 3 + pair
    pairs = confused_pairs(report_of(*map(tuple, rows)))
    assert [(pair.one, pair.mistaken) for pair in pairs] == [("g", 6), ("e", 5), ("c", 4)]
    assert len(pairs) == MAX_PAIRS
