"""Lanes with real processes, and what the tests see of them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.jobs.workers import RECYCLED_AFTER_S, Lane
from tests.core import worker_tasks as tasks

GIB = 1 << 30
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux enforces it")


@asynccontextmanager
async def open_lane(
    processes: int = 1,
    warm: bool = True,
    memory_bytes: int = 2 * GIB,
    max_waiting: int = 100,
    preload: tuple[str, ...] = (tasks.__name__,),
    niceness: int = 0,
    recycled_after_s: float = RECYCLED_AFTER_S,
) -> AsyncIterator[Lane]:
    lane = Lane(
        "tests",
        processes=processes,
        memory_bytes=memory_bytes,
        warm=warm,
        preload=preload,
        max_waiting=max_waiting,
        niceness=niceness,
        recycled_after_s=recycled_after_s,
    )
    try:
        yield lane
    finally:
        await lane.close()


async def all_started(lane: Lane) -> None:
    """Waits for the processes that the lane starts ahead."""
    while lane._starting:
        await asyncio.wait(lane._starting)


class Running:
    """A task under way whose first message is the number of its process."""

    def __init__(self, lane: Lane, task: Callable[..., Any], *args: object, deadline_s: float = 60):
        self._pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.call = asyncio.create_task(
            lane.run(task, *args, deadline_s=deadline_s, on_message=self._pid.set_result)
        )
        self.call.add_done_callback(lambda call: call.cancelled() or call.exception())

    async def pid(self) -> int:
        await asyncio.wait([self._pid, self.call], return_when=asyncio.FIRST_COMPLETED)
        return self._pid.result()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# A busy machine is late by a second; a loop that waits for a worker, for as long as the worker takes.
RESPONSIVE_S = 3.0


@asynccontextmanager
async def measured_lag() -> AsyncIterator[list[float]]:
    """Gathers by how many seconds the event loop was late while the block ran."""
    lags: list[float] = []

    async def measure() -> None:
        while True:
            due = time.perf_counter() + 0.01
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - due)

    measuring = asyncio.create_task(measure())
    try:
        yield lags
    finally:
        measuring.cancel()
