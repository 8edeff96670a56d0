"""The port of jobs: the record of work that users wait for."""

from __future__ import annotations

from typing import Protocol

from core.entities import Job, JobKind, JobState

Asked = tuple[int, int]
"""An update, and a place among the jobs that it asks for."""


class Jobs(Protocol):
    """The record of work that users wait for; it survives a restart, the work itself does not."""

    async def create(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        *,
        in_line: bool = False,
        asked: Asked | None = None,
    ) -> Job:
        """A queued job. asked : where a job was asked for there before, that one is queued again.

        Raises AlreadyRunning if another one of this kind has not ended yet, unless the new one waits in line
        for it."""

    async def asked_for(self, asked: Asked) -> Job | None:
        """The job that was asked for there, or None."""

    async def start(self, job_id: int) -> None:
        """Marks a queued job as running, and counts the attempt; a job in another state stays as it is."""

    async def park(self, job_id: int) -> None:
        """Queues a job again that the process stopped, which is no failed attempt."""

    async def end(
        self, job_id: int, state: JobState, error: str | None = None, result: int | None = None
    ) -> None:
        """Ends a job that has not ended; an ended one stays as it is."""

    async def get(self, owner_id: int, job_id: int) -> Job | None:
        """The owner's job, or None if there is none of this id."""

    async def running(self, owner_id: int) -> tuple[Job, ...]:
        """The owner's jobs that have not ended, queued ones too, oldest first."""

    async def interrupt_all(self) -> tuple[Job, ...]:
        """Interrupts, at a start, the jobs that a dead process left behind and no update that will be handled
        again asks for. Returns these and the jobs interrupted at earlier starts whose users are not told
        yet; oldest first."""

    async def set_told(self, job_id: int) -> None:
        """Notes that the user was told of the interruption: `interrupt_all` no longer returns the
        job."""

    async def prune(self, kept_s: float) -> None:
        """Forgets the jobs that ended so many seconds ago, or longer, and whose users know."""
