"""Exports: a dataset as ZIPs of class folders, written and handed over one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from core.entities import Dataset, Job, JobKind, JobState, Progress
from core.ports import ArchiveReading, DatasetFiles, Jobs, OnProgress
from core.services.datasets import DatasetService
from core.services.jobs import JobRunner, RunningJob
from core.services.limits import check_not_empty

Send = Callable[[Path, int], Awaitable[None]]
"""Takes a part, a ZIP that is deleted afterwards, and its number, from 1."""


class ExportService:
    """Writes datasets out."""

    def __init__(
        self, jobs: Jobs, reading: ArchiveReading, datasets: DatasetService, runner: JobRunner
    ) -> None:
        self._jobs = jobs
        self._reading = reading
        self._datasets = datasets
        self._runner = runner

    async def export(
        self, dataset: Dataset, chat_id: int, max_bytes: int, send: Send
    ) -> RunningJob[int]:
        """Begins to write the dataset in parts of at most `max_bytes`, one of which is on the disk at a
        time; each is handed to `send`. The job returns how many there were.

        Raises DatasetEmpty, AlreadyRunning. The job raises DatasetNotFound if the dataset is gone, JobCancelled, the
        workers' errors and what `send` raises.
        """

        check_not_empty(dataset)

        async def work(folder: Path, on_progress: OnProgress) -> int:
            files = await self._datasets.files_of(dataset, folder)
            return await self.write_parts(files, folder / "part.zip", max_bytes, send, on_progress)

        async def keep(job: Job, parts: int) -> int:
            await self._jobs.end(job.id, JobState.DONE, result=parts)
            return parts

        async def recall(job: Job) -> int:
            return job.result or 0

        if again := await self._runner.again(recall):
            return again

        return await self._runner.submit(dataset.owner_id, JobKind.EXPORT, chat_id, work, keep)

    async def write_parts(
        self,
        files: DatasetFiles,
        out: Path,
        max_bytes: int,
        send: Send,
        on_progress: OnProgress = lambda progress: None,
    ) -> int:
        """Writes a dataset in parts, one after the other, each at `out`; how many there were."""
        number, parts = 0, 1
        while number < parts:
            parts = await self._reading.write_part(files, number, max_bytes, out)
            number += 1
            on_progress(Progress("export", number, parts))
            await send(out, number)
            await asyncio.to_thread(out.unlink)
        return parts
