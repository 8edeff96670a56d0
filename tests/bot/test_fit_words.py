"""The arguments of /fit."""

from __future__ import annotations

import pytest

from bot.commands.fit import _parse
from core.errors import SettingUnclear


@pytest.mark.parametrize(
    ("words", "name", "recipe"),
    [
        ("", None, "lite2+none+blend"),
        ("my apples", "my apples", "lite2+none+blend"),
        ("hog", None, "hog+pca+svc"),
        ("SVC", None, "lite2+pca+svc"),
        ("hog+colour knn my apples", "my apples", "hog+colour+pca+knn"),
        ("features=hog pears 2", "pears 2", "hog+pca+svc"),
        ("C=1 colour 7", "colour 7", "lite2+pca+svc"),
        ("features of mine", "features of mine", "lite2+none+blend"),
    ],
)
def test_a_step_alone_is_chosen_and_the_rest_is_a_name(
    words: str, name: str | None, recipe: str
) -> None:
    found, made, _ = _parse(words.split())
    assert (found, made.name) == (name, recipe)


@pytest.mark.parametrize(
    ("words", "example"),
    [
        ("C = 1", "C=1"),
        ("C= 1", "C=1"),
        ("C =1", "C=1"),
        ("shrinkage 0.5", "shrinkage=0.5"),
        ("features=hog kernel linear", "kernel=linear"),
        ("Colour true", "Colour=true"),
        ("curve yes", "curve=yes"),
        ("features hog", "features=hog"),
        ("Classifier knn", "Classifier=knn"),
        ("probability no", "probability=no"),
        ("reducer none", "reducer=none"),
    ],
)
def test_a_setting_in_several_words_names_no_model(words: str, example: str) -> None:
    with pytest.raises(SettingUnclear) as caught:
        _parse(words.split())
    assert caught.value.example == example
