"""Datasets: from an upload to pictures of what is in it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from core.entities import Dataset, ImageRecord, Job, JobKind, Reading, User
from core.errors import NameTaken, NoDataset
from core.ports import ChartTexts, Compute, DatasetFiles, Datasets, Files, OnProgress, Users
from core.services.jobs import ON_RECORD, JobRunner
from core.services.limits import MAX_DATASETS, check_quota

# What a name may have in all, less room for a number that tells it from others.
NAME_STEM_LENGTH = 56


Fetch = Callable[[Path, OnProgress], Awaitable[None]]


class DatasetService:
    def __init__(
        self, users: Users, datasets: Datasets, files: Files, compute: Compute, runner: JobRunner
    ) -> None:
        self._users = users
        self._datasets = datasets
        self._files = files
        self._compute = compute
        self._runner = runner

    # Uploads -------------------------------------------------------------------------------------

    async def create(
        self, owner_id: int, chat_id: int, name: str, fetch: Fetch, on_progress: OnProgress
    ) -> Dataset:
        """A new dataset from the ZIP that `fetch` writes to a path; it becomes the current one.

        A name that is taken gets a number. Raises BadInput, QuotaExceeded, AlreadyRunning,
        JobCancelled and the workers' errors.
        """
        check_quota("datasets", await self._datasets.list(owner_id), MAX_DATASETS)

        async def work(job: Job) -> Dataset:
            on_progress(ON_RECORD)
            async with self._files.scratch() as folder:
                workspace = folder / "workspace"
                reading = await self._read(fetch, (), workspace, on_progress)
                self._runner.make_unstoppable(job)
                dataset = await self._store(owner_id, name, reading, job)
                await self._files.adopt_workspace(workspace, dataset.id)
            return dataset

        return await self._runner.run(owner_id, JobKind.UPLOAD, chat_id, work)

    async def add(
        self, owner_id: int, chat_id: int, dataset_id: int, fetch: Fetch, on_progress: OnProgress
    ) -> Dataset:
        """Adds a ZIP's images to a dataset, which becomes the current one.

        Raises DatasetNotFound and what `create` raises.
        """
        await self._datasets.get(owner_id, dataset_id)

        async def work(job: Job) -> Dataset:
            on_progress(ON_RECORD)
            known = await self._datasets.records(owner_id, dataset_id)
            workspace = self._files.workspace(dataset_id)
            reading = await self._read(fetch, known, workspace, on_progress)
            self._runner.make_unstoppable(job)
            return await self._datasets.add(owner_id, dataset_id, reading, job.id)

        return await self._runner.run(owner_id, JobKind.UPLOAD, chat_id, work)

    async def fetch_sample(self, path: Path, on_progress: OnProgress) -> None:
        """Writes the sample dataset as a ZIP: what `create` fetches when someone tries the sample."""
        await self._compute.draw_sample_dataset(path, on_progress)

    async def _read(
        self, fetch: Fetch, known: Sequence[ImageRecord], workspace: Path, on_progress: OnProgress
    ) -> Reading:
        async with self._files.scratch() as folder:
            archive = folder / "archive.zip"
            await fetch(archive, on_progress)
            source = await self._files.digest(archive)
            reading = await self._compute.read_archive(
                archive, source, known, workspace, on_progress
            )
            # Only now: what is refused, or waits long for its turn, is nobody's to collect.
            await self._files.put(archive)
        return reading

    async def _store(self, owner_id: int, name: str, reading: Reading, job: Job) -> Dataset:
        stem = " ".join(name.split())[:NAME_STEM_LENGTH]
        for number in range(1, MAX_DATASETS + 1):
            try:
                candidate = stem if number == 1 else f"{stem} {number}"
                return await self._datasets.create(owner_id, candidate, reading, job.id)
            except NameTaken:
                continue
        raise NameTaken(name=stem)

    # Choosing ------------------------------------------------------------------------------------

    async def list(self, owner_id: int) -> tuple[Dataset, ...]:
        return await self._datasets.list(owner_id)

    async def get(self, owner_id: int, dataset_id: int) -> Dataset:
        """Raises DatasetNotFound."""
        return await self._datasets.get(owner_id, dataset_id)

    async def current(self, user: User) -> Dataset:
        """The dataset that the user's commands work on. Raises NoDataset."""
        if user.dataset_id is not None:
            return await self._datasets.get(user.id, user.dataset_id)
        raise NoDataset

    async def choose(self, owner_id: int, dataset_id: int) -> Dataset:
        """Raises DatasetNotFound."""
        await self._users.set_dataset(owner_id, dataset_id)
        return await self._datasets.get(owner_id, dataset_id)

    async def rename(self, owner_id: int, dataset_id: int, name: str) -> Dataset:
        """Raises DatasetNotFound, NameTaken, NameInvalid."""
        return await self._datasets.rename(owner_id, dataset_id, name)

    async def delete(self, owner_id: int, dataset_id: int) -> Dataset:
        """Deletes the dataset with its files and returns what it was; its models stay. If it was the
        current one, the newest of the others becomes it.

        Raises DatasetNotFound, and AlreadyRunning while the owner has a job: it may need the dataset.
        """
        dataset = await self._datasets.get(owner_id, dataset_id)
        await self._datasets.delete(owner_id, dataset_id)
        await self._files.drop_workspace(dataset_id)
        await self._files.collect()
        return dataset

    # Looking -------------------------------------------------------------------------------------

    async def overview(self, dataset: Dataset, texts: ChartTexts) -> tuple[bytes, ...]:
        """Charts of the whole dataset as PNG: photos per class, duplicates, sizes."""
        async with self._files.scratch() as folder:
            charts = await self._compute.draw_overview(dataset.description, texts, folder)
            return tuple([await asyncio.to_thread(chart.read_bytes) for chart in charts])

    async def colors(self, dataset: Dataset, label: str, texts: ChartTexts) -> bytes:
        """A class's colours as a chart, PNG."""
        async with self._files.scratch() as folder:
            chart = folder / "colors.png"
            await self._compute.draw_colors(dataset.description, label, texts, chart)
            return await asyncio.to_thread(chart.read_bytes)

    async def table(self, dataset: Dataset) -> bytes:
        """A CSV, a row an image."""
        records = await self._datasets.records(dataset.owner_id, dataset.id)
        async with self._files.scratch() as folder:
            table = folder / "table.csv"
            await self._compute.write_table(records, table)
            return await asyncio.to_thread(table.read_bytes)

    async def sheet(self, dataset: Dataset, *, others: bool) -> bytes:
        """A sheet of samples, PNG: the last one where there is one, unless `others` are wanted."""
        digest = dataset.sheet
        if digest is None or others:
            digest = await self._draw_sheet(dataset)
        return await asyncio.to_thread(self._files.path(digest).read_bytes)

    async def _draw_sheet(self, dataset: Dataset) -> str:
        files = await self.files_of(dataset)
        async with self._files.scratch() as folder:
            sheet = folder / "sheet.png"
            await self._compute.draw_sheet(files, secrets.randbits(32), sheet)
            digest = await self._files.put(sheet)
        await self._datasets.set_sheet(dataset.owner_id, dataset.id, digest)
        return digest

    async def files_of(self, dataset: Dataset) -> DatasetFiles:
        """The dataset as a worker sees it."""
        records = await self._datasets.records(dataset.owner_id, dataset.id)
        sources = {record.source for record in records}
        return DatasetFiles(
            records=records,
            sources={source: str(self._files.path(source)) for source in sources},
            workspace=str(self._files.workspace(dataset.id)),
        )
