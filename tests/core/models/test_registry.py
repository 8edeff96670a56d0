"""Every recipe in the registry trains, exports, and answers in ONNX as in the library that trained
it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from core.entities import Recipe
from core.errors import ClassifierNotInstalled, ParameterOutOfRange, UnknownParameter
from core.models.conversion import to_onnx_model
from core.models.conversion.trees import round_down
from core.models.pipelines import make_pipeline
from core.recipes import make_recipe
from core.registry import CLASSIFIERS, REDUCERS

BOOSTED = ("lightgbm", "catboost")
MAX_DIFFERENCE = 1e-5
DIMENSION = 12

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


def make_points(classes: int, n: int = 120, seed: int = 0) -> tuple[Vectors, Labels]:
    """Clouds that overlap, so that probabilities are far from 0 and 1."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = np.random.default_rng(1).normal(size=(classes, DIMENSION))
    points = random.normal(size=(n, DIMENSION)) + centres[labels]
    return points.astype(np.float32), labels


def train(recipe: Recipe, classes: int, n: int = 120, seed: int = 0) -> Pipeline:
    vectors, labels = make_points(classes, n)
    return make_pipeline(recipe, *vectors.shape, seed=seed).fit(vectors, labels)


def answer(pipeline: Pipeline, vectors: Vectors) -> tuple[Labels, Vectors]:
    model = to_onnx_model(pipeline, DIMENSION).SerializeToString()
    session = onnxruntime.InferenceSession(model)
    return tuple(session.run(None, {session.get_inputs()[0].name: vectors}))


def assert_agree(pipeline: Pipeline, vectors: Vectors) -> None:
    labels, scores = answer(pipeline, vectors)
    expected = pipeline.predict_proba(vectors)
    np.testing.assert_array_equal(labels, np.ravel(pipeline.predict(vectors)))
    np.testing.assert_allclose(scores, expected, rtol=0, atol=MAX_DIFFERENCE)
    assert (labels.dtype, scores.dtype) == (np.int64, np.float32)


def recipe_of(classifier: str, **settings: str) -> Recipe:
    if classifier in BOOSTED:
        pytest.importorskip(classifier, reason="needs the extra `boosting`")
    return make_recipe("hog", classifier, settings)


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("reducer", REDUCERS)
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_onnx_agrees_on_vectors_seen_and_unseen(
    classifier: str, reducer: str, classes: int
) -> None:
    pipeline = train(recipe_of(classifier, reducer=reducer), classes)
    for n, seed in ((120, 0), (500, 5)):
        assert_agree(pipeline, make_points(classes, n, seed)[0])


@pytest.mark.parametrize(
    ("classifier", "settings"),
    [
        ("svc", {"kernel": "linear"}),
        ("lda", {"shrinkage": "0"}),
        ("lda", {"shrinkage": "1"}),
        ("blend", {"gamma": "0.5"}),
        ("rbf", {"gamma": "0.01"}),
        ("rbf", {"gamma": "10", "ridge": "0.0001"}),
        ("ridge", {"alpha": "0.0001"}),
        ("ridge", {"alpha": "100"}),
        ("logreg", {"C": "1000"}),
        ("knn", {"n_neighbors": "1"}),
        ("knn", {"n_neighbors": "100"}),
        ("tree", {"max_depth": "30", "min_samples_leaf": "1"}),
        ("forest", {"max_depth": "1", "n_estimators": "10"}),
        ("lightgbm", {"num_leaves": "2", "n_estimators": "5"}),
        ("catboost", {"depth": "1", "iterations": "5"}),
        ("voting", {"members": "knn,tree,forest"}),
        ("voting", {"members": "lda,rbf,ridge"}),
    ],
    ids=str,
)
def test_onnx_agrees_for_other_hyperparameters(
    classifier: str, settings: Mapping[str, str]
) -> None:
    assert_agree(train(recipe_of(classifier, **settings), 3), make_points(3, 500, 5)[0])


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_the_classes_are_learned(classifier: str) -> None:
    vectors, labels = make_points(3, 600, seed=5)
    predicted, _ = answer(train(recipe_of(classifier), 3), vectors)
    assert np.mean(predicted == labels) > 0.7


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_label_is_the_class_of_the_highest_probability(classifier: str, classes: int) -> None:
    pipeline, (vectors, _) = train(recipe_of(classifier), classes), make_points(classes, 500, 5)
    most_probable = pipeline.classes_[pipeline.predict_proba(vectors).argmax(1)]
    np.testing.assert_array_equal(np.ravel(pipeline.predict(vectors)), most_probable)


