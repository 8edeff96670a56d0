"""Jobs at the end of a process, and in the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.entities import Job, JobKind, JobState
from core.errors import (
    JobCancelled,
    JobInterrupted,
    JobParked,
)
from core.ports import Origin, StoragePorts, origin
from core.services.jobs import JobRunner
from tests.core.services.job_steps import Task, begin, recorded, refuse_to_work, submit
from tests.core.services.steps import CHAT, OWNER, STRANGER, is_empty

# Closing -----------------------------------------------------------------------------------------


async def test_closing_interrupts_all_that_runs(
    runner: JobRunner, storage: StoragePorts, home: Path
) -> None:
    started = [await begin(runner, storage, owner_id) for owner_id in (OWNER, STRANGER)]
    await runner.close()
    assert is_empty(home / "scratch")
    for running in started:
        with pytest.raises(JobInterrupted):
            await running.result()
        assert await recorded(storage, running) == (JobState.INTERRUPTED, None)


async def test_after_closing_nothing_begins(runner: JobRunner, storage: StoragePorts) -> None:
    await runner.close()
    store = Task(storage.jobs).store
    running = await runner.submit(OWNER, JobKind.FIT, CHAT, refuse_to_work, store)
    with pytest.raises(JobInterrupted):
        await running.result()
    assert await recorded(storage, running) == (JobState.INTERRUPTED, None)
    assert await storage.jobs.running(OWNER) == ()


@pytest.mark.parametrize("steps", range(1, 6))
async def test_closing_waits_for_what_is_being_submitted(
    steps: int, runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    submitting = asyncio.create_task(submit(runner, task))
    for _ in range(steps):
        await asyncio.sleep(0)
    await runner.close()
    assert await storage.jobs.running(OWNER) == ()
    with pytest.raises(JobInterrupted):
        await (await submitting).result()


async def test_a_job_that_its_user_cancelled_stays_cancelled_though_the_service_closes(
    runner: JobRunner, storage: StoragePorts
) -> None:
    running = await begin(runner, storage)
    cancelling = asyncio.create_task(runner.cancel(OWNER))
    await asyncio.sleep(0)
    await runner.close()
    assert await cancelling == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await recorded(storage, running) == (JobState.CANCELLED, None)


# After a restart ---------------------------------------------------------------------------------

UPDATE = 5


@pytest.fixture
async def asked(storage: StoragePorts) -> AsyncIterator[None]:
    """All is done for an update."""
    await storage.updates.receive({UPDATE: "{}"})  # type: ignore[attr-defined]
    origin.set(Origin(UPDATE))
    yield
    origin.set(None)


async def recall(job: Job) -> str:
    return f"recalled {job.result}"


async def test_a_job_that_was_done_before_a_crash_is_not_done_again(
    runner: JobRunner, storage: StoragePorts, task: Task, asked: None
) -> None:
    assert await runner.again(recall) is None
    job = (await submit(runner, task)).job
    await storage.jobs.end(job.id, JobState.DONE, result=7)
    await runner.close()
    origin.set(Origin(UPDATE, is_replay=True))
    after = await JobRunner(storage.jobs, storage.files).again(recall)
    assert after is not None
    assert await after.result() == "recalled 7"
    assert after.job.id == job.id


async def test_a_fit_that_two_processes_did_not_survive_is_interrupted(
    storage: StoragePorts, task: Task, asked: None
) -> None:
    jobs_ = []
    for attempt in range(2):
        origin.set(Origin(UPDATE, is_replay=attempt > 0))
        runner = JobRunner(storage.jobs, storage.files)
        assert await runner.again(recall) is None
        jobs_.append((await submit(runner, task)).job.id)
        await task.working.wait()
        task.working.clear()
    assert jobs_[0] == jobs_[1]
    origin.set(Origin(UPDATE, is_replay=True))
    ended = await JobRunner(storage.jobs, storage.files).again(recall)
    assert ended is not None
    with pytest.raises(JobInterrupted):
        await ended.result()
    assert await recorded(storage, ended) == (JobState.INTERRUPTED, None)


async def test_a_job_that_will_be_asked_for_again_is_parked_at_a_stop(
    storage: StoragePorts, task: Task, asked: None
) -> None:
    for attempt in range(4):
        origin.set(Origin(UPDATE, is_replay=attempt > 0))
        runner = JobRunner(storage.jobs, storage.files)
        assert await runner.again(recall) is None
        running = await submit(runner, task)
        await task.working.wait()
        task.working.clear()
        await runner.close()
        with pytest.raises(JobParked):
            await running.result()
        assert await recorded(storage, running) == (JobState.QUEUED, None)
