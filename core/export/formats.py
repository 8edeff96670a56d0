"""The registry of formats: writes the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from core.entities import ExportFormat, ExportNames
from core.export.page import make_page
from core.export.pixels_to_answer import pixels_to_answer
from core.sealed import Stored


def _onnx(model: Stored, names: ExportNames | None) -> bytes:
    content: bytes = pixels_to_answer(model).SerializeToString()
    return content


_WRITERS: Mapping[ExportFormat, Callable[[Stored, ExportNames | None], bytes]] = {
    ExportFormat.ONNX: _onnx,
    ExportFormat.HTML: make_page,
}


def write(model: Stored, kind: ExportFormat, out: Path, names: ExportNames | None = None) -> None:
    """Writes a model file in another format. names : as in `core.ports.Exporting`. Raises ModelUnreadable,
    NotExportable, WebRuntimeMissing, PageTooLarge."""
    out.write_bytes(_WRITERS[kind](model, names))
