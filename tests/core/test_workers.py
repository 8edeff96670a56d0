"""The workers, with real processes: tasks that end well."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks
from tests.core.lanes import RESPONSIVE_S, Running, all_started, is_alive, measured_lag, open_lane

pytestmark = pytest.mark.usefixtures("fork_server")


async def test_a_task_returns_its_result(lane: Lane) -> None:
    assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3


async def test_messages_arrive_in_order_and_before_the_result(lane: Lane) -> None:
    messages: list[int] = []
    await lane.run(tasks.count_up, 500, deadline_s=60, on_message=messages.append)
    assert messages == list(range(500))


async def test_a_flood_of_messages_leaves_the_event_loop_responsive(lane: Lane) -> None:
    received: list[int] = []
    async with measured_lag() as lags:
        await lane.run(tasks.count_up, 5_000, deadline_s=60, on_message=received.append)
    assert len(received) == 5_000
    assert max(lags) < RESPONSIVE_S


async def test_a_handler_of_messages_that_fails_is_logged_and_harms_nothing(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: int) -> None:
        raise ValueError(message)

    assert await lane.run(tasks.count_up, 3, deadline_s=60, on_message=fail) == 3
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ValueError] * 3


async def test_a_large_result_arrives_whole_beside_the_event_loop(lane: Lane) -> None:
    async with measured_lag() as lags:
        result = await lane.run(tasks.make_text, 20_000_000, deadline_s=60)
    assert len(result) == 20_000_000
    assert max(lags) < RESPONSIVE_S


async def test_large_arguments_and_results_do_not_wait_for_each_other(lane: Lane) -> None:
    value = os.urandom(5_000_000)
    assert await lane.run(tasks.echo_bytes, value, deadline_s=60) == value


async def test_a_warm_process_stays_for_the_next_task(lane: Lane) -> None:
    assert [await lane.run(tasks.count_calls, deadline_s=60) for _ in range(3)] == [1, 2, 3]


async def test_a_started_lane_has_a_process_waiting_for_each_task() -> None:
    async with open_lane(warm=False) as lane:
        await lane.start()
        first = await lane.run(tasks.pid, deadline_s=60)
        await all_started(lane)
        (waiting,) = lane._idle
        second = await lane.run(tasks.pid, deadline_s=60)
        assert second == waiting._process.pid != first


async def test_a_task_takes_the_process_that_is_just_starting() -> None:
    async with open_lane(warm=False, processes=2) as lane:
        await lane.start()
        pids = [await lane.run(tasks.pid, deadline_s=60) for _ in range(6)]
        assert len(set(pids)) == 6
        await all_started(lane)
        assert len(lane._idle) == 2


async def test_waiting_processes_that_were_killed_are_replaced_one_for_one() -> None:
    async with open_lane(warm=False, processes=2) as lane:
        await lane.start()
        for waiting in lane._idle:
            waiting._process.kill()
            waiting._process.join()
        assert await lane.run(tasks.add, 1, 2, deadline_s=60) == 3
        await all_started(lane)
        assert len(lane._idle) == 2


async def test_a_lane_that_was_not_started_starts_nothing_ahead() -> None:
    async with open_lane(warm=False) as lane:
        await lane.run(tasks.pid, deadline_s=60)
        assert not lane._starting
        assert not lane._idle


async def test_a_cold_lane_gives_each_task_a_fresh_process() -> None:
    async with open_lane(warm=False) as lane:
        await lane.start()
        pids = [await lane.run(tasks.pid, deadline_s=60) for _ in range(3)]
    assert len(set(pids)) == 3
    assert not any(map(is_alive, pids))


async def test_a_lane_that_was_started_serves_side_by_side() -> None:
    async with open_lane(processes=2) as lane:
        await lane.start()
        first, second = Running(lane, tasks.sleep, 60, 0), Running(lane, tasks.sleep, 60, 0)
        assert await first.pid() != await second.pid()


async def test_a_nice_lane_alone_runs_at_lower_priority() -> None:
    before = os.nice(0)
    async with open_lane(niceness=5) as nice, open_lane() as other:
        assert await nice.run(tasks.niceness, deadline_s=60) == before + 5
        assert await other.run(tasks.niceness, deadline_s=60) == before


_ONE_THREAD = """
import asyncio
from core.jobs.workers import RECYCLED_AFTER_S, Lane
from tests.core import worker_tasks as tasks

async def main():
    lane = Lane("t", processes=1, memory_bytes=2**32, warm=True, preload=["tests.core.worker_tasks"])
    print(await lane.run(tasks.environment, "OPENBLAS_NUM_THREADS", deadline_s=60))
    await lane.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_processes_use_one_thread_for_linear_algebra() -> None:
    """In an interpreter of its own: here another test may have started the fork server before."""
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", _ONE_THREAD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