def test_a_blend_answers_with_the_mean_of_an_rbf_and_an_lda() -> None:
    vectors, _ = make_points(3, 500, 5)
    blend, rbf, lda = (
        train(recipe_of(name), 3).predict_proba(vectors) for name in ("blend", "rbf", "lda")
    )
    np.testing.assert_allclose(blend, (rbf + lda) / 2, atol=1e-6)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_the_seed_decides_all(classifier: str) -> None:
    recipe, (vectors, _) = recipe_of(classifier), make_points(3, 500, 5)
    one, same = (train(recipe, 3, seed=1).predict_proba(vectors) for _ in range(2))
    np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_training_set_of_four_of_each_class_is_enough(classifier: str) -> None:
    assert_agree(train(recipe_of(classifier), 2, n=8), make_points(2, 100, 5)[0])


@pytest.mark.parametrize("classifier", ["blend", "lda", "rbf", "ridge", "forest", "voting"])
def test_43_classes_are_converted_within_a_second(classifier: str) -> None:
    pipeline = train(recipe_of(classifier), 43, n=860)
    started = time.process_time()
    to_onnx_model(pipeline, DIMENSION)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("classifier", ["tree", "forest", "lightgbm", "catboost"])
def test_trees_divide_neighbouring_float32_numbers_as_their_library_does(classifier: str) -> None:
    """Between two neighbours lies no float32 threshold, so a midpoint has to be rounded down."""
    low = np.float32(0.1)
    pair = np.array([low, np.nextafter(low, np.float32(1))])
    vectors = np.repeat(pair, 40)[:, None] * np.ones((1, DIMENSION), np.float32)
    labels = np.repeat([0, 1], 40)
    recipe = recipe_of(classifier, reducer="none")
    pipeline = make_pipeline(recipe, *vectors.shape, seed=0).fit(vectors, labels)
    assert_agree(pipeline, vectors)


def test_rounding_down_keeps_every_float32_on_its_side() -> None:
    thresholds = np.random.default_rng(0).normal(size=1000)
    rounded = round_down(thresholds)
    assert rounded.dtype == np.float32
    assert (rounded <= thresholds).all()
    assert (np.nextafter(rounded, np.float32(np.inf)) > thresholds).all()


@pytest.mark.parametrize("classifier", BOOSTED)
def test_without_the_extra_its_classifiers_are_refused_by_name(
    classifier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, classifier, None)
    with pytest.raises(ClassifierNotInstalled, match=f"{classifier} is not installed"):
        make_recipe("hog", classifier)


def test_a_recipe_without_a_reducer_says_so_in_its_name() -> None:
    recipe = make_recipe("hog", "lda", {"Reducer": "none"})
    assert (recipe.name, recipe.reducer) == ("hog+none+lda", "none")
    assert not any(name.startswith("pca") for name in recipe.hyperparameters)
    with pytest.raises(UnknownParameter):
        make_recipe("hog", "lda", {"reducer": "none", "n_components": "10"})
    with pytest.raises(ParameterOutOfRange):
        make_recipe("hog", "lda", {"reducer": "tsne"})


@pytest.mark.parametrize("text", ["lda,svc", "SVC, lda", "svc,lda,svc"])
def test_members_may_come_in_any_order_and_make_one_recipe(text: str) -> None:
    recipe = make_recipe("hog", "voting", {"members": text})
    assert recipe.hyperparameters["voting__members"] == "svc,lda"


@pytest.mark.parametrize("text", ["svc", "svc,svc", "svc,voting", "svc,,lda", ""])
def test_fewer_than_two_members_or_unknown_ones_are_refused(text: str) -> None:
    with pytest.raises(ParameterOutOfRange):
        make_recipe("hog", "voting", {"members": text})


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_the_two_hyperparameters_with_buttons_suggest_their_defaults(classifier: str) -> None:
    for parameter in CLASSIFIERS[classifier][:2]:
        assert parameter.default in parameter.suggestions
        assert len(parameter.suggestions) <= 4
