"""The similarity of photos to what was taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from core.entities import FitOptions
from core.jobs import tasks
from core.models.conversion import to_onnx_model
from core.models.evaluation import Ints, series_parts
from core.models.familiarity import (
    ACCEPTED_SHARE,
    PARTS,
    REFUSED_FOR_NEGATIVES,
    SURE_SHARE,
    UNMEASURED_MOST,
    Familiarity,
    Thresholds,
    series_thresholds,
)
from core.models.modelfile import load
from core.models.pipelines import make_pipeline
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.core.learning import CLASSICAL, ignore, vectors_of

DIMENSION, CLASSES = 16, 3

Vectors = NDArray[np.float32]


def cloud(center: Vectors, n: int, seed: int) -> Vectors:
    noise = np.random.default_rng(seed).normal(0, 0.5, (n, DIMENSION))
    return (center + noise).astype(np.float32)


def make_points(n: int = 60, seed: int = 0) -> tuple[Vectors, Ints]:
    """Clouds around the first axes."""
    labels = np.arange(n) % CLASSES
    return cloud(3 * np.eye(CLASSES, DIMENSION, dtype=np.float32)[labels], n, seed), labels


@pytest.fixture(scope="module")
def familiarity() -> Familiarity:
    return Familiarity.of(*make_points(), CLASSES)


def test_a_class_mean_is_most_similar_to_its_own_class(familiarity: Familiarity) -> None:
    vectors, labels = make_points()
    means = np.array([vectors[labels == label].mean(0) for label in range(CLASSES)])
    own = familiarity.similarity(means, np.arange(CLASSES))
    np.testing.assert_allclose(own, 1, atol=1e-6)
    assert (familiarity.similarity(means, np.roll(np.arange(CLASSES), 1)) < 0.5).all()


def test_the_mean_of_all_is_similar_to_nothing(familiarity: Familiarity) -> None:
    assert familiarity.similarity(familiarity.center[None], np.array([0])).tolist() == [0]


def threshold_of(vectors: Vectors, labels: Ints) -> float:
    return series_thresholds(vectors, labels, np.arange(len(labels)), CLASSES).known


def test_the_threshold_accepts_95_of_100_held_out_photos(familiarity: Familiarity) -> None:
    vectors, labels = make_points(2000, seed=1)
    accepted = familiarity.similarity(vectors, labels) >= threshold_of(vectors, labels)
    assert accepted.mean() == pytest.approx(ACCEPTED_SHARE, abs=0.01)


def test_the_answers_of_90_of_them_may_be_sure(familiarity: Familiarity) -> None:
    vectors, labels = make_points(2000, seed=1)
    least = series_thresholds(vectors, labels, np.arange(len(labels)), CLASSES).sure
    sure = familiarity.similarity(vectors, labels) >= least
    assert sure.mean() == pytest.approx(SURE_SHARE, abs=0.03)


def test_a_threshold_is_that_of_models_which_did_not_see_the_photos() -> None:
    vectors, labels = make_points(90, seed=1)
    groups = np.arange(90)
    parts = series_parts(labels, groups, PARTS)
    similarities = []
    for part in range(PARTS):
        others, held_out = parts != part, parts == part
        model = Familiarity.of(vectors[others], labels[others], CLASSES)
        similarities.append(model.similarity(vectors[held_out], labels[held_out]))
    expected = np.quantile(np.concatenate(similarities), 1 - ACCEPTED_SHARE)
    assert threshold_of(vectors, labels) == pytest.approx(expected, abs=1e-5)


def test_photos_of_another_series_are_accepted() -> None:
    """Every series of photos is shifted in its own direction; held out one by one, photos would be
    as near to their own series as to their class."""
    n, series = 360, 6
    vectors, labels = make_points(n)
    shifts = np.random.default_rng(3).normal(0, 2, (n // series, DIMENSION))
    vectors += np.repeat(shifts, series, axis=0)[:n].astype(np.float32)
    order = np.argsort(labels, kind="stable")
    mixed = np.random.default_rng(4).permutation(n)
    assert threshold_of(vectors, labels) < 0.5
    assert threshold_of(vectors[order], labels[order]) == pytest.approx(
        threshold_of(vectors, labels)
    )
    assert threshold_of(vectors[mixed], labels[mixed]) >= threshold_of(vectors, labels)


def test_one_photo_of_each_class_gives_a_threshold_that_accepts_everything() -> None:
    assert threshold_of(make_points(CLASSES)[0], np.arange(CLASSES)) == -1


def test_a_burst_of_one_photo_is_not_compared_with_itself() -> None:
    """Its class has no other photos: it says nothing of the similarity of others."""
    vectors, labels = make_points(30)
    burst = np.concatenate([vectors, np.repeat(vectors[:1], 50, axis=0)])
    with_burst = series_thresholds(
        burst, np.append(labels, [CLASSES] * 50), np.append(np.arange(30), [30] * 50), CLASSES + 1
    )
    assert with_burst.known < 0.95


def similarities(*numbers: float) -> Vectors:
    return np.array(numbers, np.float32)


def test_negatives_lift_both_thresholds_until_they_are_refused() -> None:
    lifted = Thresholds(0.2, 0.3, most=0.6).lifted(similarities(-0.1, 0.4))
    assert 0.4 < lifted.known < 0.41
    assert lifted.sure - lifted.known == pytest.approx(0.1)


def test_negatives_that_are_refused_already_lift_nothing() -> None:
    thresholds = Thresholds(0.2, 0.3, most=0.6)
    assert thresholds.lifted(similarities(0.1, -1)) == thresholds


def test_negatives_lift_no_higher_than_what_a_tenth_of_the_photos_more_do_not_reach(
    familiarity: Familiarity,
) -> None:
    vectors, labels = make_points(3000)
    thresholds = series_thresholds(vectors, labels, np.arange(len(labels)), CLASSES)
    lifted = thresholds.lifted(similarities(0.99))
    asked = familiarity.similarity(*make_points(3000, seed=1))
    accepted = (asked >= lifted.known).mean()
    assert accepted == pytest.approx(ACCEPTED_SHARE - REFUSED_FOR_NEGATIVES, abs=0.04)


def test_where_nothing_could_be_held_out_negatives_lift_a_little() -> None:
    vectors, labels = make_points(CLASSES)
    thresholds = series_thresholds(vectors, labels, np.arange(CLASSES), CLASSES)
    assert thresholds.lifted(similarities(0.9)).known == pytest.approx(UNMEASURED_MOST)


def test_what_lies_elsewhere_is_below_the_threshold(familiarity: Familiarity) -> None:
    threshold = threshold_of(*make_points(200, seed=1))
    elsewhere = cloud(3 * np.eye(DIMENSION, dtype=np.float32)[-1], 200, seed=2)
    for named in range(CLASSES):
        similarity = familiarity.similarity(elsewhere, np.full(200, named))
        assert (similarity < threshold).mean() > 0.9


@pytest.mark.parametrize("classifier", ["lda", "svc", "lightgbm"])
def test_onnx_gives_the_same_similarities(classifier: str, familiarity: Familiarity) -> None:
    if classifier == "lightgbm":
        pytest.importorskip(classifier, reason="needs the extra `boosting`")
    vectors, labels = make_points()
    recipe = make_recipe("hog", classifier)
    model = to_onnx_model(
        make_pipeline(recipe, *vectors.shape, seed=0).fit(vectors, labels), DIMENSION
    )
    familiarity.append_to(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    asked = np.concatenate([make_points(100, seed=3)[0], cloud(-vectors[:1], 100, seed=4)])
    named, _, similarities = session.run(None, {session.get_inputs()[0].name: asked})
    assert (similarities.dtype, similarities.shape) == (np.float32, (200,))
    np.testing.assert_allclose(similarities, familiarity.similarity(asked, named), atol=1e-5)


def test_a_fitted_model_knows_what_it_was_taught_and_not_the_contrary(
    ready: DatasetFiles, tmp_path: Path
) -> None:
    """With drawn pictures, through the file and its card."""
    out = tmp_path / "model.onnx"
    tasks.fit(ignore, ready, CLASSICAL, FitOptions(), ("fruits", 1), out)
    model, vectors = load(out), vectors_of(ready, CLASSICAL)
    taught = model.answer(vectors).similarities >= model.card.threshold
    assert taught.mean() >= 0.8
    mirrored = 2 * vectors.mean(0) - vectors  # where a class has much of a feature, as little of it
    named = model.answer(vectors).labels
    contrary = Familiarity.of(vectors, named, 3).similarity(mirrored, named)
    assert (contrary < model.card.threshold).all()
