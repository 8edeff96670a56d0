"""Models of drawn pictures, and their files from pixels to the answer."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.entities import Certainty, FitReport, FitSeconds, ModelCard, Recipe
from core.export.pixels_to_answer import pixels_to_answer
from core.features.registry import make_extractor
from core.models import modelfile
from core.models.familiarity import Familiarity
from core.models.modelfile import FORMAT
from core.models.pipelines import gives_probabilities, make_pipeline
from core.models.prediction import certainty
from core.photos.images import decode
from core.sealed import Stored
from tests.factories import make_label, make_picture, to_bytes

CLASSES, PHOTOS = 3, 10
LABELS = tuple(make_label(kind) for kind in range(CLASSES))
# Tiny, tall, wide, those of real photos, and what is reduced before it is resized: by 1 or 2, where the bot does
# with a PNG what it does with a JPEG.
SIZES = [(8, 8), (8, 300), (640, 9), (348, 348), (464, 348), (333, 777), (620, 900)]


@dataclass(frozen=True)
class Answer:
    label: str
    probabilities: NDArray[np.float32]
    similarity: float
    known: bool


def train(recipe: Recipe, path: Path, threshold: float = 0.3) -> Path:
    """Writes a model of drawn pictures."""
    vectors = _vectors(recipe.features, _settings_of_features(recipe))
    labels = np.repeat(np.arange(CLASSES), PHOTOS)
    pipeline = make_pipeline(recipe, *vectors.shape, seed=0).fit(vectors, labels)
    modelfile.save(
        pipeline, Familiarity.of(vectors, labels, CLASSES), _card(recipe, threshold), path
    )
    return path


@cache
def _vectors(features: str, settings: str) -> NDArray[np.float32]:
    """Of the drawn pictures; settings : the features' hyperparameters, as JSON."""
    recipe = Recipe(features, "none", "lda", json.loads(settings))
    pictures = [make_picture(kind, seed) for kind in range(CLASSES) for seed in range(PHOTOS)]
    return make_extractor(recipe).extract(pictures)


def _settings_of_features(recipe: Recipe) -> str:
    steps = recipe.features.split("+")
    settings = recipe.hyperparameters.items()
    return json.dumps({name: value for name, value in settings if name.split("__")[0] in steps})


def _card(recipe: Recipe, threshold: float) -> ModelCard:
    return ModelCard(
        format=FORMAT,
        classes=LABELS,
        recipe=recipe,
        preprocessing={"extractor": make_extractor(recipe).key},
        probabilities=gives_probabilities(recipe),
        threshold=threshold,
        report=_report(recipe),
        dataset="fruits",
        dataset_version=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _report(recipe: Recipe) -> FitReport:
    return FitReport(
        recipe=recipe,
        classes=LABELS,
        n_train=CLASSES * PHOTOS,
        n_test=0,
        accuracy=0.0,
        f1_macro=0.0,
        class_scores=(),
        confusion=(),
        seconds=FitSeconds(),
        budget_s=10.0,
        complete=True,
    )


def export(model: Path) -> onnx.ModelProto:
    return pixels_to_answer(Stored(model))


class Exported:
    """The one file, in ONNX Runtime."""

    def __init__(self, model: Path) -> None:
        content = export(model).SerializeToString()
        self.session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def answer(self, photo: bytes) -> Answer:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(photo))).convert("RGB")
        outputs: list[Any] = self.session.run(None, {"image": np.asarray(image)})
        label, probabilities, similarity, known = outputs
        return Answer(str(label[0]), probabilities, float(similarity[0]), bool(known[0]))


class Ours:
    """The same model as the bot uses it."""

    def __init__(self, model: Path) -> None:
        self._model = modelfile.load(model)

    def answer(self, photo: bytes) -> Answer:
        card = self._model.card
        extractor = make_extractor(card.recipe)
        answers = self._model.answer(extractor.extract([decode(photo, extractor.side)]))
        similarity = float(answers.similarities[0])
        known = certainty(card, similarity, None) is not Certainty.UNKNOWN
        return Answer(card.classes[answers.labels[0]], answers.scores[0], similarity, known)


def photo(size: tuple[int, int], seed: int = 0, encoding: str = "PNG", **options: object) -> bytes:
    """A drawn picture stretched to width × height, with noise in every pixel."""
    random = np.random.default_rng(seed)
    drawn = make_picture(seed % CLASSES, 1000 + seed).resize(size)
    noisy = np.asarray(drawn) + random.normal(0, 8, (size[1], size[0], 3))
    return to_bytes(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), encoding, **options)


def assert_agree(ours: Answer, theirs: Answer, tolerance: float) -> None:
    np.testing.assert_allclose(theirs.probabilities, ours.probabilities, rtol=0, atol=tolerance)
    assert theirs.label == ours.label, (ours, theirs)
    assert abs(theirs.similarity - ours.similarity) <= tolerance
    assert theirs.known == ours.known
