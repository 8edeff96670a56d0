"""Files in which a model is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ExportFormat(StrEnum):
    """A kind of file that answers without this program; the value ends its name. HTML: a page for people, which
    answers in a browser. ONNX: from pixels to the answer, for ONNX Runtime."""

    HTML = "html"
    ONNX = "onnx"


@dataclass(frozen=True, slots=True)
class ExportNames:
    """Names for those who read a file, by language.

    titles : the model's. classes : those of its classes that have another name in the language, by class.
    """

    titles: Mapping[str, str]
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


FOLDER = "zip"
"""The end of the name of a folder for Teachable Machine's library, which is packed. It is no `ExportFormat`: the
model's file does not suffice for it, its photos are needed too."""


@dataclass(frozen=True, slots=True)
class FolderScore:
    """Scores of a folder for Teachable Machine's library, which has a head of its own, and of the model beside it,
    0–1, on the same `n` photos that neither had seen. agreement : the share to which both give the same class."""

    n: int
    accuracy: float
    model_accuracy: float
    agreement: float


PYTHON = """\
import json, numpy, onnxruntime
from PIL import Image, ImageOps
image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
model = onnxruntime.InferenceSession({file})
label, odds, _, known = model.run(None, {{"image": numpy.asarray(image)}})
names = json.loads(model.get_modelmeta().custom_metadata_map["classes"])
print(label[0], known[0], *sorted(zip(odds.tolist(), names))[:-4:-1])"""
"""The program that asks the ONNX file, its name a literal of Python, about a photo."""
