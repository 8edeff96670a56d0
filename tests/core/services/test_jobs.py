"""The runner of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.entities import Job, JobKind, JobState, Progress
from core.errors import (
    AlreadyRunning,
    JobCancelled,
    JobInterrupted,
    TooFewPhotos,
)
from core.ports import Jobs, OnProgress, StoragePorts
from core.services import jobs
from core.services.jobs import JobRunner
from tests.core.services.job_steps import Task, begin, recorded, refuse_to_work, submit
from tests.core.services.steps import CHAT, OWNER, STRANGER, is_empty

# Beginning and end -------------------------------------------------------------------------------


async def test_a_job_is_on_record_before_submit_returns(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    running = await submit(runner, task)
    job = running.job
    assert [kept.id for kept in await storage.jobs.running(OWNER)] == [job.id]
    assert (job.owner_id, job.kind, job.chat_id) == (OWNER, JobKind.FIT, CHAT)
    assert job.state is JobState.QUEUED


async def test_the_result_is_what_was_stored_and_the_job_is_done(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    running = await submit(runner, task)
    await task.working.wait()
    assert await recorded(storage, running) == (JobState.RUNNING, None)
    task.may_work.set()
    task.may_store.set()
    assert await running.result() == "stored fruit"
    assert await running.result() == "stored fruit", "as often as it is asked for"
    assert await recorded(storage, running) == (JobState.DONE, None)


async def test_progress_can_be_read_meanwhile(runner: JobRunner, task: Task) -> None:
    running = await submit(runner, task)
    assert running.progress == Progress("start")
    await task.working.wait()
    task.on_progress(Progress("read", 3, 7))
    assert running.progress == Progress("read", 3, 7)


async def test_an_owner_has_one_job_of_a_kind(runner: JobRunner, storage: StoragePorts) -> None:
    running = await begin(runner, storage)
    with pytest.raises(AlreadyRunning) as caught:
        await runner.submit(OWNER, JobKind.FIT, CHAT, refuse_to_work, Task(storage.jobs).store)
    assert caught.value.kind == JobKind.FIT
    assert await recorded(storage, running) == (JobState.RUNNING, None)


async def test_jobs_in_line_run_one_after_the_other(
    runner: JobRunner, storage: StoragePorts
) -> None:
    tasks = [Task(storage.jobs) for _ in range(3)]
    for task in tasks:
        task.may_store.set()
    running = [
        await runner.submit(OWNER, JobKind.UPLOAD, CHAT, task.work, task.store, in_line=True)
        for task in tasks
    ]
    for position, task in enumerate(tasks):
        await task.working.wait()
        later = running[position + 1 :]
        places = [one.progress for one in later]
        assert places == [Progress("line", 0, n) for n in range(1, len(later) + 1)]
        assert not any(one.working.is_set() for one in tasks[position + 1 :])
        task.may_work.set()
        assert await running[position].result() == "stored fruit"
    assert not runner.is_busy(OWNER, JobKind.UPLOAD)


async def test_a_job_in_line_begins_though_the_one_before_it_failed(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    async def fail(folder: Path, on_progress: OnProgress) -> str:
        raise TooFewPhotos(labels="apple (1)", needed=2)

    task.may_work.set()
    task.may_store.set()
    first = await runner.submit(OWNER, JobKind.UPLOAD, CHAT, fail, task.store, in_line=True)
    second = await runner.submit(OWNER, JobKind.UPLOAD, CHAT, task.work, task.store, in_line=True)
    with pytest.raises(TooFewPhotos):
        await first.result()
    assert await second.result() == "stored fruit"


@pytest.mark.parametrize("end", [JobState.CANCELLED, JobState.INTERRUPTED])
async def test_those_in_line_end_with_the_one_that_runs(
    runner: JobRunner, storage: StoragePorts, task: Task, end: JobState
) -> None:
    running = [
        await runner.submit(OWNER, JobKind.UPLOAD, CHAT, work, task.store, in_line=True)
        for work in (task.work, refuse_to_work, refuse_to_work)
    ]
    await task.working.wait()
    if end is JobState.CANCELLED:
        assert await runner.cancel(OWNER) == 3
    else:
        await runner.close()
    for one in running:
        with pytest.raises((JobCancelled, JobInterrupted)):
            await one.result()
        assert await recorded(storage, one) == (end, None)


async def test_other_kinds_and_other_owners_run_beside_it(
    runner: JobRunner, storage: StoragePorts
) -> None:
    await begin(runner, storage, OWNER, JobKind.FIT)
    await begin(runner, storage, OWNER, JobKind.UPLOAD)
    await begin(runner, storage, STRANGER, JobKind.FIT)
    assert len(await storage.jobs.running(OWNER)) == 2


async def test_the_next_may_begin_while_the_one_before_it_clears_up(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    """A job is done on record before its `store` has returned: the two must not be mixed up."""
    is_done, may_return = asyncio.Event(), asyncio.Event()

    async def store(job: Job, result: str) -> str:
        await storage.jobs.end(job.id, JobState.DONE)
        is_done.set()
        await may_return.wait()
        return result

    task.may_work.set()
    first = await runner.submit(OWNER, JobKind.FIT, CHAT, task.work, store)
    await is_done.wait()
    second = await begin(runner, storage)
    may_return.set()
    assert await first.result() == "fruit"
    assert await runner.cancel(OWNER) == 1
    with pytest.raises(JobCancelled):
        await second.result()
    assert await recorded(storage, second) == (JobState.CANCELLED, None)


# Failures ----------------------------------------------------------------------------------------

FAILURES = pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooFewPhotos(labels="kiwi (1)", needed=5), "too_few_photos"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
    ids=["ours", "unknown"],
)


@FAILURES
async def test_a_failure_of_the_work_is_raised_and_recorded_by_its_code(
    error: Exception, code: str, runner: JobRunner, storage: StoragePorts, task: Task, home: Path
) -> None:
    async def work(folder: Path, on_progress: OnProgress) -> str:
        raise error

    running = await runner.submit(OWNER, JobKind.FIT, CHAT, work, task.store)
    with pytest.raises(type(error)) as caught:
        await running.result()
    assert caught.value is error
    assert not task.storing.is_set()
    assert await recorded(storage, running) == (JobState.FAILED, code)
    assert await storage.jobs.running(OWNER) == ()
    assert is_empty(home / "scratch")


@FAILURES
async def test_a_failure_of_the_store_is_raised_and_recorded_by_its_code(
    error: Exception, code: str, runner: JobRunner, storage: StoragePorts, task: Task, home: Path
) -> None:
    async def store(job: Job, result: str) -> str:
        raise error

    task.may_work.set()
    running = await runner.submit(OWNER, JobKind.FIT, CHAT, task.work, store)
    with pytest.raises(type(error)):
        await running.result()
    assert await recorded(storage, running) == (JobState.FAILED, code)
    assert is_empty(home / "scratch")


async def test_a_failure_that_nobody_asks_for_is_on_record_and_no_complaint(
    runner: JobRunner, storage: StoragePorts, task: Task, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(folder: Path, on_progress: OnProgress) -> str:
        raise ZeroDivisionError

    running = await runner.submit(OWNER, JobKind.FIT, CHAT, work, task.store)
    async with asyncio.timeout(30):
        while await storage.jobs.running(OWNER):  # noqa: ASYNC110 (what nobody awaits is the point)
            await asyncio.sleep(0.01)
    assert await recorded(storage, running) == (JobState.FAILED, "ZeroDivisionError")
    await runner.close()
    del running
    assert caplog.text == ""


class FailingJobs:
    """Jobs whose ends can't be written, for so many times."""

    def __init__(self, real: Jobs, failures: int) -> None:
        self._real = real
        self._failures = failures
        self.create, self.start = real.create, real.start

    async def end(self, job_id: int, state: JobState, error: str | None = None) -> None:
        if self._failures:
            self._failures -= 1
            raise OSError("the disk is full")
        await self._real.end(job_id, state, error)


