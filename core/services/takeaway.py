"""Models to be taken away: files that answer without this program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from core.entities import (
    FOLDER,
    Dataset,
    ExportFormat,
    ExportNames,
    FolderScore,
    Job,
    JobKind,
    JobState,
    Model,
    Progress,
)
from core.errors import DatasetChanged, DatasetNotFound, FolderNeedsPhotos
from core.ports import DatasetFiles, Exporting, Files, Jobs, OnProgress, Training
from core.recipes import FOLDER_RECIPE
from core.sealed import Stored
from core.services.datasets import DatasetService
from core.services.jobs import JobRunner, RunningJob
from core.services.limits import check_trainable
from core.services.models import ModelService

Send = Callable[[Path, FolderScore], Awaitable[None]]
"""Takes a file, which is deleted afterwards."""


async def write_folder(
    training: Training,
    exporting: Exporting,
    model: Stored,
    files: DatasetFiles,
    title: str,
    out: Path,
    on_progress: OnProgress,
) -> FolderScore:
    """Writes a folder for Teachable Machine's library, one use case for chat and command line; arguments as in
    `Exporting.export_folder`, where features need not be there yet.

    Raises what that does, and the workers' errors.
    """
    for recipe in (await exporting.recipe(model), FOLDER_RECIPE):
        await training.extract(files, recipe, on_progress)
    on_progress(Progress("score"))
    return await exporting.export_folder(model, files, title, out, on_progress)


class TakeAwayService:
    """Writes models in other formats."""

    def __init__(
        self,
        models: ModelService,
        datasets: DatasetService,
        files: Files,
        jobs: Jobs,
        training: Training,
        exporting: Exporting,
        runner: JobRunner,
    ) -> None:
        self._models = models
        self._datasets = datasets
        self._files = files
        self._jobs = jobs
        self._training = training
        self._exporting = exporting
        self._runner = runner

    @asynccontextmanager
    async def written(
        self, model: Model, kind: ExportFormat, names: ExportNames
    ) -> AsyncIterator[Path]:
        """The model as a file that is there during the block. Raises ModelUnreadable, NotExportable,
        WebRuntimeMissing, PageTooLarge and the workers' errors."""
        async with self._files.scratch() as folder:
            out = folder / f"model.{kind}"
            stored = await self._models.stored(model)
            await self._exporting.export(stored, kind, out, names)
            yield out

    async def has_photos(self, model: Model) -> bool:
        """True if the dataset that the model learned from is here, as `folder` needs it."""
        try:
            await self._photos_of(model)
        except FolderNeedsPhotos:
            return False
        except DatasetChanged:
            pass
        return True

    async def folder(
        self, model: Model, chat_id: int, title: str, send: Send
    ) -> RunningJob[FolderScore]:
        """Begins to make a folder for Teachable Machine's library, a ZIP that is handed to `send`. Its head learns
        from the model's photos.

        title : the model's name in the folder. Raises FolderNeedsPhotos where the model has none here; DatasetChanged
        where they are not those that it learned from; what `check_trainable` raises; AlreadyRunning. The job raises
        BadInput, JobCancelled, the workers' errors and what `send` raises.
        """
        dataset = await self._photos_of(model)
        check_trainable(dataset)

        async def work(folder: Path, on_progress: OnProgress) -> FolderScore:
            files = await self._datasets.files_of(dataset, folder)
            out, stored = folder / f"folder.{FOLDER}", await self._models.stored(model)
            score = await write_folder(
                self._training, self._exporting, stored, files, title, out, on_progress
            )
            await send(out, score)
            return score

        async def keep(job: Job, score: FolderScore) -> FolderScore:
            await self._jobs.end(job.id, JobState.DONE)
            return score

        # Like other searches it looks at all photos, and is asked for by the same button again.
        return await self._runner.submit(model.owner_id, JobKind.SEARCH, chat_id, work, keep)

    async def _photos_of(self, model: Model) -> Dataset:
        """The dataset that the model learned from, as it was then. Raises FolderNeedsPhotos, DatasetChanged."""
        if model.dataset_id is None:
            raise FolderNeedsPhotos(name=model.name)
        try:
            dataset = await self._datasets.get(model.owner_id, model.dataset_id)
        except DatasetNotFound as error:
            raise FolderNeedsPhotos(name=model.name) from error
        if model.is_live and dataset.extends_baseline:  # Nobody here has those photos.
            raise FolderNeedsPhotos(name=model.name)
        if dataset.version != model.card.dataset_version:
            raise DatasetChanged(name=dataset.name)
        return dataset
