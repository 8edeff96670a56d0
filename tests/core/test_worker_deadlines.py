"""Deadlines, cancellation and old age of the workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import TimeLimitExceeded
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks
from tests.core.lanes import Running, all_started, is_alive, open_lane

# `tests.faults.hog` measures it; a process that is left to itself never ends.
SOON_S = 10.0

pytestmark = pytest.mark.usefixtures("fork_server")


@pytest.mark.parametrize("task", tasks.ENDLESS)
async def test_a_task_is_dead_at_its_deadline(lane: Lane, task: Callable[..., Any]) -> None:
    running = Running(lane, task, deadline_s=0.3)
    pid = await running.pid()
    began = time.perf_counter()
    with pytest.raises(TimeLimitExceeded, match=r"0\.3 s"):
        await running.call
    assert not is_alive(pid)
    assert time.perf_counter() - began < 0.3 + SOON_S
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@pytest.mark.parametrize("task", tasks.ENDLESS)
async def test_a_cancelled_task_is_dead_when_its_call_ends(
    lane: Lane, task: Callable[..., Any]
) -> None:
    running = Running(lane, task)
    pid = await running.pid()
    began = time.perf_counter()
    running.call.cancel()
    await asyncio.sleep(0)
    running.call.cancel()  # impatience must not leave the process behind
    with pytest.raises(asyncio.CancelledError):
        await running.call
    assert not is_alive(pid)
    assert time.perf_counter() - began < SOON_S
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_call_cancelled_while_its_process_starts_leaves_a_lane_that_serves(
    lane: Lane,
) -> None:
    starting = asyncio.create_task(lane.run(tasks.pid, deadline_s=60))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_fit_inside_libsvm_is_dead_at_its_deadline_and_when_cancelled() -> None:
    async with open_lane(preload=("sklearn.svm", tasks.__name__)) as lane:
        late = Running(lane, tasks.fit_libsvm, deadline_s=0.5)
        pid = await late.pid()
        began = time.perf_counter()
        with pytest.raises(TimeLimitExceeded):
            await late.call
        assert not is_alive(pid)
        assert time.perf_counter() - began < 0.5 + SOON_S

        unwanted = Running(lane, tasks.fit_libsvm)
        pid = await unwanted.pid()
        unwanted.call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await unwanted.call
        assert not is_alive(pid)


async def test_a_process_that_is_idle_for_long_makes_room_for_a_fresh_one() -> None:
    async with open_lane(recycled_after_s=0.01) as lane:
        await lane.start()
        served = await lane.run(tasks.pid, deadline_s=60)
        async with asyncio.timeout(60):
            while is_alive(served):  # noqa: ASYNC110 (another process's end has no event here)
                await asyncio.sleep(0.01)
        await all_started(lane)
        assert await lane.run(tasks.pid, deadline_s=60) != served


async def test_the_load_is_what_runs_and_what_waits() -> None:
    async with open_lane() as lane:
        assert lane.load == (0, 0)
        first, second = (Running(lane, tasks.sleep, 60.0, 1) for _ in range(2))
        await asyncio.sleep(0)
        assert lane.load == (1, 1)
        for running in (first, second):
            running.call.cancel()
        await asyncio.wait([first.call, second.call])
        assert lane.load == (0, 0)
