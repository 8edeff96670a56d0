"""The registry of formats: writes the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from core.entities import ExportFormat
from core.export.pixels_to_answer import pixels_to_answer
from core.sealed import Stored


def _onnx(model: Stored) -> bytes:
    content: bytes = pixels_to_answer(model).SerializeToString()
    return content


_WRITERS: Mapping[ExportFormat, Callable[[Stored], bytes]] = {ExportFormat.ONNX: _onnx}


def write(model: Stored, kind: ExportFormat, out: Path) -> None:
    """Writes a model file in another format. Raises ModelUnreadable, NotExportable."""
    out.write_bytes(_WRITERS[kind](model))
