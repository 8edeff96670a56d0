"""The arguments of /fit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands.fit_words import FitWish, parse
from core import registry
from core.entities import Dataset
from core.errors import (
    DatasetNotFound,
    LukoshkoError,
    ParameterOutOfRange,
    SettingUnclear,
    SeveralSteps,
    UnexpectedWord,
    UnknownClassifier,
    UnknownParameter,
    UnknownSetting,
    UnknownWord,
)

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def dataset(number: int, name: str) -> Dataset:
    return Dataset(number, 1, name, 1, {"apple": 5, "pear": 5}, 0, NOW, NOW, None, {})


DATASETS = (dataset(1, "fruits"), dataset(2, "Мои ягоды"))


def read(text: str) -> FitWish:
    return parse(text, DATASETS)


def error_of(text: str) -> LukoshkoError:
    with pytest.raises(LukoshkoError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    ("words", "name", "recipe"),
    [
        ("", None, "lite2+none+blend"),
        ("apples", "apples", "lite2+none+blend"),
        ("hog", None, "hog+pca+svc"),
        ("HOG SVC", None, "hog+pca+svc"),
        ("лес контуры", None, "hog+pca+forest"),
        ("pca lite2 rbf", None, "lite2+pca+rbf"),
        ("Логистическая", None, "lite2+pca+logreg"),
        ("логистическая регрессия контуры и цвет", None, "hog+colour+pca+logreg"),
        ("метод опорных векторов", None, "lite2+pca+svc"),
        ("mine outlines support vectors", "mine", "hog+pca+svc"),
        ("features=HOG pears", "pears", "hog+pca+svc"),
        ("hog+colour knn name=apples", "apples", "hog+colour+pca+knn"),
        ('name="my apples" C=1', "my apples", "lite2+pca+svc"),
        ("имя=«мои яблоки»", "мои яблоки", "lite2+none+blend"),
        ('"my apples" hog', "my apples", "hog+pca+svc"),
        ("name=svc", "svc", "lite2+none+blend"),
    ],
)
def test_steps_and_a_name_are_found(words: str, name: str | None, recipe: str) -> None:
    wish = read(words)
    assert (wish.name, wish.recipe.name, wish.dataset) == (name, recipe, None)


@pytest.mark.parametrize(
    ("words", "parameter", "value"),
    [
        ("hog svc linear", "svc__kernel", "linear"),
        ("svc rbf", "svc__kernel", "rbf"),
        ("rbf svc", "svc__kernel", "rbf"),
        ("svc Линейное", "svc__kernel", "linear"),
        ("ядро=линейное", "svc__kernel", "linear"),
        ("c=1", "svc__C", 1.0),
        ("С=0,5", "svc__C", 0.5),  # the Russian letter
        ("svc scale", "svc__gamma", "scale"),
        ("вероятности=нет", "probability", False),
        ("SVC__kernel=POLY", "svc__kernel", "poly"),
    ],
)
def test_a_value_finds_its_parameter(words: str, parameter: str, value: object) -> None:
    wish = read(words)
    assert wish.recipe.hyperparameters[parameter] == value
    assert wish.name is None


@pytest.mark.parametrize("word", ["да", "yes", "ON", "1"])
def test_a_curve_is_asked_for_in_both_languages(word: str) -> None:
    assert read(f"curve={word}").curve
    assert read(f"кривая={word}").curve
    assert not read("кривая=нет").curve


@pytest.mark.parametrize(
    ("words", "found", "name"),
    [
        ("fruits C=1", 0, None),
        ("FRUITS", 0, None),
        ("мои ягоды svc", 1, None),
        ("fruits hog name=apples", 0, "apples"),
        ("dataset=fruits apples", 0, "apples"),
        ("набор=«Мои ягоды»", 1, None),
    ],
)
def test_a_datasets_name_is_the_dataset(words: str, found: int, name: str | None) -> None:
    wish = read(words)
    assert (wish.dataset, wish.name) == (DATASETS[found], name)


def test_a_step_is_not_taken_for_a_dataset_of_its_name() -> None:
    wish = parse("hog", (dataset(1, "hog"),))
    assert wish.dataset is None
    assert parse("dataset=hog", (dataset(1, "hog"),)).dataset is not None


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        ("svm", "svc"),
        ("hog svm", "svc"),
        ("fruit", "fruits"),
        ("linaer", "kernel=linear"),
        ("linear", "kernel=linear"),
        ("kernel", "kernel=rbf"),
        ("C=1 colour 7", "colour=yes"),
        ("curve", "curve=yes"),
        ("features of mine", "features=…"),
        ("ядра", "kernel=rbf"),
        ("probability", "probability=yes"),
        ("shrinkage", "shrinkage=0.3"),
    ],
)
def test_a_word_like_one_that_is_known_is_asked_about(words: str, guess: str) -> None:
    error = error_of(words)
    assert isinstance(error, UnknownWord)
    assert error.guess == guess


@pytest.mark.parametrize("words", ["apples qwerty", "hog svc qwerty", "name=apples qwerty"])
def test_only_the_first_word_is_a_name(words: str) -> None:
    error = error_of(words)
    assert isinstance(error, UnexpectedWord)
    assert error.word == "qwerty"


def test_after_a_step_no_word_is_a_name() -> None:
    assert isinstance(error_of("hog apples"), UnexpectedWord)


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        ("pca=50", "n_components=50"),
        ("svc=linear", "kernel=linear"),
        ("kernal=linear", "kernel=linear"),
        ("ядра=линейное", "ядро=линейное"),
        ("classifier=svm", "classifier=svc"),
        ("features=hogg", "features=hog"),
        ("curv=yes", "curve=yes"),
        ("dataset=fruit", "dataset=fruits"),
    ],
)
def test_a_setting_of_nothing_is_guessed(words: str, guess: str) -> None:
    error = error_of(words)
    assert isinstance(error, UnknownSetting)
    assert (error.setting, error.guess) == (words, guess)


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("c=0", "c", "0"),
        ("C=much", "C", "much"),
        ("svc__C=0", "svc__C", "0"),
        ("ядро=Кривое", "ядро", "Кривое"),
        ("curve=perhaps", "curve", "perhaps"),
        ("кривая=потом", "кривая", "потом"),
    ],
)
def test_an_error_has_the_words_that_were_written(words: str, name: str, value: str) -> None:
    error = error_of(words)
    assert isinstance(error, ParameterOutOfRange)
    assert (error.name, error.value) == (name, value)


def test_a_parameter_of_another_step_is_refused_with_those_of_this_one() -> None:
    error = error_of("hog svc Shrinkage=0.3")
    assert isinstance(error, UnknownParameter)
    assert error.name == "Shrinkage"
    assert error.known.startswith("C, kernel, gamma, degree, probability, n_components")


@pytest.mark.parametrize(
    ("words", "names"), [("svc lda", "svc, lda"), ("hog sift lda", "hog, sift")]
)
def test_two_steps_of_a_kind_are_too_many(words: str, names: str) -> None:
    error = error_of(words)
    assert isinstance(error, SeveralSteps)
    assert error.names == names


def test_a_dataset_that_is_not_there_is_not_found() -> None:
    assert isinstance(error_of("dataset=nothing"), DatasetNotFound)


def test_what_is_not_installed_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    assert isinstance(error := error_of("classifier=oracle"), UnknownClassifier)
    assert "boost" not in error.known
    assert "lightgbm" not in error.known
    assert isinstance(error_of("num_leaves=7"), UnknownParameter)
    assert read("catbost").name == "catbost"


@pytest.mark.parametrize(
    ("words", "example"),
    [
        ("C = 1", "C=1"),
        ("C= 1", "C=1"),
        ("C =1", "C=1"),
        ("shrinkage 0.5", "shrinkage=0.5"),
        ("features=hog kernel linear", "kernel=linear"),
        ("ядро линейное", "ядро=линейное"),
        ("Colour true", "Colour=true"),
        ("curve yes", "curve=yes"),
        ("features hog", "features=hog"),
        ("Classifier knn", "Classifier=knn"),
        ("probability no", "probability=no"),
        ("reducer none", "reducer=none"),
    ],
)
def test_a_setting_in_several_words_names_no_model(words: str, example: str) -> None:
    error = error_of(words)
    assert isinstance(error, SettingUnclear)
    assert error.example == example
