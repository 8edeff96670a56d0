"""Models to be taken away: files that answer without this program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.entities import ExportFormat, ExportNames, Model
from core.ports import Exporting, Files
from core.services.models import ModelService


class TakeAwayService:
    """Writes models in other formats."""

    def __init__(self, models: ModelService, files: Files, exporting: Exporting) -> None:
        self._models = models
        self._files = files
        self._exporting = exporting

    @asynccontextmanager
    async def written(
        self, model: Model, kind: ExportFormat, names: ExportNames
    ) -> AsyncIterator[Path]:
        """The model as a file that is there during the block. Raises ModelUnreadable, NotExportable,
        WebRuntimeMissing, PageTooLarge and the workers' errors."""
        async with self._files.scratch() as folder:
            out = folder / f"model.{kind}"
            stored = await self._models.stored(model)
            await self._exporting.export(stored, kind, out, names)
            yield out
