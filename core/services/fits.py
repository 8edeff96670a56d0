"""Fits: jobs that turn a recipe and a dataset into a model."""

from __future__ import annotations

from pathlib import Path

from core import names
from core.entities import (
    BASELINE_NAME,
    Dataset,
    FitOptions,
    FittedModel,
    Job,
    JobKind,
    Model,
    Recipe,
)
from core.errors import NameTaken, QueueFull
from core.ports import Files, Models, OnProgress, Training
from core.services.datasets import DatasetService
from core.services.jobs import JobRunner, RunningJob
from core.services.limits import Shares, check_trainable
from core.services.training import train


class FitService:
    """Trains models.

    budget_s : seconds that a fit may take, without reading and features.
    """

    def __init__(
        self,
        models: Models,
        files: Files,
        training: Training,
        datasets: DatasetService,
        runner: JobRunner,
        budget_s: float,
        shares: Shares,
    ) -> None:
        self._models = models
        self._files = files
        self._training = training
        self._datasets = datasets
        self._runner = runner
        self.budget_s = budget_s
        self._shares = shares

    async def fit(
        self, dataset: Dataset, chat_id: int, recipe: Recipe, name: str | None, *, curve: bool
    ) -> RunningJob[Model]:
        """Begins to train a model on the dataset within the budget.

        name : None for the dataset's with a number. curve : True for a learning curve in the report.

        It waits in line for the owner's fits before it, of which as many may wait as their share allows.

        Raises NameInvalid, NameTaken, DatasetEmpty, TooFewClasses, TooFewPhotos, QuotaExceeded, NoRoom, QueueFull. The
        job raises DatasetNotFound if the dataset is gone, JobCancelled, BudgetExceeded, BadInput and
        the workers' errors.
        """
        owner_id = dataset.owner_id

        async def recall(job: Job) -> Model:
            return await self._models.get(owner_id, job.result or 0)

        if again := await self._runner.again(recall):
            return again
        await self._shares.check(owner_id, models=1)
        check_trainable(dataset)
        taken = await self._taken(owner_id)
        queued = self._runner.unended_of(owner_id, JobKind.FIT) - 1
        if queued >= self._shares.limits.queued_fits:
            raise QueueFull(waiting=queued)
        _free_name(name, dataset.name, taken)
        options = FitOptions(budget_s=self.budget_s, curve=curve)

        async def work(folder: Path, on_progress: OnProgress) -> tuple[str, FittedModel]:
            out = folder / "model.onnx"
            # As it is now: it may have been edited since the fit was asked for.
            current = await self._datasets.get(owner_id, dataset.id)
            fitted = await train(
                self._training,
                await self._datasets.files_of(current, folder),
                (current.name, current.version),
                recipe,
                options,
                out,
                on_progress,
                has_test_set=current.test_images > 0,
            )
            return await self._files.put(owner_id, out), fitted

        async def keep(job: Job, result: tuple[str, FittedModel]) -> Model:
            file, fitted = result
            # As it is now: fits before it in the line have made models meanwhile.
            free = _free_name(name, dataset.name, await self._taken(owner_id))
            return await self._models.create(owner_id, free, file, fitted, dataset.id, job.id)

        return await self._runner.submit(owner_id, JobKind.FIT, chat_id, work, keep, in_line=True)

    async def _taken(self, owner_id: int) -> set[str]:
        """The keys of names that no new model may have."""
        kept = await self._models.list(owner_id)
        return {names.key(BASELINE_NAME), *(names.key(model.name) for model in kept)}


def _free_name(wanted: str | None, dataset: str, taken: set[str]) -> str:
    """The name that was asked for, or the dataset's with the first number that is free."""
    if wanted is not None:
        wanted = names.clean(wanted)
        if names.key(wanted) in taken:
            raise NameTaken(name=wanted)
        return wanted
    stem = dataset[: names.NAME_STEM_LENGTH]
    number = next(n for n in range(1, len(taken) + 2) if names.key(f"{stem} {n}") not in taken)
    return f"{stem} {number}"
