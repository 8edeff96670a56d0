"""Tasks that write models for use without this program."""

from __future__ import annotations

from pathlib import Path

from core.entities import ExportFormat, ExportNames
from core.export import formats
from core.jobs.tasks.files import Report
from core.sealed import Stored


def export(
    report: Report,
    model: Stored,
    kind: ExportFormat,
    out: Path,
    names: ExportNames | None = None,
) -> None:
    """Writes a model in a format. Raises ModelUnreadable, NotExportable, WebRuntimeMissing, PageTooLarge."""
    formats.write(model, kind, out, names)
