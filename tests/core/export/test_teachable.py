"""Folders for Teachable Machine's library: it loads them, and its answers are those of the head that was scored."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from core.entities import FolderScore
from core.errors import PhotosOfOtherClasses
from core.export.keras import Layers
from core.export.teachable import METADATA, MODEL, README, SEED, WEIGHTS, compare, make_folder
from core.features.squares import SIDE, squares
from core.jobs import tasks
from core.models.training import TrainingSet, train_pipeline
from core.photos.images import decode
from core.recipes import FOLDER_RECIPE, make_recipe
from core.sealed import Stored
from tests.core.export.models import photo, train
from tests.core.export.teachable_library import library_with, needs_library
from tests.core.learning import GROCERY, drawn_files, extract, ignore
from tests.factories import make_label, make_picture, to_bytes

PHOTOS = 10
SCORE = FolderScore(n=25, accuracy=0.84, model_accuracy=0.88, agreement=0.8)
MADE = datetime(2026, 1, 1, tzinfo=UTC)
# Of the same pixels, by other arithmetic and weights of 16 bits: on 33 photos of `val` 0.0007 at most.
MOST_APART = 0.003
# Of photos: a browser's canvas makes other pixels of them than Pillow.
MOST_APART_RESIZED = 0.2


def drawn(classes: int) -> TrainingSet:
    pictures = [make_picture(kind, seed, SIDE) for kind in range(classes) for seed in range(PHOTOS)]
    return training_set(
        squares().extract(pictures),
        np.repeat(np.arange(classes), PHOTOS),
        tuple(make_label(kind) for kind in range(classes)),
    )


def training_set(
    vectors: NDArray[np.float32], labels: NDArray[np.intp], classes: tuple[str, ...]
) -> TrainingSet:
    return TrainingSet(vectors, labels, np.arange(len(labels)), classes, "fruits", 1)


class Ours:
    """The head that a folder has, in NumPy."""

    def __init__(self, data: TrainingSet) -> None:
        self._classes = data.classes
        everything = np.arange(len(data.labels))
        self._pipeline = train_pipeline(data, FOLDER_RECIPE, everything, SEED)

    def predict(self, content: bytes) -> dict[str, float]:
        vectors = squares().extract([decode(content, SIDE)])
        (probabilities,) = self._pipeline.predict_proba(vectors)
        return dict(zip(self._classes, probabilities.tolist(), strict=True))


def folder_of(data: TrainingSet) -> bytes:
    return make_folder(data, SCORE, "Fruits “of” ours", MADE)


def files_in(folder: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(folder)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# The library -------------------------------------------------------------------------------------


@needs_library
@pytest.mark.parametrize(("classes", "how"), [(2, "load"), (3, "loadFromFiles")])
async def test_the_library_loads_a_folder_and_gives_the_answers_of_its_head(
    classes: int, how: str
) -> None:
    data = drawn(classes)
    ours = Ours(data)
    async with library_with(folder_of(data)) as library:
        found = await library.load(how)
        assert found["version"] == "1.3.1"
        assert (found["classes"], found["labels"]) == (classes, list(data.classes))
        assert found["metadata"]["imageSize"] == SIDE
        for kind in range(classes):
            content = to_bytes(make_picture(kind, 1000, SIDE), "PNG")
            answers, expected = await library.predict(content), ours.predict(content)
            assert answers == pytest.approx(expected, abs=MOST_APART)
            assert max(answers, key=answers.__getitem__) == make_label(kind)
        assert library.errors == []


@needs_library
async def test_the_library_looks_at_the_middle_square_as_the_head_does() -> None:
    data = drawn(3)
    ours = Ours(data)
    async with library_with(folder_of(data)) as library:
        await library.load()
        for size in [(620, 440), (333, 777)]:
            drawing = make_picture(1, 1001, min(size))
            wide = Image.new("RGB", size, "white")
            wide.paste(drawing, ((size[0] - min(size)) // 2, (size[1] - min(size)) // 2))
            content = to_bytes(wide, "PNG")
            answers = await library.predict(content)
            assert answers == pytest.approx(ours.predict(content), abs=MOST_APART_RESIZED)
            assert max(answers, key=answers.__getitem__) == make_label(1)


@needs_library
@pytest.mark.skipif(not GROCERY.exists(), reason="the Grocery Store photos are not here")
async def test_the_library_names_photos_of_a_shop_as_the_head_does() -> None:
    labels = ("Avocado", "Banana", "Carrots", "Lemon", "Onion")
    taught = [sorted(folder_of_class("train", label))[:8] for label in labels]
    vectors = squares().extract(
        [decode(path.read_bytes(), SIDE) for paths in taught for path in paths]
    )
    positions = np.repeat(np.arange(len(labels)), [len(paths) for paths in taught])
    data = training_set(vectors, positions, labels)
    ours = Ours(data)
    asked = [path for label in labels for path in sorted(folder_of_class("val", label))[:2]]
    apart, same = [], 0
    async with library_with(folder_of(data)) as library:
        await library.load()
        for path in asked:
            answers, expected = (
                await library.predict(path.read_bytes()),
                ours.predict(path.read_bytes()),
            )
            apart.append(max(abs(answers[label] - expected[label]) for label in labels))
            same += max(answers, key=answers.__getitem__) == max(expected, key=expected.__getitem__)
    assert same >= len(asked) - 1, (same, apart)
    assert np.median(apart) <= MOST_APART_RESIZED / 4, apart


def folder_of_class(part: str, label: str) -> list[Path]:
    return [path for path in (GROCERY / part).rglob("*.jpg") if label in path.parts]


# The files ---------------------------------------------------------------------------------------


def test_a_folder_says_how_its_answers_differ() -> None:
    files = files_in(folder_of(drawn(2)))
    assert set(files) == {MODEL, WEIGHTS, METADATA, README}
    metadata = json.loads(files[METADATA])
    assert metadata["modelName"] == "Fruits “of” ours"
    assert metadata["userMetadata"]["heldOut"]["accuracy"] == SCORE.accuracy
    text = " ".join(files[README].decode().split())
    assert "Of 25 photos that neither had seen, it names 84.0% right, and that model 88.0%" in text
    assert "не видела ни одна из двух: 25. Верно она называет 84,0 %, та модель — 88,0 %" in text


def test_weights_are_written_in_16_bits_where_that_saves_much() -> None:
    data = drawn(2)
    files = files_in(folder_of(data))
    entries = json.loads(files[MODEL])["weightsManifest"][0]["weights"]
    sizes = [int(np.prod(one["shape"])) * (2 if "quantization" in one else 4) for one in entries]
    assert sum(sizes) == len(files[WEIGHTS]) <= 8_000_000
    assert all("depthwise" not in one["name"] for one in entries if "quantization" in one)


def test_a_network_of_other_operators_is_refused() -> None:
    tensor = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 8, 8])
    node = helper.make_node("Sigmoid", ["pixels"], ["map"])
    network = helper.make_model(helper.make_graph([node], "one", [tensor], [tensor]))
    with pytest.raises(ValueError, match="Sigmoid"):
        Layers(8).append_network(network, "map")


# Scores ------------------------------------------------------------------------------------------


def test_a_score_counts_photos_that_the_head_has_not_seen() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    # More numbers than photos: what was learned from is remembered, and nothing else.
    vectors = random.normal(size=(200, 300)).astype(np.float32)
    data = training_set(vectors, labels, ("a", "b"))
    score = compare(data, data, FOLDER_RECIPE)
    assert score.n == 40
    assert score.accuracy < 0.75
    assert (score.model_accuracy, score.agreement) == (score.accuracy, 1.0)
    telling = training_set(
        np.eye(2, 300, dtype=np.float32)[labels] + vectors / 100, labels, data.classes
    )
    other = compare(data, telling, FOLDER_RECIPE)
    assert other.model_accuracy == 1.0
    assert other.agreement == other.accuracy == score.accuracy


def test_a_folder_is_made_of_the_models_photos_and_of_no_others(tmp_path: Path) -> None:
    recipe = make_recipe("hog", "svc")
    model = Stored(train(recipe, tmp_path / "model.onnx"))
    files = drawn_files(tmp_path / "three")
    for one in (recipe, FOLDER_RECIPE):
        extract(files, one)
    out = tmp_path / "folder.zip"
    score = tasks.export_folder(ignore, model, files, "Mine", out)
    assert score.n > 0
    assert 0.5 < score.accuracy <= 1
    metadata = json.loads(files_in(out.read_bytes())[METADATA])
    assert metadata["userMetadata"]["heldOut"]["n"] == score.n
    others = drawn_files(tmp_path / "four", classes=4)
    extract(others, FOLDER_RECIPE)
    with pytest.raises(PhotosOfOtherClasses):
        tasks.export_folder(ignore, model, others, "Mine", out)


def test_the_features_are_of_the_middle_square_alone() -> None:
    square = Image.open(io.BytesIO(photo((300, 300))))
    wide = Image.new("RGB", (500, 300), "red")
    wide.paste(square, (100, 0))
    one, other = squares().extract([square, wide])
    np.testing.assert_allclose(one, other, atol=1e-5)
