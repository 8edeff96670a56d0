"""Class names in the reader's language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.commands.labels import localized_prediction, localized_report, own_name
from bot.texts import LANGUAGES, texts_in
from core.entities import Certainty, Dataset, Model, ModelKind, Prediction
from core.models.baseline import baseline_model

BASELINE = baseline_model()
ANSWER = Prediction(
    "Kiwi", 0.9, (("Kiwi", 0.9), ("Passion fruit", 0.1)), Certainty.SURE, seconds=0.1
)


@pytest.fixture
def own() -> Model:
    """A person's own model, of classes that are named as some of the baseline's."""
    card = replace(BASELINE.card, origin=None)
    return replace(BASELINE, id=1, owner_id=1, kind=ModelKind.CUSTOM, card=card)


def test_the_baselines_classes_are_translated() -> None:
    localized = localized_prediction(ANSWER, BASELINE, texts_in("ru"))
    assert localized.label == "Киви"
    assert localized.top == (("Киви", 0.9), ("Маракуйя", 0.1))


def test_in_english_they_are_the_datasets() -> None:
    assert localized_prediction(ANSWER, BASELINE, texts_in("en")) == ANSWER


def test_a_persons_own_are_never_translated(own: Model) -> None:
    assert localized_prediction(ANSWER, own, texts_in("ru")) == ANSWER
    assert localized_report(own, texts_in("ru")) == own.card.report


def test_those_of_a_model_that_extends_the_baseline_are_translated_beside_ones_own() -> None:
    extended = replace(BASELINE, id=1, owner_id=1, kind=ModelKind.CUSTOM)
    answer = replace(ANSWER, top=(("Kiwi", 0.9), ("citron", 0.1)))
    localized = localized_prediction(answer, extended, texts_in("ru"))
    assert localized.top == (("Киви", 0.9), ("citron", 0.1))


def test_a_report_is_in_the_readers_language_and_in_its_order() -> None:
    own, report = BASELINE.card.report, localized_report(BASELINE, texts_in("ru"))
    assert report.classes[0] == report.class_scores[0].label == "Авокадо"
    assert list(report.classes) == sorted(report.classes)
    assert [score.label for score in report.class_scores] == list(report.classes)
    avocado, kiwi = (own.classes.index(name) for name in ("Avocado", "Kiwi"))
    place = report.classes.index("Киви")
    assert report.confusion[0][place] == own.confusion[avocado][kiwi]
    assert report.confusion[place][place] == own.confusion[kiwi][kiwi]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_classes_have_one_name(language: str) -> None:
    names = localized_report(BASELINE, texts_in(language)).classes
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("extends", "named", "known"),
    [(True, "яблоко", "Apple"), (True, "цитрон", "цитрон"), (False, "яблоко", "яблоко")],
)
def test_a_class_of_the_baseline_has_one_name_however_it_is_called(
    extends: bool, named: str, known: str
) -> None:
    moment = datetime.now(UTC)
    dataset = Dataset(1, 1, "things", 1, {}, 0, moment, moment, extends_baseline=extends)
    assert own_name(named, dataset, BASELINE, texts_in("ru")) == known
