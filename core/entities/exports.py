"""Files in which a model is taken away."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """A kind of file that answers without this program; the value ends its name. ONNX: from pixels to the
    answer, for ONNX Runtime."""

    ONNX = "onnx"


PYTHON = """\
import numpy, onnxruntime
from PIL import Image, ImageOps
image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
model = onnxruntime.InferenceSession({file})
print(*model.run(None, {{"image": numpy.asarray(image)}}))"""
"""The program that asks the ONNX file, its name a literal of Python, about a photo."""
