"""Photos that look mislabelled: found, looked through one by one, and not shown twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.entities import Dataset, Job, JobKind, JobState, Progress, Recipe, Search, Suspect
from core.ports import Confirmations, Examples, Files, Jobs, OnProgress, Searches, Training
from core.recipes import make_recipe
from core.services.datasets import DatasetService
from core.services.jobs import JobRunner, RunningJob

Suspects = tuple[Suspect, ...]


def _nothing(progress: Progress) -> None:
    pass


class SuspectService:
    """Finds suspects. What the last search of a dataset found is kept."""

    def __init__(
        self,
        examples: Examples,
        confirmations: Confirmations,
        searches: Searches,
        jobs: Jobs,
        files: Files,
        training: Training,
        datasets: DatasetService,
        runner: JobRunner,
    ) -> None:
        self._examples = examples
        self._confirmations = confirmations
        self._searches = searches
        self._jobs = jobs
        self._files = files
        self._training = training
        self._datasets = datasets
        self._runner = runner

    async def find(
        self,
        dataset: Dataset,
        recipe: Recipe | None = None,
        on_progress: OnProgress = _nothing,
    ) -> Suspects:
        """Searches the dataset; those left to look at, the most suspicious first.

        recipe : whose features are looked at, so that those of a fit are not computed again.
        Raises DatasetNotFound, and the workers' errors.
        """
        async with self._files.scratch() as folder:
            return await self._find(dataset, recipe or make_recipe(), folder, on_progress)

    async def search(self, dataset: Dataset, chat_id: int) -> RunningJob[Suspects]:
        """Begins to search the dataset; the job returns those left to look at. Raises AlreadyRunning; the job
        raises what `find` does, and JobCancelled."""

        async def work(folder: Path, on_progress: OnProgress) -> Suspects:
            return await self._find(dataset, make_recipe(), folder, on_progress)

        async def keep(job: Job, found: Suspects) -> Suspects:
            await self._jobs.end(job.id, JobState.DONE)
            return found

        return await self._runner.submit(dataset.owner_id, JobKind.SEARCH, chat_id, work, keep)

    async def known(self, dataset: Dataset) -> Suspects | None:
        """Those found in this version of the dataset that are left to look at; None where it was not
        searched. Raises DatasetNotFound."""
        last = await self._searches.last(dataset.owner_id, dataset.id)
        if last is None or last.version != dataset.version:
            return None
        return await self._unsettled(dataset, last.suspects)

    async def left(self, dataset: Dataset) -> Suspects:
        """Those of the last search that are left to look at, though the dataset has changed since: whoever
        looks through them changes it. Raises DatasetNotFound."""
        last = await self._searches.last(dataset.owner_id, dataset.id)
        return await self._unsettled(dataset, last.suspects) if last else ()

    async def confirm(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        """Notes that these examples are of the class that they have. Raises DatasetNotFound."""
        await self._confirmations.add(owner_id, dataset_id, ids)

    async def _find(
        self, dataset: Dataset, recipe: Recipe, folder: Path, on_progress: OnProgress
    ) -> Suspects:
        current = await self._datasets.get(dataset.owner_id, dataset.id)
        files = await self._datasets.files_of(current, folder)
        await self._training.extract(files, recipe, on_progress)
        on_progress(Progress("search"))
        found = await self._training.suspects(files, recipe)
        await self._searches.keep(current.owner_id, current.id, Search(current.version, found))
        return await self._unsettled(current, found)

    async def _unsettled(self, dataset: Dataset, found: Sequence[Suspect]) -> Suspects:
        """Those that have still the class that they were found with, and were not confirmed."""
        ids = [suspect.example_id for suspect in found]
        there = await self._examples.find(dataset.owner_id, dataset.id, ids)
        confirmed = await self._confirmations.ids(dataset.owner_id, dataset.id)
        labels = {one.id: one.label for one in there if one.id not in confirmed}
        return tuple(one for one in found if labels.get(one.example_id) == one.label)
