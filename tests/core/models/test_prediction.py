"""The three answers: sure, probable, unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.entities import Certainty, Prediction
from core.models.baseline import baseline_model
from core.models.prediction import certainty

CARD = replace(baseline_model().card, threshold=0.2, sure_threshold=0.3)


@pytest.mark.parametrize(
    ("similarity", "probability", "answer"),
    [
        (0.3, 0.8, "sure"),
        (0.3, 0.79, "probable"),
        (0.29, 0.99, "probable"),
        (0.9, 0.1, "probable"),
        (0.2, 0.1, "probable"),
        (0.19, 0.99, "unknown"),
        (-1.0, 0.0, "unknown"),
        # Without probabilities the similarity decides alone.
        (0.3, None, "sure"),
        (0.29, None, "probable"),
        (0.19, None, "unknown"),
    ],
)
def test_an_answer_is_sure_where_photo_and_class_are_near_and_nothing_else_is_likely(
    similarity: float, probability: float | None, answer: str
) -> None:
    assert certainty(CARD, similarity, probability) == answer


def test_a_card_from_before_there_was_a_threshold_for_sure_answers_as_before() -> None:
    card = replace(CARD, sure_threshold=None)
    assert certainty(card, 0.2, 0.8) is Certainty.SURE


@pytest.mark.parametrize("answer", Certainty)
def test_only_what_is_unknown_is_not_known(answer: Certainty) -> None:
    prediction = Prediction("apple", None, (("apple", None),), answer, 0.1)
    assert prediction.known == (answer != "unknown")
