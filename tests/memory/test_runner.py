"""The contract of the runner of tasks, in threads and in processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import (
    JobCancelled,
    ResultUnreadable,
    TaskFailed,
    TimeLimitExceeded,
    TooFewClasses,
)
from core.jobs.local import LocalRunner
from core.jobs.runner import LaneName, Runner, bind
from tests.memory import tasks
from tests.memory.runner import ThreadRunner

LANE = LaneName.READS
LONG_S = 60.0


@pytest.fixture(params=["memory", "real"])
async def runner(request: pytest.FixtureRequest) -> AsyncIterator[ThreadRunner | LocalRunner]:
    runner = ThreadRunner() if request.param == "memory" else LocalRunner(quick_processes=1)
    yield runner
    await runner.close()


async def test_messages_come_in_order_before_the_result(runner: Runner) -> None:
    heard: list[object] = []
    call = bind(tasks.count_up, 100)
    assert await runner.run(LANE, call, deadline_s=LONG_S, on_message=heard.append) == 100
    assert heard == list(range(100))


async def test_an_error_of_ours_comes_as_it_is_and_any_other_as_a_failed_task(
    runner: Runner,
) -> None:
    with pytest.raises(TooFewClasses):
        await runner.run(LANE, bind(tasks.refuse), deadline_s=LONG_S)
    with pytest.raises(TaskFailed, match="by nought") as caught:
        await runner.run(LANE, bind(tasks.fail), deadline_s=LONG_S)
    assert "tasks.py" in caught.value.traceback


async def test_a_result_that_cannot_be_carried_is_an_error(runner: Runner) -> None:
    with pytest.raises(ResultUnreadable):
        await runner.run(LANE, bind(tasks.return_what_cannot_be_carried), deadline_s=LONG_S)


async def test_a_task_past_its_deadline_is_ended(runner: Runner, tmp_path: Path) -> None:
    call = bind(tasks.report_for_ever, tmp_path / "begun")
    with pytest.raises(TimeLimitExceeded) as caught:
        await runner.run(LANE, call, deadline_s=1.0)
    assert caught.value.limit_s == 1.0
    assert await runner.run(LANE, bind(tasks.count_up, 1), deadline_s=LONG_S) == 1


async def test_a_cancelled_task_is_ended(runner: Runner, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    running = asyncio.create_task(
        runner.run(LANE, bind(tasks.report_for_ever, begun), deadline_s=LONG_S)
    )
    async with asyncio.timeout(60):
        while not begun.exists():  # noqa: ASYNC110 (a file has no event to wait for)
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await runner.run(LANE, bind(tasks.count_up, 1), deadline_s=LONG_S) == 1


async def test_a_closed_runner_takes_nothing(runner: ThreadRunner | LocalRunner) -> None:
    await runner.close()
    with pytest.raises(JobCancelled):
        await runner.run(LANE, bind(tasks.count_up, 1), deadline_s=LONG_S)
