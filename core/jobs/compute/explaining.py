"""Explanations, computed by a worker."""

from __future__ import annotations

from pathlib import Path

from core.entities import Explanation, Words
from core.jobs import tasks
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind
from core.ports import DatasetFiles
from core.sealed import Stored

EXPLAIN_LIMIT_S = 60.0


class RunnerExplaining:
    """Fulfils `core.ports.Explaining`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def explain(
        self, model: Stored, image: Path, taught: DatasetFiles | None, words: Words, out: Path
    ) -> Explanation:
        answer = await self._runner.run(
            LaneName.QUICK,
            bind(tasks.explain, model, image, taught, words, out),
            deadline_s=EXPLAIN_LIMIT_S,
        )
        return inside(out, answer)
