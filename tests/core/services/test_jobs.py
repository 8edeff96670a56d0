"""The runner of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.entities import Job, JobKind, JobState
from core.errors import AlreadyRunning, JobCancelled, JobInterrupted, TooFewPhotos
from core.services.jobs import JobRunner
from storage import Storage

CHAT = 10


class Endless:
    """Work that begins, and ends when it is cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = False
        self.job: Job | None = None

    async def __call__(self, job: Job) -> None:
        self.job = job
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled = True


async def begin(
    runner: JobRunner, owner_id: int = 1, kind: JobKind = JobKind.FIT
) -> tuple[asyncio.Task[None], Endless]:
    work = Endless()
    running = asyncio.create_task(runner.run(owner_id, kind, CHAT, work))
    await work.begun.wait()
    return running, work


async def recorded(storage: Storage, job: Job | None) -> tuple[JobState, str | None]:
    assert job is not None
    kept = await storage.jobs.get(job.owner_id, job.id)
    assert kept is not None
    return kept.state, kept.error


async def test_the_result_is_returned_and_the_job_is_done(
    runner: JobRunner, storage: Storage
) -> None:
    jobs: list[Job] = []

    async def work(job: Job) -> str:
        assert await recorded(storage, job) == (JobState.RUNNING, None)
        jobs.append(job)
        return "fruit"

    assert await runner.run(1, JobKind.FIT, CHAT, work) == "fruit"
    assert (jobs[0].owner_id, jobs[0].kind, jobs[0].chat_id) == (1, JobKind.FIT, CHAT)
    assert await recorded(storage, jobs[0]) == (JobState.DONE, None)


async def test_an_owner_has_one_job_of_a_kind(runner: JobRunner) -> None:
    running, _ = await begin(runner)
    with pytest.raises(AlreadyRunning) as caught:
        await runner.run(1, JobKind.FIT, CHAT, Endless())
    assert caught.value.kind == JobKind.FIT
    assert not running.done()
    await runner.close()


async def test_other_kinds_and_other_owners_run_beside_it(runner: JobRunner) -> None:
    await begin(runner, 1, JobKind.FIT)
    await begin(runner, 1, JobKind.UPLOAD)
    await begin(runner, 2, JobKind.FIT)
    await runner.close()


async def test_after_one_has_ended_the_next_may_run(runner: JobRunner) -> None:
    async def work(job: Job) -> int:
        return job.id

    first = await runner.run(1, JobKind.FIT, CHAT, work)
    assert await runner.run(1, JobKind.FIT, CHAT, work) > first


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooFewPhotos(labels="kiwi (1)", needed=5), "too_few_photos"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
    ids=["ours", "unknown"],
)
async def test_a_failure_is_raised_and_recorded_by_its_code(
    error: Exception, code: str, runner: JobRunner, storage: Storage
) -> None:
    jobs: list[Job] = []

    async def work(job: Job) -> None:
        jobs.append(job)
        raise error

    with pytest.raises(type(error)) as caught:
        await runner.run(1, JobKind.FIT, CHAT, work)
    assert caught.value is error
    assert await recorded(storage, jobs[0]) == (JobState.FAILED, code)
    assert await storage.jobs.running(1) == ()


async def test_a_cancelled_job_has_ended_when_cancel_returns(
    runner: JobRunner, storage: Storage
) -> None:
    running, work = await begin(runner)
    assert await runner.cancel(1) == 1
    assert work.cancelled
    with pytest.raises(JobCancelled):
        await running
    assert await recorded(storage, work.job) == (JobState.CANCELLED, None)


async def test_only_the_kind_and_the_owner_that_were_named_are_cancelled(
    runner: JobRunner,
) -> None:
    fit, _ = await begin(runner, 1, JobKind.FIT)
    upload, _ = await begin(runner, 1, JobKind.UPLOAD)
    other, _ = await begin(runner, 2, JobKind.FIT)
    assert await runner.cancel(1, JobKind.FIT) == 1
    with pytest.raises(JobCancelled):
        await fit
    assert not upload.done()
    assert not other.done()
    await runner.close()


async def test_all_kinds_are_cancelled_where_none_is_named(runner: JobRunner) -> None:
    await begin(runner, 1, JobKind.FIT)
    await begin(runner, 1, JobKind.UPLOAD)
    assert await runner.cancel(1) == 2
    assert await runner.cancel(1) == 0


async def test_a_cancelled_owner_may_start_again(runner: JobRunner) -> None:
    running, _ = await begin(runner)
    await runner.cancel(1)
    with pytest.raises(JobCancelled):
        await running
    await begin(runner)
    await runner.close()


@pytest.mark.parametrize("end", [lambda runner: runner.cancel(1), JobRunner.close])
async def test_what_is_being_kept_is_returned_whoever_cancels(
    end: Callable[[JobRunner], Awaitable[int | None]], runner: JobRunner, storage: Storage
) -> None:
    keeping, may_end = asyncio.Event(), asyncio.Event()
    jobs: list[Job] = []

    async def keep(job: Job) -> str:
        jobs.append(job)
        runner.make_unstoppable(job)
        keeping.set()
        await may_end.wait()
        return "kept"

    running = asyncio.create_task(runner.run(1, JobKind.UPLOAD, CHAT, keep))
    await keeping.wait()
    ending = asyncio.create_task(end(runner))
    await asyncio.sleep(0)
    assert not ending.done()
    may_end.set()
    assert not await ending, "nothing was stopped"
    assert await running == "kept"
    assert await recorded(storage, jobs[0]) == (JobState.DONE, None)


async def test_closing_interrupts_all_that_runs(runner: JobRunner, storage: Storage) -> None:
    started = [await begin(runner, 1), await begin(runner, 2)]
    await runner.close()
    for running, work in started:
        with pytest.raises(JobInterrupted):
            await running
        assert work.cancelled
        assert await recorded(storage, work.job) == (JobState.INTERRUPTED, None)


async def test_after_closing_nothing_begins(runner: JobRunner, storage: Storage) -> None:
    await runner.close()
    work = Endless()
    with pytest.raises(JobInterrupted):
        await runner.run(1, JobKind.FIT, CHAT, work)
    assert not work.begun.is_set()
    assert await storage.jobs.running(1) == ()


async def test_a_cancelled_caller_interrupts_its_job(runner: JobRunner, storage: Storage) -> None:
    running, work = await begin(runner)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert work.cancelled
    assert await recorded(storage, work.job) == (JobState.INTERRUPTED, None)
