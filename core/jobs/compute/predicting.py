"""Predictions, computed by a warm worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.entities import Prediction
from core.errors import BadInput
from core.jobs import tasks
from core.jobs.runner import LaneName, Runner, bind
from core.sealed import Stored

PREDICT_LIMIT_S = 30.0


class RunnerPredicting:
    """Fulfils `core.ports.Predicting`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def predict(
        self, model: Stored, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.predict, model, tuple(images)), deadline_s=PREDICT_LIMIT_S
        )
