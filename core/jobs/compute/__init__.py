"""The seven ports of `core.ports.compute` over a runner: which lane, which deadline, how much at once."""

from __future__ import annotations

from core.jobs.compute.drawing import RunnerDrawing
from core.jobs.compute.explaining import RunnerExplaining
from core.jobs.compute.exporting import RunnerExporting
from core.jobs.compute.predicting import RunnerPredicting
from core.jobs.compute.reading import RunnerReading
from core.jobs.compute.teaching import RunnerTeaching
from core.jobs.compute.training import RunnerTraining
from core.jobs.runner import Runner
from core.ports import Compute


def make_compute(runner: Runner) -> Compute:
    """The seven ports over this runner."""
    return Compute(
        reading=RunnerReading(runner),
        drawing=RunnerDrawing(runner),
        training=RunnerTraining(runner),
        predicting=RunnerPredicting(runner),
        teaching=RunnerTeaching(runner),
        explaining=RunnerExplaining(runner),
        exporting=RunnerExporting(runner),
    )
