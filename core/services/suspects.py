"""Photos that look mislabelled: found, looked through one by one, and not shown twice."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import Dataset, Recipe, Suspect
from core.ports import Confirmations, Examples, Files, Training
from core.recipes import make_recipe
from core.services.datasets import DatasetService

MAX_REMEMBERED = 1000
"""Datasets. What was found in others is found anew when somebody goes on with it."""


class SuspectService:
    """Finds suspects, and remembers them until the next search or a restart: they can be found again,
    what their owner confirmed is in storage."""

    def __init__(
        self,
        examples: Examples,
        confirmations: Confirmations,
        files: Files,
        training: Training,
        datasets: DatasetService,
    ) -> None:
        self._examples = examples
        self._confirmations = confirmations
        self._files = files
        self._training = training
        self._datasets = datasets
        self._found: dict[int, tuple[Suspect, ...]] = {}

    async def find(self, dataset: Dataset, recipe: Recipe | None = None) -> tuple[Suspect, ...]:
        """Searches the dataset; those left to look at, the most suspicious first.

        recipe : whose features are looked at, so that those of a fit are not computed again.
        Raises DatasetNotFound, and the workers' errors.
        """
        recipe = recipe or make_recipe()
        async with self._files.scratch() as folder:
            files = await self._datasets.files_of(dataset, folder)
            await self._training.extract(files, recipe, lambda progress: None)
            found = await self._training.suspects(files, recipe)
        self._found.pop(dataset.id, None)
        self._found[dataset.id] = found
        for oldest in list(self._found)[:-MAX_REMEMBERED]:
            del self._found[oldest]
        return await self._unsettled(dataset, found)

    async def left(self, dataset: Dataset) -> tuple[Suspect, ...]:
        """Those found that are still to be looked at; the dataset is searched where nobody remembers
        them. Raises what `find` does."""
        found = self._found.get(dataset.id)
        if found is None:
            return await self.find(dataset)
        return await self._unsettled(dataset, found)

    async def confirm(self, owner_id: int, dataset_id: int, ids: Sequence[int]) -> None:
        """Notes that these examples are of the class that they have. Raises DatasetNotFound."""
        await self._confirmations.add(owner_id, dataset_id, ids)

    async def _unsettled(self, dataset: Dataset, found: Sequence[Suspect]) -> tuple[Suspect, ...]:
        """Those that have still the class that they were found with, and were not confirmed."""
        ids = [suspect.example_id for suspect in found]
        there = await self._examples.find(dataset.owner_id, dataset.id, ids)
        confirmed = await self._confirmations.ids(dataset.owner_id, dataset.id)
        labels = {one.id: one.label for one in there if one.id not in confirmed}
        return tuple(one for one in found if labels.get(one.example_id) == one.label)
