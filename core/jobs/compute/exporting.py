"""Model files in other formats, written by a worker."""

from __future__ import annotations

from pathlib import Path

from core.entities import ExportFormat, ExportNames, FolderScore, Recipe
from core.jobs import tasks
from core.jobs.runner import LaneName, Runner, bind, report_wait
from core.ports import DatasetFiles, OnProgress
from core.sealed import Stored

EXPORT_LIMIT_S = 60.0
# Two models are trained for their scores, and a head.
FOLDER_LIMIT_S = 300.0


class RunnerExporting:
    """Fulfils `core.ports.Exporting`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def export(
        self, model: Stored, kind: ExportFormat, out: Path, names: ExportNames | None = None
    ) -> None:
        task = bind(tasks.export, model, kind, out, names)
        await self._runner.run(LaneName.QUICK, task, deadline_s=EXPORT_LIMIT_S)

    async def recipe(self, model: Stored) -> Recipe:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.recipe, model), deadline_s=EXPORT_LIMIT_S
        )

    async def export_folder(
        self,
        model: Stored,
        files: DatasetFiles,
        title: str,
        out: Path,
        on_progress: OnProgress,
    ) -> FolderScore:
        report_wait(self._runner, LaneName.FITS, on_progress)
        return await self._runner.run(
            LaneName.FITS,
            bind(tasks.export_folder, model, files, title, out),
            deadline_s=FOLDER_LIMIT_S,
            on_message=on_progress,
        )
