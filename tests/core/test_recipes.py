"""Recipes: the settings that a person may give, and the defaults."""

from __future__ import annotations

from itertools import product

import pytest

from core.backbones import BACKBONES
from core.entities import Parameter
from core.errors import (
    ParameterOutOfRange,
    UnknownClassifier,
    UnknownExtractor,
    UnknownParameter,
)
from core.recipes import allowed, make_recipe, step_parameters
from core.registry import CLASSIFIERS, EXTRACTORS, REDUCERS, parameters_of

PARAMETERS = parameters_of("hog", "svc")
NUMBERS = [p for p in PARAMETERS if p.kind in ("int", "float")]


def by_name(parameter: Parameter) -> str:
    return parameter.name


def test_without_settings_every_hyperparameter_has_its_default() -> None:
    recipe = make_recipe("hog", "svc")
    assert recipe.name == "hog+pca+svc"
    assert recipe.hyperparameters == {
        "svc__C": 10.0,
        "svc__kernel": "rbf",
        "svc__gamma": "scale",
        "svc__degree": 3,
        "probability": True,
        "pca__n_components": 0.6,
        "hog__orientations": 3,
        "hog__pixels_per_cell": 10,
        "hog__cells_per_block": 2,
        "hog__size": 64,
    }


def test_without_any_wish_a_network_and_a_kernel_head_are_taken() -> None:
    recipe = make_recipe()
    assert recipe.name == "lite2+none+blend"
    assert recipe.hyperparameters == {
        "blend__gamma": 1.0,
        "blend__ridge": 0.1,
        "probability": True,
        "lite2__size": 348,
        "lite2__views": 2,
        "lite2__focus": 0.3,
        "lite2__power": 0.65,
        "lite2__precision": "int8",
        "lite2__depthwise": False,
    }


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"C": "1"}, "lite2+pca+svc"),
        ({"logreg__C": "1"}, "lite2+pca+logreg"),
        ({"Shrinkage": "0.1"}, "lite2+none+lda"),
        ({"ridge": "0.3"}, "lite2+none+blend"),
        ({"alpha": "1"}, "lite2+none+ridge"),
        ({"size": "288"}, "lite2+none+blend"),
        ({"orientations": "9"}, "hog+pca+svc"),
        ({"size": "96", "cells_per_block": "3"}, "hog+pca+svc"),
        ({"orientations": "9", "bins": "4"}, "hog+colour+pca+svc"),
        ({"orientations": "9", "max_depth": "5"}, "hog+pca+tree"),
        ({"max_depth": "5", "n_estimators": "50"}, "lite2+pca+forest"),
        ({"n_components": "50"}, "lite2+pca+blend"),
        ({"n_components": "50", "C": "1"}, "lite2+pca+svc"),
    ],
    ids=str,
)
def test_steps_that_are_not_named_are_those_that_know_the_settings(
    settings: dict[str, str], name: str
) -> None:
    assert make_recipe(settings=settings).name == name


@pytest.mark.parametrize("features", EXTRACTORS)
def test_features_alone_get_the_classifier_and_the_reducer_that_suit_them(features: str) -> None:
    recipe = make_recipe(features)
    networks = ("lite0", "lite2", "fast", "best", *BACKBONES)
    expected = ("none", "blend") if features in networks else ("pca", "svc")
    assert (recipe.reducer, recipe.classifier) == expected


def test_a_step_gets_its_own_hyperparameters_without_its_name() -> None:
    assert step_parameters(make_recipe("hog", "svc", {"C": "2"}), "svc") == {
        "C": 2.0,
        "kernel": "rbf",
        "gamma": "scale",
        "degree": 3,
    }


@pytest.mark.parametrize("name", ["svc__C", "C", "c", "SVC__c"])
def test_a_name_may_be_short_and_in_any_case(name: str) -> None:
    assert make_recipe("hog", "svc", {name: "1"}).hyperparameters["svc__C"] == 1.0


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("C", "0,5", 0.5),
        ("C", " 1e2 ", 100.0),
        ("gamma", "0.01", 0.01),
        ("gamma", "AUTO", "auto"),
        ("kernel", "Poly", "poly"),
        ("n_components", "50", 50.0),
        ("orientations", "9", 9),
        ("probability", "no", False),
        ("probability", "ON", True),
        ("probability", "0", False),
    ],
)
def test_a_value_is_read_as_a_person_writes_it(name: str, text: str, value: object) -> None:
    values = make_recipe("hog", "svc", {name: text}).hyperparameters
    (full_name,) = [full for full in values if full.split("__")[-1] == name]
    assert (values[full_name], type(values[full_name])) == (value, type(value))


