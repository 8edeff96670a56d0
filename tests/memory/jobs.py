"""Jobs in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.entities import Job, JobKind, JobState
from core.errors import AlreadyRunning, JobCancelled
from core.ports import Asked
from tests.memory.tables import Tables, now

_UNENDED = (JobState.QUEUED, JobState.RUNNING)


class MemoryJobs:
    """Fulfils `core.ports.Jobs`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def create(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        *,
        in_line: bool = False,
        asked: Asked | None = None,
    ) -> Job:
        known = await self.asked_for(asked) if asked else None
        if known:
            again = replace(known, state=JobState.QUEUED, error=None, ended_at=None)
            self._tables.jobs[known.id] = again
            return again
        if not in_line and kind in (job.kind for job in unended(self._tables, owner_id)):
            raise AlreadyRunning(kind=kind.value)
        number = next(self._tables.job_numbers)
        job = Job(number, owner_id, kind, JobState.QUEUED, chat_id, created_at=now())
        self._tables.jobs[number] = job
        if asked:
            self._tables.asked[asked] = number
        return job

    async def asked_for(self, asked: Asked) -> Job | None:
        return self._tables.jobs.get(self._tables.asked.get(asked, 0))

    async def start(self, job_id: int) -> None:
        job = self._tables.jobs[job_id]
        if job.state is JobState.QUEUED:
            self._tables.jobs[job_id] = replace(
                job, state=JobState.RUNNING, attempts=job.attempts + 1
            )

    async def park(self, job_id: int) -> None:
        job = self._tables.jobs[job_id]
        if job.state in _UNENDED:
            attempts = job.attempts - (job.state is JobState.RUNNING)
            self._tables.jobs[job_id] = replace(job, state=JobState.QUEUED, attempts=attempts)

    async def end(
        self, job_id: int, state: JobState, error: str | None = None, result: int | None = None
    ) -> None:
        job = self._tables.jobs[job_id]
        if job.state in _UNENDED:
            self._tables.jobs[job_id] = replace(
                job, state=state, error=error, ended_at=now(), result=result
            )

    async def get(self, owner_id: int, job_id: int) -> Job | None:
        job = self._tables.jobs.get(job_id)
        return job if job and job.owner_id == owner_id else None

    async def running(self, owner_id: int) -> tuple[Job, ...]:
        return unended(self._tables, owner_id)

    async def interrupt_all(self) -> tuple[Job, ...]:
        for job in list(self._tables.jobs.values()):
            if job.state in _UNENDED and job.id not in self._tables.asked.values():
                await self.end(job.id, JobState.INTERRUPTED)
                self._tables.untold.add(job.id)
        return tuple(self._tables.jobs[number] for number in sorted(self._tables.untold))

    async def set_told(self, job_id: int) -> None:
        self._tables.untold.discard(job_id)

    async def prune(self, kept_s: float) -> None:
        moment = now() - timedelta(seconds=kept_s)
        for job in [*self._tables.jobs.values()]:
            if job.ended_at and job.ended_at <= moment and job.id not in self._tables.untold:
                del self._tables.jobs[job.id]


def unended(tables: Tables, owner_id: int) -> tuple[Job, ...]:
    """The owner's jobs that have not ended, oldest first."""
    return tuple(
        job for job in tables.jobs.values() if job.owner_id == owner_id and job.state in _UNENDED
    )


def check_unended(tables: Tables, owner_id: int, job_id: int) -> None:
    """Raises JobCancelled if the owner has no such job that has not ended."""
    if job_id not in (job.id for job in unended(tables, owner_id)):
        raise JobCancelled


def end_done(tables: Tables, job_id: int, result: int) -> None:
    """Marks the job done, within a change of the caller's. result : what it made."""
    job = tables.jobs[job_id]
    tables.jobs[job_id] = replace(job, state=JobState.DONE, ended_at=now(), result=result)
