"""A job that waits for what a test says, and steps that tests of jobs share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.entities import Job, JobKind, JobState
from core.ports import Jobs, OnProgress, StoragePorts
from core.services.jobs import JobRunner, RunningJob
from tests.core.services.steps import CHAT, OWNER


@dataclass
class Task:
    """Work and store of a job, which wait for what the test says.

    may_work, may_store : set where they do not wait.
    """

    jobs: Jobs
    may_work: asyncio.Event = field(default_factory=asyncio.Event)
    may_store: asyncio.Event = field(default_factory=asyncio.Event)
    working: asyncio.Event = field(default_factory=asyncio.Event)
    storing: asyncio.Event = field(default_factory=asyncio.Event)
    folder: Path = Path()
    on_progress: OnProgress = print

    async def work(self, folder: Path, on_progress: OnProgress) -> str:
        self.folder, self.on_progress = folder, on_progress
        await asyncio.to_thread((folder / "half").write_bytes, b"work")
        self.working.set()
        await self.may_work.wait()
        return "fruit"

    async def store(self, job: Job, result: str) -> str:
        self.storing.set()
        await self.may_store.wait()
        await self.jobs.end(job.id, JobState.DONE)
        return f"stored {result}"


async def submit(
    runner: JobRunner, task: Task, owner_id: int = OWNER, kind: JobKind = JobKind.FIT
) -> RunningJob[str]:
    return await runner.submit(owner_id, kind, CHAT, task.work, task.store)


async def begin(
    runner: JobRunner, storage: StoragePorts, owner_id: int = OWNER, kind: JobKind = JobKind.FIT
) -> RunningJob[str]:
    """A job that is at its work, which does not end."""
    task = Task(storage.jobs)
    running = await submit(runner, task, owner_id, kind)
    await task.working.wait()
    return running


async def recorded(storage: StoragePorts, running: RunningJob[str]) -> tuple[JobState, str | None]:
    kept = await storage.jobs.get(running.job.owner_id, running.job.id)
    assert kept is not None
    return kept.state, kept.error


async def refuse_to_work(folder: Path, on_progress: OnProgress) -> str:
    pytest.fail("it began")
