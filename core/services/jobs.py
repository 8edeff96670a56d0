"""Work that a user waits for: one job of a kind runs at a time, cancellable, its end always on record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.entities import Job, JobKind, JobState, Progress
from core.errors import JobCancelled, JobInterrupted, LukoshkoError
from core.ports import Files, Jobs, OnProgress

R = TypeVar("R")
T = TypeVar("T")

Work = Callable[[Path, OnProgress], Awaitable[R]]
Store = Callable[[Job, R], Awaitable[T]]
#: Gets a job, how it ended, and its seconds from the request to the end.
OnEnd = Callable[[Job, JobState, float], None]

# Pauses between attempts to record an end; each attempt itself waits for a locked database.
RETRY_AFTER_S = (1.0, 5.0, 25.0)

logger = logging.getLogger(__name__)


class RunningJob(Generic[T]):
    """A job that is on record and runs; made by `JobRunner.submit`.

    job : its row, as it was when it was put on record.
    progress : what its work reported last.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.progress = Progress("start")
        self._began = time.monotonic()
        self._is_working = True
        # What the end is, if the work is cancelled.
        self._stopped_as = JobState.CANCELLED
        # Set by the runner at once: they need this object.
        self._work: asyncio.Task[T]
        self._end: asyncio.Task[T]

    @property
    def has_ended(self) -> bool:
        """True when its end is on record."""
        return self._end.done()

    @property
    def seconds(self) -> float:
        """Seconds since it was requested."""
        return time.monotonic() - self._began

    async def result(self) -> T:
        """Waits for the end of the job, which is then on record, and returns what `store` returned.

        A caller that is cancelled does not end the job, and several may wait. Raises JobCancelled,
        JobInterrupted and what the work and the store raise.
        """
        return await asyncio.shield(self._end)

    def _report(self, progress: Progress) -> None:
        self.progress = progress

    def _stop(self, state: JobState) -> None:
        """Cancels the work, once: a second cancellation would interrupt its clearing up. Does nothing
        when the work has ended, and its result is being stored."""
        if self._is_working and not self._work.cancelling():
            self._stopped_as = state
            self._work.cancel()


