"""The queue of a lane: who is served when, and what closing it ends."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import (
    JobCancelled,
    ServiceBusy,
)
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks
from tests.core.lanes import Running, is_alive, open_lane

pytestmark = pytest.mark.usefixtures("fork_server")


async def test_tasks_are_served_in_the_order_of_their_calls(lane: Lane) -> None:
    served: list[int] = []

    async def call(number: int) -> None:
        served.append(await lane.run(tasks.echo, number, deadline_s=60))

    await asyncio.gather(*map(call, range(10)))
    assert served == list(range(10))


async def test_the_deadline_does_not_count_the_time_in_the_queue(lane: Lane) -> None:
    calls = (lane.run(tasks.sleep, 0.4, number, deadline_s=0.7) for number in range(3))
    assert await asyncio.gather(*calls) == [0, 1, 2]


async def test_a_full_queue_refuses_and_takes_calls_again_later() -> None:
    async with open_lane(max_waiting=1) as lane:
        calls = [asyncio.create_task(lane.run(tasks.echo, i, deadline_s=60)) for i in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert results[:2] == [0, 1]
        assert isinstance(results[2], ServiceBusy)
        assert await lane.run(tasks.echo, 3, deadline_s=60) == 3


async def test_a_call_cancelled_in_the_queue_leaves_it_at_once(lane: Lane) -> None:
    running = Running(lane, tasks.sleep, 60, 0)
    pid = await running.pid()
    waiting = asyncio.create_task(lane.run(tasks.count_calls, deadline_s=60))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert is_alive(pid)


async def test_closing_ends_what_runs_and_what_waits() -> None:
    async with open_lane() as lane:
        running = Running(lane, tasks.hold_the_gil)
        pid = await running.pid()
        waiting = [asyncio.create_task(lane.run(tasks.pid, deadline_s=60)) for _ in range(3)]
        await asyncio.sleep(0)
        await lane.close()
        ends = await asyncio.gather(running.call, *waiting, return_exceptions=True)
        assert [type(end) for end in ends] == [JobCancelled] * 4
        assert not is_alive(pid)
        with pytest.raises(JobCancelled):
            await lane.run(tasks.pid, deadline_s=60)


async def test_closing_ends_the_idle_processes() -> None:
    async with open_lane() as lane:
        pid = await lane.run(tasks.pid, deadline_s=60)
        assert is_alive(pid)
    assert not is_alive(pid)
