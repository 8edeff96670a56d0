"""A folder that Teachable Machine's library for the web loads: a model of TensorFlow.js and its metadata.

The library gives a model the middle square of a photo and takes its last layer for probabilities. What the bot's
own models do with several views, and how they know a photo of something else, has no place in it. So a folder has
a head of its own, which is scored beside the model on the same photos.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import onnx
from sklearn.pipeline import Pipeline

from core.entities import FolderScore, Recipe
from core.export.keras import Floats, Layers
from core.features.efficientnet import MAP
from core.features.squares import SIDE, squares
from core.models import training
from core.models.heldout import UNASKED, held_out_answers
from core.models.training import TrainingSet
from core.recipes import FOLDER_RECIPE

MODEL, WEIGHTS, METADATA, README = "model.json", "weights.bin", "metadata.json", "README.txt"

SEED = 0
"""The split's, as in a fit."""

# Smaller tensors stay in 32 bits: they weigh little, and those of convolutions channel by channel span so much that
# the numbers of small channels would be lost.
_MANY = 30_000
_LEVELS = 2**16 - 1
# What the library was at when this was written and tested.
_LIBRARY, _TENSORFLOW = "0.8.5", "1.3.1"
# In all languages: a folder is handed on to others.
_README = """\
{title}
{underline}
A model for Teachable Machine's library, made by Lukoshko.

    import "@tensorflow/tfjs";
    import * as tmImage from "@teachablemachine/image";
    const model = await tmImage.load("model.json", "metadata.json");
    console.log(await model.predict(document.querySelector("img")));

It may answer otherwise than the model that it was made from. It looks at the middle square of a photo alone, and
names one of its classes whatever is on it. Of {n} photos that neither had seen, it names {accuracy} right, and that
model {model_accuracy}; they name the same class for {agreement}.

The network is EfficientNet-Lite0 (Tan and Le, 2019), under the Apache License 2.0.


По-русски

Это модель для библиотеки Teachable Machine, её сделал Lukoshko. Как её загрузить, показывает код выше.

Она может ответить не так, как модель, из которой её сделали. Она видит только средний квадрат фото и называет один
из своих классов, что бы ни было на фото. Фото, которых не видела ни одна из двух: {n}. Верно она называет
{accuracy_ru}, та модель — {model_accuracy_ru}; одинаковых ответов {agreement_ru}.

Сеть — EfficientNet-Lite0 (Tan и Le, 2019), лицензия Apache 2.0.
"""


def compare(squares: TrainingSet, model: TrainingSet, recipe: Recipe) -> FolderScore:
    """The folder's head and a model of this recipe, both trained without the photos that they are asked about.

    squares, model : the same photos, with the vectors of FOLDER_RECIPE and of the model's recipe. Raises what
    `training.fit` does.
    """
    own = held_out_answers(squares, FOLDER_RECIPE, SEED)
    others = held_out_answers(model, recipe, SEED)
    asked = own != UNASKED
    own, others, truth = own[asked], others[asked], squares.labels[asked]
    return FolderScore(
        n=len(truth),
        accuracy=float(np.mean(own == truth)),
        model_accuracy=float(np.mean(others == truth)),
        agreement=float(np.mean(own == others)),
    )


def make_folder(data: TrainingSet, score: FolderScore, title: str, created_at: datetime) -> bytes:
    """The ZIP of the folder, whose head learns from all photos. data : with the vectors of FOLDER_RECIPE.

    7.3 MB with three classes; a class more takes 3 kB. Raises what `training.fit` does.
    """
    pipeline = training.train_pipeline(data, FOLDER_RECIPE, np.arange(len(data.labels)), SEED)
    layers = Layers(SIDE)
    layers.append_network(onnx.load(squares().network.path), MAP)
    layers.append_head(*_head(pipeline))
    metadata = _metadata(data.classes, score, title, created_at)
    files = {
        **model_files(layers),
        METADATA: json.dumps(metadata, ensure_ascii=False, indent=2).encode(),
        README: _readme(title, score).encode(),
    }
    return _zipped(files, created_at)


def _readme(title: str, score: FolderScore) -> str:
    shares = {name: f"{share:.1%}" for name, share in asdict(score).items() if name != "n"}
    russian = {f"{name}_ru": f"{share[:-1]} %".replace(".", ",") for name, share in shares.items()}
    return _README.format(title=title, underline="=" * len(title), n=score.n, **shares, **russian)


def model_files(layers: Layers) -> dict[str, bytes]:
    """The model's JSON and its weights, by the files' names. Large tensors are in 16 bits, between their least and
    largest number: the 16-bit floats of later versions are unknown to the one that the library asks for."""
    entries, contents = [], []
    for name, array in layers.weights().items():
        quantization, content = _packed(array)
        entry = {"name": name, "shape": list(array.shape), "dtype": "float32"}
        entries.append(entry | quantization)
        contents.append(content)
    described = {
        "format": "layers-model",
        "generatedBy": "Lukoshko",
        "modelTopology": layers.topology(),
        "weightsManifest": [{"paths": [WEIGHTS], "weights": entries}],
    }
    return {MODEL: json.dumps(described).encode(), WEIGHTS: b"".join(contents)}


def _packed(array: Floats) -> tuple[dict[str, Any], bytes]:
    """The tensor's quantization in the manifest, if it has one, and its bytes."""
    if array.size < _MANY:
        return {}, array.astype("<f4").tobytes()
    least, most = float(array.min()), float(array.max())
    scale = (most - least) / _LEVELS
    levels = np.rint((array.astype(np.float64) - least) / scale).astype("<u2")
    return {"quantization": {"dtype": "uint16", "scale": scale, "min": least}}, levels.tobytes()


def _head(pipeline: Pipeline) -> tuple[Floats, Floats]:
    """Weights, (channels, classes), and biases, (classes,), of the logits. Of two classes an LDA has the second
    one's alone, beside which the first one's are 0."""
    classifier = pipeline["classifier"]
    weights, biases = classifier.coef_, classifier.intercept_
    if len(classifier.classes_) == 2:
        weights, biases = (np.concatenate([0 * one, one]) for one in (weights, biases))
    return np.asarray(weights.T, np.float32), np.asarray(biases, np.float32)


def _metadata(
    classes: tuple[str, ...], score: FolderScore, title: str, created_at: datetime
) -> dict[str, Any]:
    """As the library's `Metadata` has it."""
    return {
        "tfjsVersion": _TENSORFLOW,
        "packageVersion": _LIBRARY,
        "packageName": "@teachablemachine/image",
        "timeStamp": created_at.isoformat(),
        "userMetadata": {"heldOut": asdict(score)},
        "modelName": title,
        "labels": list(classes),
        "imageSize": SIDE,
    }


def _zipped(files: dict[str, bytes], created_at: datetime) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, created_at.timetuple()[:6])
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
