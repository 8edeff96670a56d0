"""A model is one ONNX file that carries its card as JSON, also written beside it for people.

ONNX holds numbers and a graph, no code, so a file from an untrusted source can be opened. With the
card inside, the file is complete by itself. ONNX Runtime computes the answers, so they do not
depend on the version of scikit-learn.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from core import sealed
from core.entities import ModelCard
from core.errors import ModelUnreadable
from core.features.registry import make_extractor
from core.models.conversion import to_onnx_model
from core.models.familiarity import Familiarity
from core.sealed import Key
from core.serialization import from_json, to_json

FORMAT = 1
_CARD_KEY = "lukoshko_card"


@dataclass(frozen=True)
class Answers:
    """A model's answers for n vectors.

    labels : (n,) positions in the card's classes. scores : float32 (n, classes), probabilities that
    sum to 1 where the card says so, else decision values that only order the classes.
    similarities : float32 (n,), -1 to 1, to be compared with the card's threshold.
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    similarities: NDArray[np.float32]


class LoadedModel:
    """A model ready to answer, on one thread."""

    def __init__(self, card: ModelCard, session: onnxruntime.InferenceSession) -> None:
        self.card = card
        self._session = session

    def answer(self, vectors: NDArray[np.float32]) -> Answers:
        """vectors : float32 (n, d), as the card's extractor makes them."""
        return Answers(*self._session.run(None, {self._session.get_inputs()[0].name: vectors}))


def save(
    pipeline: Pipeline,
    familiarity: Familiarity,
    card: ModelCard,
    path: Path,
    *,
    synced: bool = True,
) -> None:
    """Writes the model, fitted on float32 vectors and labels 0…n, and its card beside it, each
    atomically.

    synced : False for a file that need not outlast a crash of the machine: a sync takes 4 ms.
    """
    model = to_onnx_model(pipeline, len(familiarity.center))
    familiarity.append_to(model)
    _write(model, card, path, synced)


def replace_card(path: Path, card: ModelCard, *, synced: bool = True) -> None:
    """Replaces the card in a model file and the one beside it; `synced` as in `save`."""
    model = onnx.load(path)
    del model.metadata_props[:]
    _write(model, card, path, synced)


def _write(model: onnx.ModelProto, card: ModelCard, path: Path, synced: bool) -> None:
    text = to_json(card)
    entry = model.metadata_props.add()
    entry.key, entry.value = _CARD_KEY, text
    _replace(path, model.SerializeToString(), synced)
    _replace(path.with_name(f"{path.name}.json"), text.encode(), synced)


def load(path: Path, key: Key | None = None) -> LoadedModel:
    """Opens a model, which is sealed where there is a key. Raises ModelUnreadable if the file is not one that `save` wrote, in this
    format."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # no warnings about what its optimizer removes
    try:
        content = path if key is None else sealed.read(path, key)
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        card = from_json(session.get_modelmeta().custom_metadata_map[_CARD_KEY], ModelCard)
        _check(card, session)
    except Exception as error:  # the runtime's own errors have no narrower base
        raise ModelUnreadable(path=path.name) from error
    return LoadedModel(card, session)


def _check(card: ModelCard, session: onnxruntime.InferenceSession) -> None:
    """Raises ValueError if the card and the graph do not belong together."""
    if card.format != FORMAT:
        raise ValueError(f"format {card.format}")
    extractor = make_extractor(card.recipe)
    if card.preprocessing["extractor"] != extractor.key:
        raise ValueError(f"made for {card.preprocessing['extractor']}, and this is {extractor.key}")
    dimension = extractor.dimension
    if session.get_inputs()[0].shape[1:] != [dimension]:
        raise ValueError(f"no graph for {dimension} numbers")


def _replace(path: Path, content: bytes, synced: bool) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        if synced:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