async def test_an_end_that_cannot_be_recorded_is_tried_again(
    storage: StoragePorts, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner could begin no other job until a restart."""
    monkeypatch.setattr(jobs, "RETRY_AFTER_S", (0.01, 0.01))
    runner = JobRunner(FailingJobs(storage.jobs, failures=2), storage.files)  # type: ignore[arg-type]
    running = await submit(runner, task)
    await runner.cancel(OWNER)
    with pytest.raises(JobCancelled):
        await running.result()
    assert await recorded(storage, running) == (JobState.CANCELLED, None)


async def test_closing_does_not_wait_for_a_storage_that_fails_for_long(
    storage: StoragePorts, task: Task
) -> None:
    runner = JobRunner(FailingJobs(storage.jobs, failures=10), storage.files)  # type: ignore[arg-type]
    running = await submit(runner, task)
    cancelling = asyncio.create_task(runner.cancel(OWNER))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):  # the pauses alone are 31 s
        await runner.close()
    assert await cancelling == 1
    with pytest.raises(JobCancelled):
        await running.result()
    (interrupted,) = await storage.jobs.interrupt_all()
    assert interrupted.id == running.job.id, "the next start tells its user"


# Cancelling --------------------------------------------------------------------------------------


async def test_a_job_that_is_cancelled_at_work_has_ended_when_cancel_returns(
    runner: JobRunner, storage: StoragePorts, task: Task, home: Path
) -> None:
    running = await submit(runner, task)
    await task.working.wait()
    assert task.folder.is_dir()
    assert await runner.cancel(OWNER) == 1
    assert await recorded(storage, running) == (JobState.CANCELLED, None)
    assert is_empty(home / "scratch")
    with pytest.raises(JobCancelled):
        await running.result()
    assert not task.storing.is_set()


async def test_a_queued_job_is_cancelled_before_it_begins(
    storage: StoragePorts, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(job_id: int) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(storage.jobs, "start", never)
    runner = JobRunner(storage.jobs, storage.files)
    store = Task(storage.jobs).store
    running = await runner.submit(OWNER, JobKind.FIT, CHAT, refuse_to_work, store)
    assert await recorded(storage, running) == (JobState.QUEUED, None)
    assert await runner.cancel(OWNER) == 1
    with pytest.raises(JobCancelled):
        await running.result()
    assert await recorded(storage, running) == (JobState.CANCELLED, None)
    assert is_empty(home / "scratch")


async def test_a_job_that_has_failed_is_not_cancelled_while_it_clears_up(
    runner: JobRunner, storage: StoragePorts, task: Task, home: Path
) -> None:
    has_failed = asyncio.Event()

    async def work(folder: Path, on_progress: OnProgress) -> str:
        await asyncio.to_thread((folder / "half").write_bytes, b"work")
        has_failed.set()
        raise ZeroDivisionError

    running = await runner.submit(OWNER, JobKind.FIT, CHAT, work, task.store)
    await has_failed.wait()
    assert await runner.cancel(OWNER) == 0
    assert await recorded(storage, running) == (JobState.FAILED, "ZeroDivisionError")
    assert is_empty(home / "scratch")


async def test_only_the_kind_and_the_owner_that_were_named_are_cancelled(
    runner: JobRunner, storage: StoragePorts
) -> None:
    fit = await begin(runner, storage, OWNER, JobKind.FIT)
    upload = await begin(runner, storage, OWNER, JobKind.UPLOAD)
    other = await begin(runner, storage, STRANGER, JobKind.FIT)
    assert await runner.cancel(OWNER, JobKind.FIT) == 1
    with pytest.raises(JobCancelled):
        await fit.result()
    for running in (upload, other):
        assert await recorded(storage, running) == (JobState.RUNNING, None)


async def test_all_kinds_are_cancelled_where_none_is_named(
    runner: JobRunner, storage: StoragePorts
) -> None:
    await begin(runner, storage, OWNER, JobKind.FIT)
    await begin(runner, storage, OWNER, JobKind.UPLOAD)
    assert await runner.cancel(OWNER) == 2
    assert await runner.cancel(OWNER) == 0


async def test_a_second_cancellation_does_not_interrupt_the_clearing_up(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    clearing_up, may_end = asyncio.Event(), asyncio.Event()
    ended: list[bool] = []

    async def work(folder: Path, on_progress: OnProgress) -> str:
        task.working.set()
        try:
            await asyncio.Event().wait()
        finally:
            clearing_up.set()
            await may_end.wait()
            ended.append(True)
        return ""

    await runner.submit(OWNER, JobKind.FIT, CHAT, work, task.store)
    await task.working.wait()
    first = asyncio.create_task(runner.cancel(OWNER))
    await clearing_up.wait()
    second = asyncio.create_task(runner.cancel(OWNER))
    closing = asyncio.create_task(runner.close())
    await asyncio.sleep(0)
    may_end.set()
    assert await first == await second == 1
    await closing
    assert ended == [True]


async def test_a_cancelled_owner_may_start_again(runner: JobRunner, storage: StoragePorts) -> None:
    running = await begin(runner, storage)
    await runner.cancel(OWNER)
    with pytest.raises(JobCancelled):
        await running.result()
    await begin(runner, storage)


@pytest.mark.parametrize(
    "end", [lambda runner: runner.cancel(OWNER), JobRunner.close], ids=["cancel", "close"]
)
async def test_a_result_that_is_being_stored_is_kept_whoever_cancels(
    end: Callable[[JobRunner], Awaitable[int | None]],
    runner: JobRunner,
    storage: StoragePorts,
    task: Task,
    home: Path,
) -> None:
    task.may_work.set()
    running = await submit(runner, task)
    await task.storing.wait()
    ending = asyncio.create_task(end(runner))
    await asyncio.sleep(0)
    assert not ending.done()
    task.may_store.set()
    assert not await ending, "nothing was stopped"
    assert await running.result() == "stored fruit"
    assert await recorded(storage, running) == (JobState.DONE, None)
    assert is_empty(home / "scratch")


@pytest.mark.parametrize("steps", range(12))
async def test_a_job_cancelled_at_any_step_is_cancelled_or_done(
    steps: int, runner: JobRunner, storage: StoragePorts, task: Task, home: Path
) -> None:
    task.may_work.set()
    task.may_store.set()
    running = await submit(runner, task)
    for _ in range(steps):
        await asyncio.sleep(0)
    stopped = await runner.cancel(OWNER)
    state = JobState.CANCELLED if stopped else JobState.DONE
    assert await recorded(storage, running) == (state, None)
    assert task.storing.is_set() is (stopped == 0)
    assert is_empty(home / "scratch")


# Callers that are cancelled ----------------------------------------------------------------------


async def test_a_caller_of_the_result_who_is_cancelled_does_not_end_the_job(
    runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    running = await submit(runner, task)
    waiting = asyncio.create_task(running.result())
    await task.working.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await recorded(storage, running) == (JobState.RUNNING, None)
    task.may_work.set()
    task.may_store.set()
    assert await running.result() == "stored fruit"


@pytest.mark.parametrize("steps", range(8))
async def test_a_caller_of_submit_who_is_cancelled_blocks_nobody(
    steps: int, runner: JobRunner, storage: StoragePorts, task: Task
) -> None:
    """A job on record that never begins would be in the way until a restart."""
    submitting = asyncio.create_task(submit(runner, task))
    for _ in range(steps):
        await asyncio.sleep(0)
    submitting.cancel()
    await asyncio.wait([submitting])
    if not submitting.cancelled() or steps > 0:
        await task.working.wait()
        await runner.cancel(OWNER)
    assert await storage.jobs.running(OWNER) == ()
