"""Model files: ONNX gives scikit-learn's answers, and carries nothing that runs."""

from __future__ import annotations

import pickle
import shutil
from collections import defaultdict
from dataclasses import replace
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from core.entities import Example, FitOptions, ModelCard, Recipe
from core.errors import ModelUnreadable
from core.features.registry import make_extractor
from core.jobs import tasks
from core.models.familiarity import Familiarity
from core.models.modelfile import FORMAT, Answers, LoadedModel, load, replace_card, save
from core.models.pipelines import gives_probabilities, make_pipeline
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.registry import CLASSIFIERS, EXTRACTORS
from core.serialization import from_json
from tests.core.learning import (
    CLASSICAL,
    examples_of,
    extract,
    ignore,
    read_files,
    vectors_of,
    with_examples,
    zip_groceries,
)

KERNELS = ("linear", "poly", "rbf", "sigmoid")
RECIPES = [
    make_recipe("hog", "svc", {"kernel": kernel, "probability": probability})
    for kernel, probability in product(KERNELS, ("yes", "no"))
]
REGISTRY = [
    make_recipe(features, classifier) for features, classifier in product(EXTRACTORS, CLASSIFIERS)
]
PHOTO_CLASSES = 6
MAX_DIFFERENCE = 1e-5

Vectors = NDArray[np.float32]


def recipe_id(recipe: Recipe) -> str:
    calibrated = "probability" if gives_probabilities(recipe) else "order"
    kernel = recipe.hyperparameters.get("svc__kernel", "")
    return f"{recipe.name}-{kernel}-{calibrated}"


def train(recipe: Recipe, vectors: Vectors, labels: NDArray[np.intp]) -> Pipeline:
    return make_pipeline(recipe, *vectors.shape, seed=0).fit(vectors, labels)


def kept(
    pipeline: Pipeline, card: ModelCard, folder: Path, vectors: Vectors, labels: NDArray[np.intp]
) -> LoadedModel:
    """The pipeline as it comes back from a file."""
    familiarity = Familiarity.of(vectors, labels, len(pipeline.classes_))
    card = replace(card, preprocessing={"extractor": make_extractor(card.recipe).key})
    save(pipeline, familiarity, card, folder / "kept.onnx")
    return load(folder / "kept.onnx")


def assert_agree(pipeline: Pipeline, answers: Answers, vectors: Vectors) -> None:
    np.testing.assert_array_equal(answers.labels, np.ravel(pipeline.predict(vectors)))
    assert answers.scores.shape == (len(vectors), len(pipeline.classes_))
    if hasattr(pipeline, "predict_proba"):
        expected = pipeline.predict_proba(vectors)
        np.testing.assert_allclose(answers.scores, expected, rtol=0, atol=MAX_DIFFERENCE)
        np.testing.assert_allclose(answers.scores.sum(axis=1), 1, rtol=0, atol=MAX_DIFFERENCE)


@pytest.fixture(scope="module")
def fitted_once(
    ready: DatasetFiles, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ModelCard]:
    out = tmp_path_factory.mktemp("fitted") / "model.onnx"
    model = tasks.fit(ignore, ready, CLASSICAL, FitOptions(), ("fruits", 3), out)
    return out, model.card


