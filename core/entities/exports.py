"""Files in which a model is taken away."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """A kind of file that answers without this program; the value ends its name. ONNX: from pixels to the
    answer, for ONNX Runtime."""

    ONNX = "onnx"
