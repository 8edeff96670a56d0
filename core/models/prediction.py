"""Images → predictions, by a loaded model."""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from core.entities import Certainty, ModelCard, Prediction
from core.features.registry import make_extractor
from core.models.modelfile import LoadedModel

TOP = 5
# The least probability of a class that a photo surely shows.
SURE_PROBABILITY = 0.8


def predict(model: LoadedModel, image: Image.Image) -> Prediction:
    """Classifies one upright RGB image of any size."""
    started = time.perf_counter()
    extractor = make_extractor(model.card.recipe)
    answers = model.answer(extractor.extract([image]))
    label, scores = int(answers.labels[0]), answers.scores[0]
    top = _likeliest(label, scores, is_order=not model.card.probabilities)
    shown = float if model.card.probabilities else lambda _: None
    probability = shown(scores[label])
    return Prediction(
        label=model.card.classes[label],
        probability=probability,
        top=tuple((model.card.classes[i], shown(scores[i])) for i in top),
        answer=certainty(model.card, float(answers.similarities[0]), probability),
        seconds=time.perf_counter() - started,
    )


def certainty(card: ModelCard, similarity: float, probability: float | None) -> Certainty:
    """The certainty of an answer by the photo's similarity to the class that is named, and by that
    class's probability, 0–1, or None where the model gives only an order.

    Measured with an RBF ridge on two views of the Grocery Store photos' fruit and vegetables, taught from
    `train`; "right" is a share of the answers before it:

    | photos | sure or probable | sure | right | probable and right |
    |---|---|---|---|---|
    | `val` | 97 % | 83 % | 94 % | 57 % |
    | `val`, changed as by 13 other cameras, mean | 95 % | 66 % | 93 % | 55 % |
    | the worst of these changes | 87 % | 31 % | 84 % | 40 % |
    | studio pictures | 84 % | 44 % | 82 % | 65 % |
    | packages, which were not taught | 23–31 % | 0–0.3 % | | |
    """
    if similarity < card.threshold:
        return Certainty.UNKNOWN
    is_near = card.sure_threshold is None or similarity >= card.sure_threshold
    is_likely = probability is None or probability >= SURE_PROBABILITY
    return Certainty.SURE if is_near and is_likely else Certainty.PROBABLE


def _likeliest(label: int, scores: np.ndarray, *, is_order: bool) -> list[int]:
    """Positions of the likeliest classes, the label always first: an SVC's label is a vote between
    pairs and need not have the highest decision value.

    is_order : True if the scores are only an order. Then classes that share the lowest score are left
        out: of an LDA's uncalibrated scores all but the first are 0.
    """
    order = [int(i) for i in np.argsort(-scores, kind="stable") if i != label]
    is_last = scores == scores.min()
    if is_order and is_last.sum() > 1:
        order = [i for i in order if not is_last[i]]
    return [label, *order][:TOP]
