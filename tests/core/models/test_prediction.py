"""The three answers: sure, probable, unknown."""

from __future__ import annotations

import pytest

from core.entities import Certainty, Prediction
from core.models.prediction import certainty

THRESHOLD = 0.2


@pytest.mark.parametrize(
    ("similarity", "probability", "answer"),
    [
        (0.2, 0.8, "sure"),
        (0.2, 0.79, "probable"),
        (0.9, 0.1, "probable"),
        (0.19, 0.99, "unknown"),
        (-1.0, 0.0, "unknown"),
        # Without probabilities there is nothing between sure and unknown.
        (0.2, None, "sure"),
        (0.19, None, "unknown"),
    ],
)
def test_an_answer_is_sure_where_photo_and_class_are_near_and_nothing_else_is_likely(
    similarity: float, probability: float | None, answer: str
) -> None:
    assert certainty(similarity, THRESHOLD, probability) == answer


@pytest.mark.parametrize("answer", Certainty)
def test_only_what_is_unknown_is_not_known(answer: Certainty) -> None:
    prediction = Prediction("apple", None, (("apple", None),), answer, 0.1)
    assert prediction.known == (answer != "unknown")
