"""Images → predictions, by a loaded model."""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from core.entities import Prediction
from core.features.registry import make_extractor
from core.models.modelfile import LoadedModel

TOP = 5


def predict(model: LoadedModel, image: Image.Image) -> Prediction:
    """Classifies one upright RGB image of any size."""
    started = time.perf_counter()
    extractor = make_extractor(model.card.recipe)
    answers = model.answer(extractor.extract([image]))
    label, scores = int(answers.labels[0]), answers.scores[0]
    top = _likeliest(label, scores)
    probability = float if model.card.probabilities else lambda _: None
    return Prediction(
        label=model.card.classes[label],
        probability=probability(scores[label]),
        top=tuple((model.card.classes[i], probability(scores[i])) for i in top),
        known=float(answers.similarities[0]) >= model.card.threshold,
        seconds=time.perf_counter() - started,
    )


def _likeliest(label: int, scores: np.ndarray) -> list[int]:
    """Positions of the likeliest classes, the label always first: an SVC's label is a vote between
    pairs and need not have the highest decision value."""
    order = [int(i) for i in np.argsort(-scores, kind="stable") if i != label]
    return [label, *order][:TOP]