@pytest.fixture
def fitted(fitted_once: tuple[Path, ModelCard], tmp_path: Path) -> tuple[Path, ModelCard]:
    """A model whose files the test may change."""
    original, card = fitted_once
    shutil.copytree(original.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / original.name, card


@pytest.fixture(scope="module")
def shop_photos(
    shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DatasetFiles, DatasetFiles]:
    """Real photos of some classes to train on, and others."""
    folder = tmp_path_factory.mktemp("photos")
    others = zip_groceries("val", folder / "val.zip", per_class=3)
    return (
        first_classes(read_files(shop, folder / "train"), per_class=8),
        first_classes(read_files(others, folder / "val"), per_class=3),
    )


def first_classes(files: DatasetFiles, per_class: int) -> DatasetFiles:
    """A network takes up to 0.2 s a photo, so that there are no more of them than classifiers need."""
    by_label = defaultdict[str, list[Example]](list)
    for example in examples_of(files):
        by_label[example.label].append(example)
    chosen = [by_label[label][:per_class] for label in sorted(by_label)[:PHOTO_CLASSES]]
    return with_examples(files, chain.from_iterable(chosen))


def features_of(files: DatasetFiles, recipe: Recipe) -> Vectors:
    """Extracted now, where an earlier test did not need them."""
    extract(files, recipe)
    return vectors_of(files, recipe)


def labels_of(files: DatasetFiles) -> NDArray[np.intp]:
    return np.unique([example.label for example in examples_of(files)], return_inverse=True)[1]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("recipe", RECIPES, ids=recipe_id)
def test_onnx_answers_as_scikit_learn_does(
    recipe: Recipe,
    classes: int,
    ready: DatasetFiles,
    fitted: tuple[Path, ModelCard],
    tmp_path: Path,
) -> None:
    labels, vectors = labels_of(ready), vectors_of(ready, recipe)
    rows = labels < classes
    pipeline = train(recipe, vectors[rows], labels[rows])
    card = replace(fitted[1], recipe=recipe, probabilities=gives_probabilities(recipe))
    answers = kept(pipeline, card, tmp_path, vectors[rows], labels[rows]).answer(vectors)
    assert_agree(pipeline, answers, vectors)


@pytest.mark.parametrize("recipe", [*RECIPES, *REGISTRY], ids=recipe_id)
def test_onnx_answers_as_the_library_that_trained_it_on_real_photos(
    recipe: Recipe,
    shop_photos: tuple[DatasetFiles, DatasetFiles],
    fitted: tuple[Path, ModelCard],
    tmp_path: Path,
) -> None:
    known, others = shop_photos
    vectors = features_of(known, recipe)
    labels = labels_of(known)
    pipeline = train(recipe, vectors, labels)
    model = kept(pipeline, replace(fitted[1], recipe=recipe), tmp_path, vectors, labels)
    asked = np.concatenate([vectors, features_of(others, recipe)])
    assert_agree(pipeline, model.answer(asked), asked)


@pytest.mark.parametrize(
    "settings",
    [{"n_components": "1"}, {"n_components": "1000"}, {"n_components": "0.99", "gamma": "auto"}],
    ids=str,
)
def test_onnx_agrees_whatever_is_kept_of_the_features(
    settings: dict[str, str], ready: DatasetFiles, fitted: tuple[Path, ModelCard], tmp_path: Path
) -> None:
    recipe = make_recipe("hog", "svc", settings)
    vectors, labels = vectors_of(ready, recipe), labels_of(ready)
    pipeline = train(recipe, vectors, labels)
    model = kept(pipeline, replace(fitted[1], recipe=recipe), tmp_path, vectors, labels)
    assert_agree(pipeline, model.answer(vectors), vectors)


def test_a_card_survives_the_round_trip(fitted: tuple[Path, ModelCard]) -> None:
    path, card = fitted
    assert load(path).card == card
    assert card.format == FORMAT
    assert (card.dataset, card.dataset_version) == ("fruits", 3)
    assert card.preprocessing["extractor"] == "hog-3-10-2-64"


def test_the_card_lies_beside_the_model_for_people(fitted: tuple[Path, ModelCard]) -> None:
    path, card = fitted
    assert from_json(path.with_name("model.onnx.json").read_text(), ModelCard) == card
    assert {file.name for file in path.parent.iterdir()} == {"model.onnx", "model.onnx.json"}


def test_the_model_alone_is_whole(fitted: tuple[Path, ModelCard], tmp_path: Path) -> None:
    moved = fitted[0].replace(tmp_path / "moved.onnx")
    fitted[0].with_name("model.onnx.json").unlink()
    assert load(moved).card == fitted[1]


def test_a_file_that_is_not_a_model_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "not.onnx"
    for content in (b"", b"\0" * 100, b"PK\x03\x04", b"{}"):
        path.write_bytes(content)
        with pytest.raises(ModelUnreadable, match=r"^not\.onnx is not a model"):
            load(path)


def test_no_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(ModelUnreadable):
            load(path)


class Runs:
    """Unpickling an instance calls the function that it names."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def test_a_pickle_is_unreadable_and_nothing_in_it_runs(tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "pickle.onnx"
    path.write_bytes(pickle.dumps(Runs(trace)))
    with pytest.raises(ModelUnreadable):
        load(path)
    assert not trace.exists()
    pickle.loads(path.read_bytes())
    assert trace.exists()  # as it would have


def foreign(path: Path, **metadata: str) -> Path:
    """A valid ONNX file that `save` did not write: it returns its input."""
    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 4])
    same = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 4])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "foreign", [shape], [same]),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def card_of(path: Path) -> str:
    return path.with_name(f"{path.name}.json").read_text()


def test_a_foreign_onnx_file_is_unreadable(fitted: tuple[Path, ModelCard], tmp_path: Path) -> None:
    card = card_of(fitted[0])
    for metadata in ({}, {"lukoshko_card": "{}"}, {"lukoshko_card": "["}, {"lukoshko_card": card}):
        with pytest.raises(ModelUnreadable):
            load(foreign(tmp_path / "foreign.onnx", **metadata))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'"format": {FORMAT}', '"format": 99'),
        ('"hog__pixels_per_cell": 10', '"hog__pixels_per_cell": 0'),
        ('"hog__size": 64', '"hog__size": 96'),
        ('"features": "hog"', '"features": "eval"'),
        ('"extractor": "hog-3-10-2-64"', '"extractor": "hog-3-10-2-65"'),
    ],
)
def test_a_card_that_does_not_fit_its_graph_makes_a_model_unreadable(
    old: str, new: str, fitted: tuple[Path, ModelCard]
) -> None:
    path, _ = fitted
    model = onnx.load(path)
    (entry,) = model.metadata_props
    assert old in entry.value
    entry.value = entry.value.replace(old, new)
    onnx.save(model, path)
    with pytest.raises(ModelUnreadable):
        load(path)


def test_a_failed_write_leaves_the_model_that_was_there(fitted: tuple[Path, ModelCard]) -> None:
    path, card = fitted
    path.with_name("model.onnx.tmp").mkdir()  # where the new one would be written
    with pytest.raises(IsADirectoryError):
        replace_card(path, replace(card, dataset="vegetables"))
    assert load(path).card == card
