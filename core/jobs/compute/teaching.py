"""Lessons, and the live models that follow them, computed by a worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.entities import FittedModel, Lesson, LiveFit, Recipe
from core.jobs import tasks
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind
from core.ports import DatasetFiles
from core.sealed import Stored

LEARN_LIMIT_S = 60.0
LIVE_LIMIT_S = 60.0


class RunnerTeaching:
    """Fulfils `core.ports.Teaching`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def learn(
        self,
        images: Sequence[Path],
        names: Sequence[str],
        label: str,
        known: DatasetFiles,
        model: Stored | None,
        out: Path,
    ) -> Lesson:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.learn, tuple(images), tuple(names), label, known, model, out),
            deadline_s=LEARN_LIMIT_S,
        )
        return inside(out, answer)

    async def fit_live(
        self,
        files: DatasetFiles,
        subject: tuple[str, int],
        out: Path,
        *,
        extends_baseline: bool,
        is_small: bool,
    ) -> LiveFit:
        answer = await self._runner.run(
            LaneName.QUICK if is_small else LaneName.FITS,
            bind(tasks.fit_live, files, subject, extends_baseline, out),
            deadline_s=LIVE_LIMIT_S,
        )
        return inside(out.parent, answer)

    async def fit_without(
        self,
        files: DatasetFiles,
        recipe: Recipe | None,
        subject: tuple[str, int],
        sha256: str,
        out: Path,
        *,
        extends_baseline: bool,
    ) -> FittedModel | None:
        answer = await self._runner.run(
            LaneName.FITS,
            bind(tasks.fit_without, files, recipe, subject, sha256, extends_baseline, out),
            deadline_s=LIVE_LIMIT_S,
        )
        return inside(out.parent, answer)
