"""Tasks in C code on a cluster, cancelled or past their deadline, 20 times each: how long until they are dead,
until the caller knows, and until the next one has run; then nodes killed during a task."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import TimeLimitExceeded
from core.jobs.runner import Call, LaneName
from tests.core import worker_tasks
from tests.ray_nodes import (
    TASKS_OF_TESTS,
    add_node,
    cluster_runner,
    hosts,
    kill_node,
    living,
    raylet_of,
    running_cluster,
    tree,
)

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

TIMES = 20
DEAD_LIMIT_S = 0.25
NEXT_LIMIT_S = 0.5
AGAIN_LIMIT_S = 5.0
DEADLINE_S = 1.0


async def main() -> bool:
    with tempfile.TemporaryDirectory() as folder, running_cluster(Path(folder)) as cluster:
        holds = True
        runner = await cluster_runner(cluster, nodes=2, preload=TASKS_OF_TESTS)
        for name, task in (
            ("libsvm", worker_tasks.first_libsvm),
            ("GIL held", worker_tasks.first_gil_held),
        ):
            for end in (cancelled, past_its_deadline):
                measured = [await end(runner, Call(task, ())) for _ in range(TIMES)]
                dead, following = map(sorted, zip(*measured, strict=True))
                good = sum(seconds <= DEAD_LIMIT_S for seconds in dead)
                holds &= good == TIMES and following[-1] <= NEXT_LIMIT_S
                print(
                    f"{name}, {end.__name__}: dead within {DEAD_LIMIT_S} s {good} of {TIMES} (median "
                    f"{dead[TIMES // 2] * 1000:.0f} ms, most {dead[-1] * 1000:.0f}), next one after at most "
                    f"{following[-1] * 1000:.0f} ms"
                )
        for kill in (kill_node, kill_raylet):
            seconds = await again_after(runner, kill)
            holds &= seconds <= AGAIN_LIMIT_S
            print(f"{kill.__name__}: the task runs again after {seconds:.2f} s")
            await runner.close()
            add_node(cluster, Path(folder) / kill.__name__)
            runner = await cluster_runner(cluster, nodes=2, preload=TASKS_OF_TESTS)
        await runner.close()
        return holds


async def cancelled(runner: ClusterRunner, call: Call[Any, Any]) -> tuple[float, float]:
    """Seconds until the caller knows that the task is dead, and until the next one has run."""
    begun = asyncio.Queue[int]()
    running = asyncio.create_task(
        runner.run(LaneName.FITS, call, deadline_s=60, on_message=begun.put_nowait)
    )
    pid = await begun.get()
    since = time.monotonic()
    running.cancel()
    await asyncio.wait([running])
    return await _next_one(runner, since, pid)


async def past_its_deadline(runner: ClusterRunner, call: Call[Any, Any]) -> tuple[float, float]:
    """Seconds from the deadline until the caller knows that the task is dead, and until the next one has run."""
    begun: list[tuple[int, float]] = []
    try:
        await runner.run(
            LaneName.FITS,
            call,
            deadline_s=DEADLINE_S,
            on_message=lambda pid: begun.append((pid, time.monotonic())),
        )
    except TimeLimitExceeded:
        ((pid, said),) = begun
    return await _next_one(runner, said + DEADLINE_S, pid)


async def _next_one(runner: ClusterRunner, since: float, pid: int) -> tuple[float, float]:
    dead = time.monotonic() - since if not living({pid}) else float("inf")
    since = time.monotonic()
    await runner.run(LaneName.FITS, Call(worker_tasks.first_add, (1, 2)), deadline_s=10)
    return dead, time.monotonic() - since


async def again_after(runner: ClusterRunner, kill: Callable[[int], object]) -> float:
    """Seconds from the death of a task's node until the task has begun on the other one."""
    begun = asyncio.Queue[int]()
    running = asyncio.create_task(
        runner.run(
            LaneName.FITS,
            Call(worker_tasks.first_libsvm, ()),
            deadline_s=60,
            on_message=begun.put_nowait,
        )
    )
    pid = await begun.get()
    (host,) = (host for host in hosts(runner).values() if pid in tree(host))
    since = time.monotonic()
    kill(host)
    await begun.get()
    seconds = time.monotonic() - since
    running.cancel()
    await asyncio.wait([running])
    return seconds


def kill_raylet(host: int) -> None:
    os.kill(raylet_of(host), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(not asyncio.run(main()))
