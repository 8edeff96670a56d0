"""Charts and sheets, drawn by a worker."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.entities import ChartRequest
from core.jobs import tasks
from core.jobs.compute.reading import READ_LIMIT_S
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind, report_wait
from core.ports import DatasetFiles, OnProgress
from core.sealed import Stored

DRAW_LIMIT_S = 60.0


class RunnerDrawing:
    """Fulfils `core.ports.Drawing`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def draw(
        self, requests: Sequence[ChartRequest], out: Path
    ) -> tuple[tuple[Path, Mapping[str, str]], ...]:
        answer = await self._runner.run(
            LaneName.QUICK, bind(tasks.draw, tuple(requests), out), deadline_s=DRAW_LIMIT_S
        )
        return inside(out, answer)

    async def draw_sheet(self, files: DatasetFiles, seed: int, out: Path) -> None:
        await self._runner.run(
            LaneName.QUICK, bind(tasks.draw_sheet, files, seed, out), deadline_s=DRAW_LIMIT_S
        )

    async def draw_page(
        self, photos: Stored, digests: Sequence[str], first: int | None, out: Path
    ) -> None:
        await self._runner.run(
            LaneName.QUICK,
            bind(tasks.draw_page, photos, tuple(digests), first, out),
            deadline_s=DRAW_LIMIT_S,
        )

    async def draw_photo(self, photos: Stored, digest: str, out: Path) -> None:
        await self._runner.run(
            LaneName.QUICK, bind(tasks.draw_photo, photos, digest, out), deadline_s=DRAW_LIMIT_S
        )

    async def draw_sample_dataset(
        self, out: Path, on_progress: OnProgress, labels: Mapping[str, str] | None = None
    ) -> None:
        report_wait(self._runner, LaneName.READS, on_progress)
        await self._runner.run(
            LaneName.READS,
            bind(tasks.draw_sample_dataset, out, _any_seed(), dict(labels or {})),
            deadline_s=READ_LIMIT_S,
            on_message=on_progress,
        )

    async def draw_sample_pictures(self, out: Path, count: int) -> tuple[tuple[Path, str], ...]:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.draw_sample_pictures, out, count, _any_seed()),
            deadline_s=DRAW_LIMIT_S,
        )
        return inside(out, answer)


def _any_seed() -> int:
    return secrets.randbits(32)
