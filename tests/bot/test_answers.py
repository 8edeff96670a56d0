"""The words of an answer, by its certainty, alone and in an album."""

from __future__ import annotations

import pytest

from bot.commands.prediction_words import _album, _single
from bot.texts import Html, texts_in
from core.entities import Certainty, Prediction

ENGLISH, RUSSIAN = texts_in("en"), texts_in("ru")


def answer(certainty: Certainty, *top: tuple[str, float | None]) -> Prediction:
    return Prediction(*top[0], top, certainty, 0.1)


SURE = answer(Certainty.SURE, ("apple", 0.9), ("pear", 0.1))
PROBABLE = answer(Certainty.PROBABLE, ("apple", 0.6), ("pear", 0.3), ("plum", 0.1))
ALONE = answer(Certainty.PROBABLE, ("apple", 0.78), ("pear", 0.04), ("plum", 0.04))
UNKNOWN = answer(Certainty.UNKNOWN, ("apple", 0.9), ("pear", 0.1))
ORDER = answer(Certainty.SURE, ("apple", None), ("pear", None))


def first_line(said: Html) -> str:
    return said.split("\n")[0]


@pytest.mark.parametrize(
    ("prediction", "english", "russian"),
    [
        (SURE, "<b>apple</b> – 90%", "<b>apple</b> — 90\xa0%"),
        (
            PROBABLE,
            "🤔 Probably <b>apple</b>, or <b>pear</b>",
            "🤔 Скорее всего, <b>apple</b>, а может быть, <b>pear</b>",
        ),
        (ALONE, "🤔 Probably <b>apple</b>", "🤔 Скорее всего, <b>apple</b>"),
        (ORDER, "<b>apple</b>", "<b>apple</b>"),
    ],
)
def test_an_answer_begins_with_the_classes_that_it_may_be(
    prediction: Prediction, english: str, russian: str
) -> None:
    assert first_line(_single(prediction, ENGLISH)) == english
    assert first_line(_single(prediction, RUSSIAN)) == russian


@pytest.mark.parametrize("prediction", [SURE, PROBABLE, ALONE])
def test_the_probabilities_of_all_are_shown(prediction: Prediction) -> None:
    bars = _single(prediction, ENGLISH).split("<pre>")[1]
    for (label, probability), line in zip(prediction.top, bars.split("\n"), strict=True):
        assert line.startswith(label)
        assert ENGLISH.percent(probability or 0) in line


def test_something_else_is_not_called_probable() -> None:
    assert "robably" not in _single(UNKNOWN, ENGLISH)


def test_an_album_has_one_line_for_each_photo() -> None:
    lines = _album([SURE, PROBABLE, ALONE, UNKNOWN, ORDER], ENGLISH).split("\n")
    assert lines == [
        "<b>5 photos:</b>",
        "1. <b>apple</b> – 90%",
        "2. 🤔 probably <b>apple</b> – 60%, or <b>pear</b> – 30%",
        "3. 🤔 probably <b>apple</b> – 78%",
        "4. 🤷 nothing I was taught; the nearest: apple",
        "5. <b>apple</b>",
    ]


def test_what_is_probable_is_escaped() -> None:
    odd = answer(Certainty.PROBABLE, ("<b>", 0.6), ("&", 0.4))
    assert "<b>&lt;b&gt;</b>, or <b>&amp;</b>" in _single(odd, ENGLISH)
