"""The photos behind a cell of a confusion matrix."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from core.entities import (
    Dataset,
    Example,
    FitOptions,
    Job,
    JobKind,
    JobState,
    Mistake,
    Model,
    Progress,
)
from core.errors import DatasetChanged
from core.ports import Drawing, Examples, Files, Jobs, OnProgress, Training
from core.services.classes import PAGE_PHOTOS
from core.services.datasets import DatasetService
from core.services.jobs import JobRunner, RunningJob

MAX_REMEMBERED = 100
"""Models. The mistakes of others are found anew when somebody asks for them."""


@dataclass(frozen=True, slots=True)
class MistakenPhotos:
    """photos : how many there are. examples : the first of them. picture : a JPEG of these, numbered from 1 on
    where that was asked for."""

    photos: int
    examples: tuple[Example, ...]
    picture: bytes


class MistakeService:
    """Shows what a model took for something else. All of a model's mistakes are found at once, and remembered
    until a restart."""

    def __init__(
        self,
        examples: Examples,
        jobs: Jobs,
        files: Files,
        training: Training,
        drawing: Drawing,
        datasets: DatasetService,
        runner: JobRunner,
    ) -> None:
        self._examples = examples
        self._jobs = jobs
        self._files = files
        self._training = training
        self._drawing = drawing
        self._datasets = datasets
        self._runner = runner
        # By the content of the model's file: a live model stays one, and learns on.
        self._found: dict[str, tuple[Mistake, ...]] = {}

    def is_known(self, model: Model) -> bool:
        """True where the model's mistakes need not be searched."""
        return model.file in self._found

    async def search(self, model: Model, dataset: Dataset, chat_id: int) -> RunningJob[None]:
        """Begins to look for the photos that the model took for another class.

        Raises DatasetChanged where the model learned from another version of the dataset, and
        AlreadyRunning. The job raises BadInput, JobCancelled and the workers' errors.
        """
        _check_unchanged(model, dataset)
        recipe = model.card.recipe
        scored = None if model.is_live else recipe

        async def work(folder: Path, on_progress: OnProgress) -> tuple[Mistake, ...]:
            files = await self._datasets.files_of(dataset, folder)
            await self._training.extract(files, recipe, on_progress)
            on_progress(Progress("search"))
            return await self._training.mistakes(files, scored, FitOptions())

        async def keep(job: Job, found: tuple[Mistake, ...]) -> None:
            self._remember(model, found)
            await self._jobs.end(job.id, JobState.DONE)

        return await self._runner.submit(dataset.owner_id, JobKind.SEARCH, chat_id, work, keep)

    async def behind(
        self, model: Model, dataset: Dataset, truth: str, named: str, *, is_numbered: bool
    ) -> MistakenPhotos | None:
        """The held-out photos of the class `truth` that the model took for `named`, of those that a search has
        found; None where there are none.

        Raises DatasetChanged where the model learned from another version of the dataset, and the
        workers' errors.
        """
        _check_unchanged(model, dataset)
        found = self._found.get(model.file, ())
        ids = [one.example_id for one in found if (one.truth, one.named) == (truth, named)]
        examples = await self._examples.find(dataset.owner_id, dataset.id, ids[:PAGE_PHOTOS])
        if not examples:
            return None
        async with self._files.scratch() as folder:
            out, photos = folder / "mistaken.jpg", await self._files.photos(dataset.owner_id)
            first = 1 if is_numbered else None
            await self._drawing.draw_page(photos, [e.photo.sha256 for e in examples], first, out)
            return MistakenPhotos(len(ids), examples, await asyncio.to_thread(out.read_bytes))

    def _remember(self, model: Model, found: tuple[Mistake, ...]) -> None:
        self._found[model.file] = found
        for oldest in list(self._found)[:-MAX_REMEMBERED]:
            del self._found[oldest]


def _check_unchanged(model: Model, dataset: Dataset) -> None:
    if dataset.version != model.card.dataset_version:
        raise DatasetChanged(name=dataset.name)
