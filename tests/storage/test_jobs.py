"""Jobs and the journal of updates."""

from __future__ import annotations

import asyncio

import pytest

from core.entities import Job, JobKind, JobState
from core.errors import AlreadyRunning
from storage import Storage


@pytest.fixture
async def job(storage: Storage) -> Job:
    await storage.users.get(1, "en")
    return await storage.jobs.create(1, JobKind.FIT, chat_id=10)


async def test_a_job_is_queued_runs_and_ends(storage: Storage, job: Job) -> None:
    assert (job.state, job.ended_at, job.error) == (JobState.QUEUED, None, None)

    await storage.jobs.start(job.id)
    (running,) = await storage.jobs.running(1)
    assert running.state is JobState.RUNNING

    await storage.jobs.end(job.id, JobState.FAILED, "time_limit_exceeded")
    ended = await storage.jobs.get(1, job.id)
    assert ended is not None
    assert (ended.state, ended.error) == (JobState.FAILED, "time_limit_exceeded")
    assert ended.ended_at is not None
    assert ended.ended_at >= job.created_at
    assert await storage.jobs.running(1) == ()


async def test_an_ended_job_stays_as_it_is(storage: Storage, job: Job) -> None:
    await storage.jobs.end(job.id, JobState.CANCELLED)
    ended = await storage.jobs.get(1, job.id)

    await storage.jobs.start(job.id)
    await storage.jobs.end(job.id, JobState.FAILED, "task_failed")

    assert await storage.jobs.get(1, job.id) == ended


@pytest.mark.parametrize("started", [False, True])
async def test_a_user_has_one_job_of_a_kind_at_a_time(
    storage: Storage, job: Job, started: bool
) -> None:
    if started:
        await storage.jobs.start(job.id)

    with pytest.raises(AlreadyRunning, match="Your fit still runs"):
        await storage.jobs.create(1, JobKind.FIT, chat_id=11)

    upload = await storage.jobs.create(1, JobKind.UPLOAD, chat_id=10)
    assert [running.id for running in await storage.jobs.running(1)] == [job.id, upload.id]


async def test_the_next_job_starts_when_one_has_ended(storage: Storage, job: Job) -> None:
    await storage.jobs.end(job.id, JobState.DONE)

    following = await storage.jobs.create(1, JobKind.FIT, chat_id=10)

    assert await storage.jobs.running(1) == (following,)


async def test_of_many_jobs_asked_for_at_once_one_is_made(storage: Storage) -> None:
    await storage.users.get(1, "en")

    results = await asyncio.gather(
        *(storage.jobs.create(1, JobKind.FIT, chat_id=10) for _ in range(10)),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["AlreadyRunning"] * 9 + ["Job"]
