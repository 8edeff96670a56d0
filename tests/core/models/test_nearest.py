from __future__ import annotations

import numpy as np

from core.models.nearest import nearest

ASKED = np.array([1, 0], np.float32)
TAUGHT = np.array([[0, 1], [1, 0.1], [5, 5], [1, 0.2], [2, 0.3], [0, 0]], np.float32)


def test_the_most_alike_come_first_whatever_their_length() -> None:
    assert nearest(ASKED, TAUGHT, np.arange(6), most=4) == [1, 4, 3, 2]


def test_of_near_duplicates_only_the_most_alike_is_shown() -> None:
    assert nearest(ASKED, TAUGHT, np.array([0, 1, 2, 1, 1, 3]), most=3) == [1, 2, 0]


def test_there_may_be_fewer_than_are_wanted() -> None:
    assert nearest(ASKED, TAUGHT[:1], np.array([7]), most=4) == [0]
