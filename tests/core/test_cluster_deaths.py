"""What becomes of work on a cluster when processes, nodes and the bot die."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.entities import FitOptions
from core.errors import MemoryLimitExceeded, TimeLimitExceeded
from core.jobs.compute import make_compute
from core.jobs.host import Setup
from core.jobs.runner import Call, LaneName
from tests.core import worker_tasks
from tests.core.learning import CLASSICAL, noise_files
from tests.ray_nodes import (
    add_node,
    hosts,
    kill_node,
    limit_silence,
    living,
    raylet_of,
    tree,
    wait_for_end,
)

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner
    from core.jobs.nodes import Node

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
DEAD_LIMIT_S = AGAIN_LIMIT_S = 5.0


class Begun:
    """Keeps the process of a task that says its number, and when it did."""

    def __init__(self) -> None:
        self.pids: list[int] = []
        self._event = asyncio.Event()

    def __call__(self, pid: int) -> None:
        self.pids.append(pid)
        self._event.set()

    async def pid(self) -> int:
        await self._event.wait()
        self._event.clear()
        return self.pids[-1]


def call(task: Callable[..., Any], *arguments: object) -> Call[Any, Any]:
    return Call(task, arguments)


def host_of(runner: ClusterRunner, pid: int) -> int:
    """The host of the node on which this process of a lane runs."""
    (host,) = (host for host in hosts(runner).values() if pid in tree(host))
    return host


@pytest.mark.parametrize("task", [worker_tasks.first_libsvm, worker_tasks.first_gil_held])
async def test_a_cancelled_task_is_dead_and_the_next_one_runs(
    clustered: ClusterRunner, task: Callable[..., Any]
) -> None:
    for _ in range(3):
        begun = Begun()
        running = asyncio.create_task(
            clustered.run(LaneName.FITS, call(task), deadline_s=60, on_message=begun)
        )
        pid = await begun.pid()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not living({pid})
        assert (
            await clustered.run(LaneName.FITS, call(worker_tasks.first_add, 1, 2), deadline_s=5)
            == 3
        )


async def test_a_task_is_dead_at_its_deadline(clustered: ClusterRunner) -> None:
    begun = Begun()
    with pytest.raises(TimeLimitExceeded) as caught:
        await clustered.run(
            LaneName.FITS, call(worker_tasks.first_libsvm), deadline_s=0.5, on_message=begun
        )
    assert caught.value.limit_s == 0.5
    assert not living(set(begun.pids))


async def test_a_flood_of_messages_arrives_in_order_and_can_be_cancelled(
    clustered: ClusterRunner,
) -> None:
    got: list[int] = []
    counted = call(worker_tasks.first_count, 2000)
    assert (
        await clustered.run(LaneName.READS, counted, deadline_s=60, on_message=got.append) == 2000
    )
    assert got == list(range(2000))
    begun = Begun()
    flood = call(worker_tasks.first_count, 10**9)
    running = asyncio.create_task(
        clustered.run(LaneName.READS, flood, deadline_s=60, on_message=begun)
    )
    await begun.pid()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("dies", ["node", "raylet"])
async def test_a_task_whose_node_dies_is_made_once_more(
    clustered: ClusterRunner, dies: str
) -> None:
    begun = Begun()
    running = asyncio.create_task(
        clustered.run(
            LaneName.FITS, call(worker_tasks.first_sleep, 1.0), deadline_s=60, on_message=begun
        )
    )
    pid = await begun.pid()
    host = host_of(clustered, pid)
    processes, killed_at = tree(host), time.monotonic()
    if dies == "node":
        kill_node(host)
    else:
        os.kill(raylet_of(host), signal.SIGKILL)
    second = await begun.pid()
    assert time.monotonic() - killed_at < AGAIN_LIMIT_S
    assert not living(processes)
    assert second not in processes
    assert await running == 1.0
    assert len(begun.pids) == 2


async def test_waiting_work_starts_on_a_node_that_joins(
    clustered: ClusterRunner, cluster: Any, tmp_path: Path
) -> None:
    begun, later = Begun(), Begun()
    busy = [
        asyncio.create_task(
            clustered.run(
                LaneName.FITS, call(worker_tasks.first_libsvm), deadline_s=90, on_message=b
            )
        )
        for b in (begun, begun, later)
    ]
    while len(begun.pids) < 2:
        await begun.pid()
    known = set(hosts(clustered).values())
    assert not later.pids
    assert clustered.loads()["fits"] == (2, 1)
    joined = add_node(cluster, tmp_path / "joins")
    assert host_of(clustered, await later.pid()) not in known
    for task in busy:
        task.cancel()
    await asyncio.wait(busy)
    cluster.remove_node(joined)


async def _answers_on(node: Node) -> None:
    while True:
        await node.actor.loads.remote()
        await asyncio.sleep(0.05)


async def test_a_node_that_takes_long_to_open_does_not_take_the_bot_for_dead(
    clustered: ClusterRunner,
) -> None:
    from ray.exceptions import RayError

    from core.jobs.nodes import Node

    slow = Node(next(iter(clustered.nodes)))
    await slow.actor.__ray_call__.remote(limit_silence)
    setup = Setup(1, ("tests.core.slow_to_import",), None, {}, None, 0o077)
    assert await slow.actor.open.remote(setup) == ()
    with pytest.raises(RayError):  # and then it does
        await _answers_on(slow)


async def test_a_memory_hog_is_ended_beside_a_fit_on_its_node(
    clustered: ClusterRunner, tmp_path: Path
) -> None:
    kill_node(next(iter(hosts(clustered).values())))
    async with asyncio.timeout(DEAD_LIMIT_S):
        while len(clustered.nodes) > 1:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.05)
    noise, begun = noise_files(tmp_path / "noise", classes=6, photos=160), asyncio.Event()
    fitting = asyncio.create_task(
        make_compute(clustered).training.fit(
            noise,
            CLASSICAL,
            FitOptions(budget_s=60, curve=True),
            ("x", 1),
            tmp_path / "model.onnx",
            lambda progress: begun.set(),
        )
    )
    await begun.wait()
    hog = call(worker_tasks.first_allocate, 8 * 1024**3)
    with pytest.raises(MemoryLimitExceeded):
        await clustered.run(LaneName.READS, hog, deadline_s=60)
    assert (await fitting).card.report.complete


BOT = """
import asyncio, sys
from core.jobs.cluster import ClusterRunner
from core.jobs.runner import Call, LaneName
from tests.core import worker_tasks
from tests.ray_nodes import TASKS_OF_TESTS, cluster_runner, hosts

class Cluster:
    address = sys.argv[1]

async def main():
    runner = await cluster_runner(Cluster, nodes=2, preload=TASKS_OF_TESTS)
    call, said = Call(worker_tasks.first_libsvm, ()), lambda pid: print("begun", flush=True)
    fits = [runner.run(LaneName.FITS, call, deadline_s=90, on_message=said) for _ in range(2)]
    print("hosts", *hosts(runner).values(), flush=True)
    await asyncio.gather(*fits)

asyncio.run(main())
"""


@pytest.mark.usefixtures("clustered")
async def test_no_process_is_left_when_the_bot_is_killed(cluster: Any) -> None:
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BOT, cluster.address),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert bot.stdout
    found, begun = [], 0
    async for line in bot.stdout:
        if line.startswith(b"hosts"):
            found = [int(pid) for pid in line.split()[1:]]
        begun += line.startswith(b"begun")
        if begun == 2 and found:
            break
    processes = set().union(*map(tree, found))
    assert len(processes) > len(found) == 2
    bot.kill()
    await bot.communicate()
    assert wait_for_end(processes, DEAD_LIMIT_S) < DEAD_LIMIT_S
