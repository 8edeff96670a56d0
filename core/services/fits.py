"""The fit: from a recipe to a model that is kept."""

from __future__ import annotations

from core import names
from core.entities import BASELINE_NAME, Dataset, FitOptions, Job, JobKind, Model, Recipe
from core.errors import NameTaken
from core.ports import Compute, Files, Models, OnProgress
from core.services.datasets import NAME_STEM_LENGTH, DatasetService
from core.services.jobs import ON_RECORD, JobRunner
from core.services.limits import MAX_MODELS, check_enough, check_quota


class FitService:
    def __init__(
        self,
        models: Models,
        files: Files,
        compute: Compute,
        datasets: DatasetService,
        runner: JobRunner,
        budget_s: float,
    ) -> None:
        self._models = models
        self._files = files
        self._compute = compute
        self._datasets = datasets
        self._runner = runner
        self.budget_s = budget_s

    async def fit(
        self,
        dataset: Dataset,
        chat_id: int,
        recipe: Recipe,
        name: str | None,
        on_progress: OnProgress,
        *,
        curve: bool,
    ) -> Model:
        """Trains a model on the dataset within the budget and keeps it; without a name it gets one.

        Raises NameInvalid, NameTaken, TooFewClasses, TooFewPhotos, QuotaExceeded, AlreadyRunning,
        JobCancelled, BudgetExceeded, BadInput and the workers' errors.
        """
        owner_id = dataset.owner_id
        kept = await self._models.list(owner_id)
        check_quota("models", kept, MAX_MODELS)
        check_enough(dataset.description.classes)
        taken = {names.key(BASELINE_NAME), *(names.key(model.name) for model in kept)}
        name = _free_name(name, dataset.name, taken)
        options = FitOptions(budget_s=self.budget_s, curve=curve)

        async def work(job: Job) -> Model:
            on_progress(ON_RECORD)
            files = await self._datasets.files_of(dataset)
            await self._compute.extract(files, recipe, on_progress)
            async with self._files.scratch() as folder:
                out = folder / "model.onnx"
                fitted = await self._compute.fit(
                    files, recipe, options, (dataset.name, dataset.version), out, on_progress
                )
                digest = await self._files.put(out)
            self._runner.make_unstoppable(job)
            return await self._models.create(owner_id, name, digest, fitted, dataset.id, job.id)

        return await self._runner.run(owner_id, JobKind.FIT, chat_id, work)


def _free_name(wanted: str | None, dataset: str, taken: set[str]) -> str:
    """The name that was asked for, or the dataset's with the first number that is free."""
    if wanted is not None:
        wanted = names.clean(wanted)
        if names.key(wanted) in taken:
            raise NameTaken(name=wanted)
        return wanted
    stem = dataset[:NAME_STEM_LENGTH]
    number = next(n for n in range(1, len(taken) + 2) if names.key(f"{stem} {n}") not in taken)
    return f"{stem} {number}"
