"""Work that a user waits for: one of a kind at a time, cancellable, its end always on record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from core.entities import Job, JobKind, JobState, Progress
from core.errors import JobCancelled, JobInterrupted, LukoshkoError
from core.ports import Jobs

T = TypeVar("T")

# The first progress of every job: it is on record, so a killed process can tell its user.
ON_RECORD = Progress("start")


class JobRunner:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._running: dict[tuple[int, JobKind], asyncio.Task[Any]] = {}
        self._unstoppable: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def run(
        self, owner_id: int, kind: JobKind, chat_id: int, work: Callable[[Job], Awaitable[T]]
    ) -> T:
        """Runs the work as a job of its own, in a task of its own.

        Raises AlreadyRunning if the owner has one of this kind, JobCancelled if `cancel` ended it,
        JobInterrupted if `close` did, and what the work raises. If the caller is cancelled, the job
        is interrupted. Work that was made unstoppable is waited for in all these cases.
        """
        job = await self._jobs.create(owner_id, kind, chat_id)
        task = asyncio.ensure_future(self._start(job, work))
        self._running[owner_id, kind] = task
        if self._closing:
            task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            await self._stop(task)
            await self._jobs.end(job.id, JobState.INTERRUPTED)
            raise
        finally:
            del self._running[owner_id, kind]
            self._unstoppable.discard(task)
        if task.cancelled() and self._closing:
            await self._jobs.end(job.id, JobState.INTERRUPTED)
            raise JobInterrupted
        if task.cancelled():
            await self._jobs.end(job.id, JobState.CANCELLED)
            raise JobCancelled
        await self._jobs.end(job.id, *_end_of(task))
        return task.result()

    def make_unstoppable(self, job: Job) -> None:
        """For work that is about to store its result: once that is on record, nobody may say "stopped"."""
        self._unstoppable.add(self._running[job.owner_id, job.kind])

    async def cancel(self, owner_id: int, kind: JobKind | None = None) -> int:
        """Cancels what the owner has running, of one kind or all, and waits for its end; how many
        it stopped: one that is unstoppable ends by itself and is not counted."""
        kinds = JobKind if kind is None else (kind,)
        tasks = [task for k in kinds if (task := self._running.get((owner_id, k)))]
        for task in tasks:
            await self._stop(task)
        return sum(task.cancelled() for task in tasks)

    async def close(self) -> None:
        """Interrupts everything that runs, and whatever is started from now on."""
        self._closing = True
        for task in list(self._running.values()):
            await self._stop(task)

    async def _start(self, job: Job, work: Callable[[Job], Awaitable[T]]) -> T:
        await self._jobs.start(job.id)
        return await work(job)

    async def _stop(self, task: asyncio.Task[Any]) -> None:
        if task not in self._unstoppable:
            task.cancel()
        await asyncio.wait([task])


def _end_of(task: asyncio.Task[Any]) -> tuple[JobState, str | None]:
    error = task.exception()
    if error is None:
        return JobState.DONE, None
    return JobState.FAILED, error.code if isinstance(error, LukoshkoError) else type(error).__name__