@pytest.mark.parametrize("parameter", NUMBERS, ids=by_name)
def test_both_ends_of_a_range_belong_to_it(parameter: Parameter) -> None:
    for end in (parameter.low, parameter.high):
        recipe = make_recipe("hog", "svc", {parameter.name: f"{end:.10g}"})
        assert recipe.hyperparameters[parameter.name] == end


@pytest.mark.parametrize("parameter", NUMBERS, ids=by_name)
def test_a_number_outside_its_range_is_refused_with_the_range(parameter: Parameter) -> None:
    for text in (f"{parameter.low - 1:.10g}", f"{parameter.high + 1:.10g}", "nan", "inf", "-inf"):
        with pytest.raises(ParameterOutOfRange) as caught:
            make_recipe("hog", "svc", {parameter.name: text})
        error = caught.value
        assert (error.name, error.value) == (parameter.name, text)
        assert error.allowed.endswith(f"{parameter.low:g}…{parameter.high:g}")


@pytest.mark.parametrize("parameter", PARAMETERS, ids=by_name)
@pytest.mark.parametrize("text", ["", "much", "1 2", "__import__('os')"])
def test_a_word_that_means_nothing_is_refused(parameter: Parameter, text: str) -> None:
    with pytest.raises(ParameterOutOfRange, match=f"^{parameter.name} can't be"):
        make_recipe("hog", "svc", {parameter.name: text})


def test_a_whole_number_has_no_fraction() -> None:
    with pytest.raises(ParameterOutOfRange):
        make_recipe("hog", "svc", {"degree": "2.5"})


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("svc__kernel", "linear, poly, rbf, sigmoid"),
        ("svc__gamma", "scale, auto, 1e-06…100"),
        ("hog__orientations", "1…18"),
        ("probability", "true, false"),
    ],
)
def test_what_is_allowed_is_said_in_signs(name: str, sentence: str) -> None:
    (parameter,) = [p for p in PARAMETERS if p.name == name]
    assert allowed(parameter) == sentence


@pytest.mark.parametrize("name", ["", "foo", "svc__", "__c", "svc__size", "hog"])
def test_an_unknown_parameter_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownParameter) as caught:
        make_recipe("hog", "svc", {name: "1"})
    assert caught.value.name == name
    assert caught.value.known.split(", ") == [p.name for p in PARAMETERS]


def test_unknown_features_and_classifiers_are_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownExtractor, match=r"no features named smell; there are: hog"):
        make_recipe(features="smell")
    with pytest.raises(UnknownClassifier, match=r"no classifier named gardener; there are: svc"):
        make_recipe(classifier="gardener")


@pytest.mark.parametrize("parameter", PARAMETERS, ids=by_name)
def test_defaults_and_suggestions_are_allowed(parameter: Parameter) -> None:
    for value in (parameter.default, *parameter.suggestions):
        recipe = make_recipe("hog", "svc", {parameter.name: str(value)})
        assert recipe.hyperparameters[parameter.name] == value


@pytest.mark.parametrize(("features", "classifier"), [*product(EXTRACTORS, CLASSIFIERS)])
def test_short_names_are_unambiguous_in_every_recipe(features: str, classifier: str) -> None:
    for reducer in REDUCERS:
        parameters = parameters_of(features, classifier, reducer)
        short = [parameter.name.split("__")[-1].casefold() for parameter in parameters]
        assert len(short) == len(set(short))


@pytest.mark.parametrize(
    ("features", "classifier", "kept"),
    [("lite2", "svc", 0.9), ("lite2", "forest", 0.6), ("hog", "svc", 0.6)],
)
def test_pca_keeps_by_default_what_suits_the_features_and_the_classifier(
    features: str, classifier: str, kept: float
) -> None:
    recipe = make_recipe(features, classifier)
    assert recipe.hyperparameters["pca__n_components"] == kept
