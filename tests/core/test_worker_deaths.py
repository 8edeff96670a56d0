"""Errors and deaths in the workers cost their own task alone."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import (
    MemoryLimitExceeded,
    ResultUnreadable,
    TaskFailed,
    TooFewPhotos,
    WorkerCrashed,
)
from core.jobs.tasks import MODULES
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks
from tests.core.lanes import GIB, Running, on_linux, open_lane

pytestmark = pytest.mark.usefixtures("fork_server")


async def test_an_error_of_ours_arrives_as_itself(lane: Lane) -> None:
    with pytest.raises(TooFewPhotos) as caught:
        await lane.run(tasks.raise_too_few_photos, deadline_s=60)
    assert caught.value.facts == {"labels": "apple", "needed": 5}


async def test_any_other_error_arrives_with_its_traceback(lane: Lane) -> None:
    with pytest.raises(TaskFailed) as caught:
        await lane.run(tasks.divide_by_zero, deadline_s=60)
    assert caught.value.summary == "ZeroDivisionError: division by zero"
    assert "return 1 / 0" in caught.value.traceback


async def test_a_task_that_leaves_the_interpreter_has_failed(lane: Lane) -> None:
    with pytest.raises(TaskFailed, match="SystemExit: 3"):
        await lane.run(tasks.leave, deadline_s=60)


@pytest.mark.parametrize(
    "task",
    [tasks.return_unpicklable, tasks.return_hostile, tasks.report_hostile, tasks.raise_hostile],
)
async def test_what_does_not_travel_between_processes_is_named(
    lane: Lane, task: Callable[..., Any]
) -> None:
    with pytest.raises(ResultUnreadable):
        await lane.run(task, deadline_s=60)
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@pytest.mark.parametrize("argument", [lambda: None, tasks.Hostile()], ids=["pickle", "unpickle"])
async def test_arguments_that_do_not_travel_are_named(lane: Lane, argument: object) -> None:
    with pytest.raises(ResultUnreadable):
        await lane.run(tasks.echo, argument, deadline_s=60)
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


@on_linux
async def test_a_task_gets_no_more_memory_than_its_lane_allows() -> None:
    async with open_lane(memory_bytes=GIB) as lane:
        pid = await lane.run(tasks.pid, deadline_s=60)
        with pytest.raises(MemoryLimitExceeded):
            await lane.run(tasks.allocate, 2 * GIB, deadline_s=60)
        assert await lane.run(tasks.pid, deadline_s=60) != pid


async def test_the_kernel_ends_a_process_that_nobody_watches(lane: Lane) -> None:
    cores = os.cpu_count() or 1
    for _ in range(2):
        left_s = await lane.run(tasks.cpu_seconds_left, deadline_s=30)
        assert 30 <= left_s <= 30 * cores + 15


@pytest.mark.parametrize(
    ("task", "args", "exit_code"),
    [
        (tasks.segfault, (), -signal.SIGSEGV),
        (tasks.exit_hard, (7,), 7),
        (tasks.exit_hard, (0,), 0),
        (tasks.die_while_sending, (), -signal.SIGKILL),
    ],
)
async def test_a_crash_is_named_with_its_exit_code(
    lane: Lane, task: Callable[..., Any], args: tuple[Any, ...], exit_code: int
) -> None:
    with pytest.raises(WorkerCrashed) as caught:
        await lane.run(task, *args, deadline_s=60)
    assert caught.value.exit_code == exit_code
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_a_process_killed_while_busy_costs_its_own_task(lane: Lane) -> None:
    running = Running(lane, tasks.hold_the_gil)
    os.kill(await running.pid(), signal.SIGKILL)
    with pytest.raises(WorkerCrashed):
        await running.call
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_ctrl_c_is_not_for_the_processes(lane: Lane) -> None:
    running = Running(lane, tasks.sleep, 0.2, 1)
    pid = await running.pid()
    os.kill(pid, signal.SIGINT)
    assert await running.call == 1
    os.kill(pid, signal.SIGINT)
    assert await lane.run(tasks.pid, deadline_s=60) == pid


async def test_processes_killed_while_idle_cost_nothing() -> None:
    async with open_lane(processes=3) as lane:
        running = [Running(lane, tasks.sleep, 0.1, number) for number in range(3)]
        pids = [await each.pid() for each in running]
        await asyncio.gather(*(each.call for each in running))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        calls = (lane.run(tasks.echo, number, deadline_s=60) for number in range(6))
        assert await asyncio.gather(*calls) == list(range(6))


@on_linux
async def test_a_fork_server_that_is_killed_costs_nothing() -> None:
    # The next fork server is that of later tests too.
    async with open_lane(warm=False, preload=(*MODULES, tasks.__name__)) as lane:
        fork_server = await lane.run(tasks.parent_pid, deadline_s=60)
        running = Running(lane, tasks.sleep, 0.2, 1)
        await running.pid()
        os.kill(fork_server, signal.SIGKILL)
        assert await running.call == 1
        assert await lane.run(tasks.parent_pid, deadline_s=60) != fork_server


async def test_a_hundred_kills_at_random_moments_end_each_task_once() -> None:
    rng = random.Random(0)
    seen: set[int] = set()
    killed: set[int] = set()
    outcomes: list[int | WorkerCrashed] = []

    async def call_until(enough: asyncio.Event, lane: Lane) -> int:
        calls = 0
        while not enough.is_set():
            calls += 1
            duration_s = rng.uniform(0, 0.01)
            try:
                outcome = await lane.run(
                    tasks.sleep, duration_s, calls, deadline_s=60, on_message=seen.add
                )
                assert outcome == calls
                outcomes.append(outcome)
            except WorkerCrashed as crash:
                outcomes.append(crash)
            await asyncio.sleep(rng.uniform(0, 0.01))  # so that some processes are idle
        return calls

    async with open_lane(processes=4) as lane:
        enough = asyncio.Event()
        callers = [asyncio.create_task(call_until(enough, lane)) for _ in range(4)]
        while len(killed) < 100:
            await asyncio.sleep(rng.uniform(0, 0.02))
            if alive := sorted(seen - killed):
                victim = rng.choice(alive)
                os.kill(victim, signal.SIGKILL)
                killed.add(victim)
        enough.set()
        calls = sum(await asyncio.gather(*callers))
        assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3

    crashes = [outcome for outcome in outcomes if isinstance(outcome, WorkerCrashed)]
    assert len(outcomes) == calls
    assert 0 < len(crashes) < len(killed), "busy processes were hit, and idle ones"
    assert {crash.exit_code for crash in crashes} == {-signal.SIGKILL}
