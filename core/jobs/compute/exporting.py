"""Model files in other formats, written by a worker."""

from __future__ import annotations

from pathlib import Path

from core.entities import ExportFormat, ExportNames
from core.jobs import tasks
from core.jobs.runner import LaneName, Runner, bind
from core.sealed import Stored

EXPORT_LIMIT_S = 60.0


class RunnerExporting:
    """Fulfils `core.ports.Exporting`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def export(
        self, model: Stored, kind: ExportFormat, out: Path, names: ExportNames | None = None
    ) -> None:
        task = bind(tasks.export, model, kind, out, names)
        await self._runner.run(LaneName.QUICK, task, deadline_s=EXPORT_LIMIT_S)
