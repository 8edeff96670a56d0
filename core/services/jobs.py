"""Work that a user waits for: one of a kind at a time, cancellable, its end always on record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.entities import Job, JobKind, JobState, Progress
from core.errors import JobCancelled, JobInterrupted, LukoshkoError
from core.ports import Files, Jobs, OnProgress

R = TypeVar("R")
T = TypeVar("T")

Work = Callable[[Path, OnProgress], Awaitable[R]]
Store = Callable[[Job, R], Awaitable[T]]


class RunningJob(Generic[T]):
    """A job that is on record and runs.

    progress : how far it is.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.progress = Progress("start")
        self._storing = False
        self._work: asyncio.Task[T] | None = None
        self._end: asyncio.Task[T] | None = None

    async def result(self) -> T:
        """Waits for the end of the job; a caller that is cancelled does not end it.

        Raises JobCancelled, JobInterrupted and what the work raises.
        """
        if self._end is None:
            raise LookupError("the job was not begun")
        return await asyncio.shield(self._end)

    def _report(self, progress: Progress) -> None:
        self.progress = progress


class JobRunner:
    """Runs jobs and keeps their record."""

    def __init__(self, jobs: Jobs, files: Files) -> None:
        self._jobs = jobs
        self._files = files
        self._running: dict[tuple[int, JobKind], RunningJob[Any]] = {}
        self._closing = False

    async def submit(
        self, owner_id: int, kind: JobKind, chat_id: int, work: Work[R], store: Store[R, T]
    ) -> RunningJob[T]:
        """Puts a job on record and begins it.

        work : gets a scratch folder and `on_progress`; it can be cancelled.
        store : gets the job and what the work gave, keeps the result and marks the job done in one
            transaction; it is shielded, so that nobody says "stopped" of what was stored.

        Raises AlreadyRunning if the owner has one of this kind.
        """
        job = await self._jobs.create(owner_id, kind, chat_id)
        running: RunningJob[T] = RunningJob(job)
        self._running[owner_id, kind] = running
        running._work = asyncio.create_task(self._run(running, work, store))
        running._end = asyncio.create_task(self._ended(running, running._work))
        # An error reaches whoever asks for the result; it is on record anyhow.
        running._end.add_done_callback(lambda end: end.cancelled() or end.exception())
        if self._closing:
            running._work.cancel()
        return running

    async def cancel(self, owner_id: int, kind: JobKind | None = None) -> int:
        """Cancels what the owner has running, of one kind or all, and waits for its end; how many
        it stopped: one that stores its result already is not counted."""
        kinds = JobKind if kind is None else (kind,)
        found = [running for k in kinds if (running := self._running.get((owner_id, k)))]
        return sum([await self._stop(running) for running in found])

    async def close(self) -> None:
        """Interrupts everything that runs, and whatever is submitted from now on."""
        self._closing = True
        for running in list(self._running.values()):
            await self._stop(running)

    async def _run(self, running: RunningJob[T], work: Work[R], store: Store[R, T]) -> T:
        async with self._files.scratch() as folder:
            await self._jobs.start(running.job.id)
            result = await work(folder, running._report)
            running._storing = True
            return await store(running.job, result)

    async def _ended(self, running: RunningJob[T], work: asyncio.Task[T]) -> T:
        """Waits for the work and puts its end on record."""
        await asyncio.wait([work])
        del self._running[running.job.owner_id, running.job.kind]
        if work.cancelled():
            state = JobState.INTERRUPTED if self._closing else JobState.CANCELLED
            await self._jobs.end(running.job.id, state)
            raise JobInterrupted if self._closing else JobCancelled
        if error := work.exception():
            await self._jobs.end(running.job.id, JobState.FAILED, _code(error))
        return work.result()

    async def _stop(self, running: RunningJob[Any]) -> bool:
        """Cancels the work unless its result is being stored, and waits for the end on record."""
        if running._work is None or running._end is None:
            return False
        if not running._storing:
            running._work.cancel()
        await asyncio.wait([running._end])
        return running._work.cancelled()


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, LukoshkoError) else type(error).__name__
