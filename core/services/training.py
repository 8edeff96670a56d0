"""The fit itself, one use case for chat and command line: features, training, scores, the card."""

from __future__ import annotations

import time
from pathlib import Path

from core.entities import FitOptions, FitSeconds, FittedModel, Recipe
from core.ports import DatasetFiles, OnProgress, Training


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
    whole = test is not None
    scored_on = test or (files if has_test_set else None)
    return await training.finish(out, seconds, scored_on, whole=whole)
