"""Work that a user waits for: one job of a kind runs at a time, cancellable, its end always on record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.entities import Job, JobKind, JobState, Progress
from core.errors import JobCancelled, JobInterrupted, JobParked, LukoshkoError
from core.ports import Asked, Files, Jobs, OnProgress, origin

R = TypeVar("R")
T = TypeVar("T")

Work = Callable[[Path, OnProgress], Awaitable[R]]
Store = Callable[[Job, R], Awaitable[T]]
#: Gets a job, how it ended, and its seconds from the request to the end.
OnEnd = Callable[[Job, JobState, float], None]
Recall = Callable[[Job], Awaitable[T]]

# Pauses between attempts to record an end; each attempt itself waits for a locked database.
RETRY_AFTER_S = (1.0, 5.0, 25.0)
# A fit that was running when its process died is tried once more: it may be what killed it. An upload goes on.
MAX_ATTEMPTS = {JobKind.FIT: 2, JobKind.UPLOAD: 3, JobKind.EXPORT: 3}

JOBS = "job"
"""What the jobs of an update are counted as."""

logger = logging.getLogger(__name__)


class RunningJob(Generic[T]):
    """A job that is on record and runs; made by `JobRunner.submit`.

    job : its row, as it was when it was put on record.
    progress : what its work reported last.
    """

    def __init__(self, job: Job, *, is_asked_for: bool = False) -> None:
        """is_asked_for : True where an update asks for it, which is handled again after a restart."""
        self.job = job
        self.is_asked_for = is_asked_for
        self.progress = Progress("start")
        self._began = time.monotonic()
        self._is_working = True
        # What the end is, if the work is cancelled.
        self._stopped_as = JobState.CANCELLED
        # Set by the runner at once: they need this object.
        self._work: asyncio.Task[T]
        self._end: asyncio.Task[T]

    @classmethod
    def ended(cls, job: Job, end: Coroutine[Any, Any, T]) -> RunningJob[T]:
        """A job that had ended before. end : returns its result, or raises what it ended with."""
        running = cls(job)
        running._is_working = False
        running._work = running._end = asyncio.create_task(end)
        running._end.add_done_callback(lambda task: task.cancelled() or task.exception())
        return running

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
        JobInterrupted, JobParked and what the work and the store raise.
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

    async def again(self, recall: Recall[T]) -> RunningJob[T] | None:
        """Where an update is handled again after a crash: the job that it asked for then, if that has ended; None
        where it is to be submitted. A job that its process did not survive is tried as often as MAX_ATTEMPTS says.

        recall : finds what a done job had returned.
        """
        current = origin.get()
        if current is None or not current.is_replay:
            return None
        job = await self._jobs.asked_for((current.update_id, current.peek(JOBS)))
        if job is None:
            return None
        if job.state is JobState.RUNNING and job.attempts >= MAX_ATTEMPTS[job.kind]:
            await self._jobs.end(job.id, JobState.INTERRUPTED)
            job = replace(job, state=JobState.INTERRUPTED)
        if job.state not in (JobState.DONE, JobState.CANCELLED, JobState.INTERRUPTED):
            return None
        current.next(JOBS)
        return RunningJob.ended(job, _outcome(job, recall))

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
        current = origin.get()
        asked = (current.update_id, current.next(JOBS)) if current else None
        beginning = asyncio.create_task(
            self._begin(owner_id, kind, chat_id, work, store, in_line=in_line, asked=asked)
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
        """Interrupts all jobs and waits for their ends, for stored results too; those that will be asked for
        again are parked. Jobs that are submitted from now on are interrupted as they begin."""
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
        asked: Asked | None,
    ) -> RunningJob[T]:
        job = await self._jobs.create(owner_id, kind, chat_id, in_line=in_line, asked=asked)
        running: RunningJob[T] = RunningJob(job, is_asked_for=asked is not None)
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
                if running.is_asked_for and running._stopped_as is JobState.INTERRUPTED:
                    await self._park(running.job)
                    raise JobParked
                await self._record(running.job, running._stopped_as)
                stopped = running._stopped_as is JobState.INTERRUPTED
                raise JobInterrupted if stopped else JobCancelled
            if error := work.exception():
                await self._record(running.job, JobState.FAILED, _code(error))
            return work.result()
        finally:
            del self._running[running.job.id]
            self._on_end(running.job, _state(running), running.seconds)

    async def _park(self, job: Job) -> None:
        try:
            await self._jobs.park(job.id)
        except Exception:
            logger.exception("job %d is taken for one that its process did not survive", job.id)

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


async def _outcome(job: Job, recall: Recall[T]) -> T:
    if job.state is JobState.DONE:
        return await recall(job)
    raise JobCancelled if job.state is JobState.CANCELLED else JobInterrupted


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, LukoshkoError) else type(error).__name__
