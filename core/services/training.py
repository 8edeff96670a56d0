"""The fit itself, one use case for chat and command line: features, training, scores, the card."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from core.entities import FitOptions, FitSeconds, FittedModel, Recipe
from core.errors import MemoryLimitExceeded, TimeLimitExceeded, WorkerCrashed
from core.ports import DatasetFiles, OnProgress, Training

logger = logging.getLogger(__name__)


async def train(
    training: Training,
    files: DatasetFiles,
    subject: tuple[str, int],
    recipe: Recipe,
    options: FitOptions,
    out: Path,
    on_progress: OnProgress,
    *,
    has_test_set: bool = False,
    test: DatasetFiles | None = None,
    read_s: float = 0.0,
) -> FittedModel:
    """Trains a model on a dataset within the budget; it ends in `out`, its card complete.

    subject : the dataset's name and version. has_test_set : True if the dataset has one of its own.
    test : another dataset to score the model on, in its place. read_s : what reading took.

    Raises BudgetExceeded, BadInput and the workers' errors.
    """
    began = time.perf_counter()
    for one in (files, test):
        if one:
            await training.extract(one, recipe, on_progress)
    seconds = FitSeconds(read=read_s, features=time.perf_counter() - began)
    await training.fit(files, recipe, options, subject, out, on_progress)
    if test is not None:
        return await training.finish(out, seconds, test, whole=True)
    if has_test_set:
        try:
            return await training.finish(out, seconds, files, whole=False)
        except (TimeLimitExceeded, MemoryLimitExceeded, WorkerCrashed):
            logger.exception("a model could not be scored on its test set, and is kept without")
    return await training.finish(out, seconds, None, whole=False)