class JobRunner:
    """Runs jobs and keeps their record."""

    def __init__(self, jobs: Jobs, files: Files) -> None:
        self._jobs = jobs
        self._files = files
        # By the job's number: a job that has ended on record may still be clearing up when the next
        # one of its owner and kind begins.
        self._running: dict[int, RunningJob[Any]] = {}
        self._beginning: set[asyncio.Task[Any]] = set()
        self._closing = asyncio.Event()
        self._on_end: OnEnd = lambda job, state, seconds: None

    def watch(self, on_end: OnEnd) -> None:
        """Calls this at the end of each job."""
        self._on_end = on_end

    def unended(self) -> Mapping[JobKind, int]:
        """How many jobs of each kind there are that have not ended, those in line too."""
        return Counter(running.job.kind for running in self._running.values())

    async def submit(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        work: Work[R],
        store: Store[R, T],
        *,
        in_line: bool = False,
    ) -> RunningJob[T]:
        """Puts a job on record and begins it.

        work : gets a scratch folder, deleted afterwards, and `on_progress`; it can be cancelled.
        store : gets the job and what the work returned, keeps the result and marks the job done in
            one transaction. It can't be cancelled: nobody is told "stopped" of what was stored.
        in_line : True to wait for the owner's earlier jobs of this kind; its progress is "line" meanwhile,
            `total` the number of those before it.

        A caller that is cancelled meanwhile leaves the job running. After `close` a job is
        interrupted as it begins. Raises AlreadyRunning if the owner has one of this kind, unless the new
        one is in line.
        """
        beginning = asyncio.create_task(
            self._begin(owner_id, kind, chat_id, work, store, in_line=in_line)
        )
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)
        # Shielded: a job that is on record and never begins would block its owner until a restart.
        return await asyncio.shield(beginning)

    async def cancel(self, owner_id: int, kind: JobKind | None = None) -> int:
        """Cancels the owner's jobs, of one kind or of all, those in line too, and waits for their ends.

        Returns how many were stopped: one whose result was being stored already is not counted.
        """
        return await _stop_all(self._jobs_of(owner_id, kind), JobState.CANCELLED)

    def unended_of(self, owner_id: int, kind: JobKind) -> int:
        """How many jobs of this kind the owner has that have not ended, those in line too."""
        return len(self._jobs_of(owner_id, kind))

    def is_busy(self, owner_id: int, kind: JobKind) -> bool:
        """True while the owner has a job of this kind, in line or running."""
        return bool(self._jobs_of(owner_id, kind))

    async def close(self) -> None:
        """Interrupts all jobs and waits for their ends, for stored results too. Jobs that are
        submitted from now on are interrupted as they begin."""
        self._closing.set()
        if self._beginning:
            await asyncio.wait(self._beginning)
        await _stop_all(self._running.values(), JobState.INTERRUPTED)

    def _jobs_of(self, owner_id: int, kind: JobKind | None) -> list[RunningJob[Any]]:
        return [
            running
            for running in self._running.values()
            if running.job.owner_id == owner_id and kind in (None, running.job.kind)
        ]

    async def _begin(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        work: Work[R],
        store: Store[R, T],
        *,
        in_line: bool,
    ) -> RunningJob[T]:
        job = await self._jobs.create(owner_id, kind, chat_id, in_line=in_line)
        running: RunningJob[T] = RunningJob(job)
        earlier = [one._end for one in self._jobs_of(owner_id, kind)] if in_line else []
        running._work = asyncio.create_task(self._run(running, work, store, earlier))
        running._end = asyncio.create_task(self._ended(running))
        # Whoever asks for the result gets its error; where nobody asks, it is on record anyhow.
        running._end.add_done_callback(lambda end: end.cancelled() or end.exception())
        self._running[running.job.id] = running
        if self._closing.is_set():
            running._stop(JobState.INTERRUPTED)
        return running

    async def _run(
        self,
        running: RunningJob[T],
        work: Work[R],
        store: Store[R, T],
        earlier: Collection[asyncio.Task[Any]],
    ) -> T:
        while waits_for := [one for one in earlier if not one.done()]:
            running._report(Progress("line", 0, len(waits_for)))
            await asyncio.wait(waits_for, return_when=asyncio.FIRST_COMPLETED)
        if earlier:
            running._report(Progress("start"))
        async with self._files.scratch() as folder:
            try:
                await self._jobs.start(running.job.id)
                result = await work(folder, running._report)
            finally:
                running._is_working = False
            return await store(running.job, result)

    async def _ended(self, running: RunningJob[T]) -> T:
        """Waits for the work and puts its end on record. A task of its own, because a task that is
        cancelled before its first step never gets to record anything."""
        work = running._work
        await asyncio.wait([work])
        try:
            if work.cancelled():
                await self._record(running.job, running._stopped_as)
                stopped = running._stopped_as is JobState.INTERRUPTED
                raise JobInterrupted if stopped else JobCancelled
            if error := work.exception():
                await self._record(running.job, JobState.FAILED, _code(error))
            return work.result()
        finally:
            del self._running[running.job.id]
            self._on_end(running.job, _state(running), running.seconds)

    async def _record(self, job: Job, state: JobState, error: str | None = None) -> None:
        """Puts an end on record, and tries again where storage fails for a while: until a job has
        ended its owner can begin no other. What is not on record at the last is interrupted at the
        next start."""
        for pause_s in (*RETRY_AFTER_S, None):
            try:
                await self._jobs.end(job.id, state, error)
            except Exception:
                logger.exception("the end of job %d was not put on record", job.id)
            else:
                return
            if pause_s is None or self._closing.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause_s)


async def _stop_all(jobs: Iterable[RunningJob[Any]], state: JobState) -> int:
    """Stops jobs and waits until their ends are on record; how many were cancelled."""
    found = list(jobs)
    for running in found:
        running._stop(state)
    if found:
        await asyncio.wait([running._end for running in found])
    return sum(running._work.cancelled() for running in found)


def _state(running: RunningJob[Any]) -> JobState:
    """How a job ended whose work has."""
    if running._work.cancelled():
        return running._stopped_as
    return JobState.FAILED if running._work.exception() else JobState.DONE


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, LukoshkoError) else type(error).__name__
