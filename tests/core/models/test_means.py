"""The nearest class mean, for classes of a single photo."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from core.models.conversion import to_onnx_model
from core.models.means import ClassMeans

DIMENSION = 40


def one_of_each(classes: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    return random.normal(size=(classes, DIMENSION)).astype(np.float32), np.arange(classes)


def answers(means: ClassMeans, vectors: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Labels and probabilities of the ONNX graph."""
    model = to_onnx_model(Pipeline([("classifier", means)]), DIMENSION).SerializeToString()
    session = onnxruntime.InferenceSession(model)
    return list(session.run(None, {session.get_inputs()[0].name: vectors}))


def test_a_photo_of_each_class_is_enough_to_name_it_again() -> None:
    vectors, labels = one_of_each(5)
    means = ClassMeans().fit(vectors, labels)
    np.testing.assert_array_equal(means.predict(vectors), labels)
    np.testing.assert_allclose(means.predict_proba(vectors).sum(1), 1)


def test_neither_the_vectors_origin_nor_their_unit_counts() -> None:
    vectors, labels = one_of_each(3)
    means = ClassMeans().fit(vectors, labels)
    moved = 1000 * vectors.astype(np.float64) + 7
    np.testing.assert_allclose(
        ClassMeans().fit(moved, labels).predict_proba(moved),
        means.predict_proba(vectors),
        atol=1e-9,
    )


def test_a_class_of_many_photos_does_not_draw_the_center_to_it() -> None:
    vectors, labels = one_of_each(2)
    many = np.concatenate([vectors, np.repeat(vectors[:1], 30, axis=0)])
    means = ClassMeans().fit(many, np.concatenate([labels, np.zeros(30, int)]))
    between = vectors.astype(np.float64).mean(0, keepdims=True)
    np.testing.assert_allclose(means.predict_proba(between), 0.5, atol=1e-9)


def test_classes_that_are_all_the_same_are_equally_likely() -> None:
    means = ClassMeans().fit(np.ones((3, DIMENSION), np.float32), np.arange(3))
    np.testing.assert_allclose(means.predict_proba(np.ones((1, DIMENSION))), 1 / 3, atol=1e-9)


def test_the_scale_makes_it_surer() -> None:
    vectors, labels = one_of_each(3)
    sure, unsure = (ClassMeans(scale).fit(vectors, labels) for scale in (20.0, 2.0))
    assert sure.predict_proba(vectors).max() > unsure.predict_proba(vectors).max()


@pytest.mark.parametrize("classes", [2, 3, 43])
def test_onnx_agrees(classes: int) -> None:
    means = ClassMeans().fit(*one_of_each(classes))
    asked = np.random.default_rng(5).normal(size=(200, DIMENSION)).astype(np.float32)
    labels, probabilities = answers(means, asked)
    np.testing.assert_array_equal(labels, means.predict(asked))
    np.testing.assert_allclose(probabilities, means.predict_proba(asked), atol=1e-6)


def test_onnx_agrees_on_a_vector_of_noughts() -> None:
    means = ClassMeans().fit(*one_of_each(3))
    nought = np.zeros((1, DIMENSION), np.float32)
    _, probabilities = answers(means, nought)
    np.testing.assert_allclose(probabilities, means.predict_proba(nought), atol=1e-6)


def test_it_can_be_cloned_with_its_parameters() -> None:
    assert clone(ClassMeans(7.0)).get_params() == {"scale": 7.0}
