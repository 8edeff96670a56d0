"""Heat maps: exact for linear models, a gradient for kernels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from sklearn.pipeline import Pipeline

from core.entities import ModelCard, Recipe
from core.features.places import PlacesOfView, places_of
from core.features.registry import make_extractor
from core.models import modelfile, prediction
from core.models.baseline import FILE, baseline_model
from core.models.evaluation import grouped_folds
from core.models.familiarity import Familiarity
from core.models.heatmap import HeatMap, Layer, heat_map
from core.models.pipelines import make_pipeline
from core.models.preference import Preference, is_linear, is_smooth
from core.photos.images import decode
from core.recipes import make_recipe
from core.registry import CLASSIFIERS
from core.sealed import Stored

DIMENSION = 24
WHOLE, HALF = (0.0, 0.0, 1.0, 1.0), (0.25, 0.25, 0.75, 0.75)
PHOTOS = 30
TOLERANCE = 1e-4

LINEAR = [
    make_recipe("lite2", classifier, settings)
    for classifier in ("lda", "ridge", "logreg", "means")
    for settings in ({}, {"reducer": "none"}, {"probability": "no"}, {"reducer": "pca"})
] + [make_recipe("lite2", "svc", {"kernel": "linear", "probability": p}) for p in ("yes", "no")]
CURVED = [
    make_recipe("lite2", "rbf"),
    make_recipe("lite2", "blend"),
    make_recipe("lite2", "blend", {"reducer": "pca"}),
    make_recipe("lite2", "voting", {"members": "logreg,lda,ridge"}),
    make_recipe("lite2", "voting", {"members": "rbf,lda,means"}),
]

Vectors = NDArray[np.float32]


def recipe_id(recipe: Recipe) -> str:
    return f"{recipe.name}-{recipe.hyperparameters['probability']}"


def make_vectors(classes: int, n: int = 90) -> tuple[Vectors, NDArray[np.intp]]:
    """Unit vectors around their classes' centres, which overlap."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % classes
    centres = 1 + random.normal(0, 0.4, (classes, DIMENSION))
    vectors = centres[labels] + random.normal(0, 0.5, (n, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def trained(recipe: Recipe, classes: int, path: Path) -> tuple[Pipeline, ModelCard]:
    """A model on its own vectors, written to the path."""
    vectors, labels = make_vectors(classes)
    folds = grouped_folds(labels, np.arange(len(labels)), seed=0)
    pipeline = make_pipeline(recipe, *vectors.shape, seed=0, folds=folds).fit(vectors, labels)
    names = tuple(f"class {n}" for n in range(classes))
    card = replace(baseline_model().card, recipe=recipe, classes=names)
    modelfile.save(pipeline, Familiarity.of(vectors, labels, classes), card, path)
    return pipeline, card


def make_views(vector: Vectors) -> list[PlacesOfView]:
    """Shares of the places of two views that add up to the vector."""
    random = np.random.default_rng(1)
    parts = random.normal(1, 1, (2, 5, 5, DIMENSION))
    parts *= vector / parts.sum((0, 1, 2))
    return [PlacesOfView(WHOLE, parts[0]), PlacesOfView(HALF, parts[1])]


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("recipe", LINEAR, ids=recipe_id)
def test_the_map_of_a_linear_model_adds_up_to_what_it_decides_by(
    recipe: Recipe, classes: int, tmp_path: Path
) -> None:
    _, card = trained(recipe, classes, tmp_path / "model.onnx")
    vectors, _ = make_vectors(classes)
    for one, other in ((0, 1), (classes - 1, 0)):
        preference = Preference(
            Stored(tmp_path / "model.onnx"), card, card.classes[one], card.classes[other]
        )
        found = heat_map(preference, make_views(vectors[5]))
        (expected,) = preference(vectors[5:6])
        assert found.is_exact
        assert found.total + found.bias == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("recipe", [*LINEAR, *CURVED], ids=recipe_id)
def test_a_model_prefers_what_scikit_learn_prefers(
    recipe: Recipe, classes: int, tmp_path: Path
) -> None:
    pipeline, card = trained(recipe, classes, tmp_path / "model.onnx")
    vectors, _ = make_vectors(classes)
    one, other = classes - 1, 0
    preference = Preference(
        Stored(tmp_path / "model.onnx"), card, card.classes[one], card.classes[other]
    )
    expected = decisions(pipeline, vectors, one, other)
    np.testing.assert_allclose(preference(vectors), expected, rtol=1e-3, atol=2e-4)


def decisions(pipeline: Pipeline, vectors: Vectors, one: int, other: int) -> NDArray[np.float64]:
    """By scikit-learn: the difference of two classes' log probabilities; of an SVC the pair's decision
    value, `other` being the first class and `one` the last."""
    classifier = pipeline[-1]
    if hasattr(classifier, "calibrated_classifiers_"):
        classifier = classifier.calibrated_classifiers_[0].estimator
    if not hasattr(classifier, "decision_function_shape"):
        logarithms = np.log(pipeline.predict_proba(vectors))
        return np.asarray(logarithms[:, one] - logarithms[:, other], np.float64)
    classifier.decision_function_shape = "ovo"
    found = classifier.decision_function(pipeline[:-1].transform(vectors))
    classes = len(classifier.classes_)
    return np.asarray(found if classes == 2 else -found[:, classes - 2], np.float64)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("recipe", CURVED, ids=recipe_id)
def test_the_map_of_a_curved_model_is_its_gradient(
    recipe: Recipe, classes: int, tmp_path: Path
) -> None:
    pipeline, card = trained(recipe, classes, tmp_path / "model.onnx")
    vectors, _ = make_vectors(classes)
    preference = Preference(Stored(tmp_path / "model.onnx"), card, card.classes[1], card.classes[0])
    views = make_views(vectors[5])
    found = heat_map(preference, views)
    assert not found.is_exact
    gradient = gradient_of(pipeline, vectors[5])
    for view, layer in zip(views, found.layers, strict=True):
        expected = view.shares @ gradient
        scale = np.abs(expected).max()
        np.testing.assert_allclose(layer.values, expected, atol=0.03 * scale)


def gradient_of(pipeline: Pipeline, vector: Vectors, step: float = 0.01) -> NDArray[np.float64]:
    """Of log p(class 1) − log p(class 0), by scikit-learn."""
    steps = np.eye(DIMENSION, dtype=np.float32) * step
    ahead, behind = (
        np.log(pipeline.predict_proba(points))[:, :2] for points in (vector + steps, vector - steps)
    )
    change = ahead - behind
    return np.asarray((change[:, 1] - change[:, 0]) / (2 * step), np.float64)


@pytest.mark.parametrize("kernel", ["rbf", "poly", "sigmoid"])
def test_a_curved_svc_has_a_map_that_is_not_called_exact(kernel: str, tmp_path: Path) -> None:
    recipe = make_recipe("lite2", "svc", {"kernel": kernel})
    _, card = trained(recipe, 4, tmp_path / "model.onnx")
    preference = Preference(Stored(tmp_path / "model.onnx"), card, card.classes[2], card.classes[1])
    found = heat_map(preference, make_views(make_vectors(4)[0][2]))
    assert not found.is_exact
    assert np.isfinite(found.total)


def test_models_that_answer_by_steps_are_not_smooth() -> None:
    smooth = {name for name in CLASSIFIERS if is_smooth(make_recipe("lite2", name))}
    assert smooth == {"blend", "lda", "logreg", "means", "rbf", "ridge", "svc"}
    assert is_smooth(make_recipe("lite2", "voting", {"members": "lda,rbf"}))
    assert not is_smooth(make_recipe("lite2", "voting", {"members": "lda,forest"}))
    assert not is_linear(make_recipe("lite2", "svc", {"kernel": "rbf"}))


def test_the_density_over_a_picture_has_the_sum_of_the_places_as_its_mean() -> None:
    random = np.random.default_rng(0)
    layers = (Layer(WHOLE, random.normal(1, 1, (11, 11))), Layer(HALF, random.normal(1, 1, (7, 7))))
    found = HeatMap(layers, bias=0.0, is_exact=True)
    density = found.density(320, 240)
    assert density.shape == (240, 320)
    assert density.mean() == pytest.approx(found.total, rel=0.03)


def test_a_place_is_drawn_where_it_is() -> None:
    values = np.zeros((4, 4))
    values[0, 3] = 1
    density = HeatMap((Layer(WHOLE, values),), 0.0, True).density(80, 40)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert row < 15
    assert column > 60
    density = HeatMap((Layer(WHOLE, 0 * values), Layer(HALF, values)), 0.0, True).density(80, 40)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert 10 <= row < 20
    assert 50 <= column < 60


def test_the_map_and_the_bias_are_the_difference_of_logits_on_real_photos(grocery: Path) -> None:
    """The logits come from the coefficients in the file."""
    model = modelfile.load(FILE)
    extractor = make_extractor(model.card.recipe)
    constants = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in onnx.load(FILE).graph.initializer
        if tensor.name.startswith("constant")
    }
    weights, biases = sorted(constants.values(), key=lambda values: -values.ndim)
    photos = sorted((grocery / "val").rglob("*.jpg"))
    for path in photos[:: len(photos) // PHOTOS][:PHOTOS]:
        image = decode(path.read_bytes(), extractor.side)
        answer = prediction.predict(model, image)
        (one, _), (other, _) = answer.top[:2]
        found = heat_map(
            Preference(Stored(FILE), model.card, one, other), places_of(extractor, image)
        )
        logits = extractor.extract([image])[0].astype(np.float64) @ weights + biases
        first, second = (logits[model.card.classes.index(label)] for label in (one, other))
        assert abs(found.total + found.bias - (first - second)) <= TOLERANCE * np.abs(logits).max()
