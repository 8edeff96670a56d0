"""The report of a model that learned from a few photos: a guess, and no claim of a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.commands.board import _score, untested_for
from bot.commands.card import accuracy_text, report_lines, scores_text, shared_card
from bot.commands.report_charts import no_mistake
from bot.commands.suspects import found_text
from bot.texts import LANGUAGES, Texts, texts_in
from core.entities import (
    Certainty,
    CertaintyScore,
    ClassScore,
    Dataset,
    FitReport,
    Model,
    ModelKind,
)
from tests.cards import make_card, make_default

CLASSES = ("apple", "pear", "plum", "груша")
FEW = replace(
    make_card().report,
    classes=CLASSES,
    class_scores=tuple(ClassScore(label, 0.5, 0.5, 0.5, 3) for label in CLASSES),
    n_train=12,
    n_test=12,
    accuracy=5 / 12,
    folds=3,
    too_few=CLASSES,
    test=None,
)


def friends_card(report: FitReport, texts: Texts) -> str:
    """What somebody reads who opens a link."""
    card = replace(make_card(), report=report)
    return str(shared_card(replace(make_default(), id=1, owner_id=1, card=card), texts))


def make_dataset(classes: dict[str, int]) -> Dataset:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return Dataset(1, 1, "fruit", 1, classes, 0, moment, moment, training_classes=classes)


def told(report: FitReport, texts: Texts) -> str:
    card = replace(make_card(), report=report)
    model = replace(make_default(), id=1, owner_id=1, kind=ModelKind.CUSTOM, card=card)
    assert isinstance(model, Model)
    return "\n".join(report_lines(model, texts))


@pytest.mark.parametrize(
    ("language", "right", "ask"),
    [
        ("en", "Right on 5 of 12 photos", "only a guess: send more of apple, pear, plum, груша"),
        ("ru", "Верно 5 из 12 фото", "Пришлите ещё: apple, pear, plum, груша"),
    ],
)
def test_photos_are_counted_and_more_are_asked_for(language: str, right: str, ask: str) -> None:
    lines = told(FEW, texts_in(language))
    assert right in lines
    assert ask in lines
    assert "%" not in lines
    assert "F1" not in lines


@pytest.mark.parametrize(("language", "again"), [("en", "trained once more"), ("ru", "ещё раз")])
def test_what_was_not_tested_was_not_trained_once_more(language: str, again: str) -> None:
    tested = replace(FEW, refitted=True)
    assert again in told(tested, texts_in(language))
    assert again not in told(replace(tested, n_test=0), texts_in(language))


def test_classes_of_a_single_photo_are_named_where_they_keep_from_a_test() -> None:
    texts = texts_in("en")
    dataset = make_dataset({"apple": 3, "pear": 2, "banana": 1})
    assert "banana has a single photo" in str(untested_for(dataset, texts))
    two = make_dataset({"apple": 3, "banana": 1, "kiwi": 1})
    assert "a single photo each: banana, kiwi" in str(untested_for(two, texts))
    assert untested_for(replace(dataset, extends_baseline=True), texts) is None
    assert untested_for(make_dataset({"apple": 3, "pear": 2}), texts) is None
    assert untested_for(make_dataset({"apple": 1, "pear": 1}), texts) is None, "none was tested yet"


@pytest.mark.parametrize(("language", "said"), [("en", "🤷 2 of them"), ("ru", "🤷 На 2 из них")])
def test_photos_that_were_refused_are_told_beside_the_score(language: str, said: str) -> None:
    texts = texts_in(language)
    sure, unknown = CertaintyScore(Certainty.SURE, 10, 10), CertaintyScore(Certainty.UNKNOWN, 2, 2)
    report = replace(FEW, too_few=(), folds=0, accuracy=1.0, certainties=(sure, unknown))
    assert said in told(report, texts)
    assert said in no_mistake(report, texts)
    certain = replace(report, certainties=(sure,))
    assert "🤷" not in told(certain, texts)
    assert "🤷" not in no_mistake(certain, texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_friend_reads_one_line_of_the_score(language: str) -> None:
    texts = texts_in(language)
    many = replace(FEW, too_few=(), n_test=252, accuracy=248 / 252, folds=16)
    assert "98" in friends_card(many, texts)
    assert "5 " in friends_card(FEW, texts)
    for report in (many, FEW, replace(FEW, n_test=0, accuracy=0.0)):
        card = friends_card(report, texts)
        assert not any(word in card for word in ("F1", "16", "judged", "судила", "once more"))


def test_few_photos_are_called_few_and_many_are_not() -> None:
    texts = texts_in("en")
    assert "with so few" in _score(replace(FEW, n_test=99), texts)
    assert "with so few" not in _score(replace(FEW, n_test=100), texts)


def test_of_many_classes_the_first_are_named() -> None:
    report = replace(FEW, too_few=tuple(f"class {n}" for n in range(7)))
    assert told(report, texts_in("en")).count("class ") == 5


def test_classes_of_enough_photos_are_ranked() -> None:
    lines = told(replace(FEW, too_few=()), texts_in("en"))
    assert "Best (F1): apple 0.5" in lines
    ranked = told(replace(FEW, too_few=("apple",)), texts_in("en"))
    assert "send more of apple" in ranked
    assert "Best" not in ranked  # three classes are not ranked


def test_a_test_set_of_its_own_is_a_score() -> None:
    report = replace(FEW, test=make_card().report.test)
    assert "Right on <b>2</b> of 5 photos that were set apart" in told(report, texts_in("en"))
    assert accuracy_text(report, texts_in("en")) == "2 of 5"


def test_in_lists_a_guess_is_marked() -> None:
    assert accuracy_text(FEW, texts_in("en")) == "5 of 12 (a guess)"
    assert scores_text(FEW, texts_in("ru")).startswith("5 из 12 (прикидка), F1 0,")
    assert accuracy_text(replace(FEW, too_few=()), texts_in("ru")) == "5 из 12"


@pytest.mark.parametrize(("language", "said"), [("en", "not tested"), ("ru", "без проверки")])
def test_of_a_model_without_a_test_a_list_names_no_score(language: str, said: str) -> None:
    assert scores_text(replace(FEW, n_test=0), texts_in(language)) == said


def test_one_photo_that_looks_mislabelled_is_one() -> None:
    assert "1 photo looks mislabelled. Check it" in (found_text(1, texts_in("en")) or "")
    assert "2 photos look mislabelled. Check them" in (found_text(2, texts_in("en")) or "")


def test_a_cross_validated_report_tells_of_refused_photos() -> None:
    certainties = (CertaintyScore(Certainty.UNKNOWN, 3, 2),)
    report = replace(FEW, too_few=(), certainties=certainties)
    assert "3 of them I would have called" in told(report, texts_in("en"))


def test_many_photos_are_shown_in_per_cent() -> None:
    report = replace(FEW, too_few=(), n_test=30, accuracy=0.7)
    assert accuracy_text(report, texts_in("en")) == "70%"
    assert "Right on <b>70%</b> of 30 photos" in told(replace(report, folds=0), texts_in("en"))


def test_an_error_of_probabilities_needs_photos_to_be_measured_on() -> None:
    report = replace(FEW, too_few=(), folds=0, calibration_error=0.034)
    assert "probabilities" not in told(replace(report, n_test=49), texts_in("en"))
    assert "3.4 percentage points" in told(replace(report, n_test=50), texts_in("en"))
    assert "3,4 п. п." in told(replace(report, n_test=50), texts_in("ru"))


def test_no_class_is_among_the_best_and_the_worst() -> None:
    scores = tuple(ClassScore(f"class {n}", 0.5, 0.5, 0.5 + n / 10, 3) for n in range(4))
    lines = told(replace(FEW, too_few=(), class_scores=scores), texts_in("en"))
    assert "Best (F1): class 3 0.80, class 2 0.70, class 1 0.60" in lines
    assert "Worst (F1): class 0 0.50" in lines
