"""What becomes of work on a cluster when processes, nodes and the bot die."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.entities import FitOptions, Prediction, Progress
from core.errors import MemoryLimitExceeded, TimeLimitExceeded
from core.jobs.compute import make_compute
from core.jobs.runner import Call, LaneName
from core.ports import DatasetFiles
from core.recipes import make_recipe
from core.sealed import Stored
from tests.core import worker_tasks
from tests.core.learning import CLASSICAL, drawn_files
from tests.factories import make_image
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
    wait_for_end,
)

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

pytestmark = pytest.mark.slow
DEAD_LIMIT_S = 5.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[Any]:
    with running_cluster(home) as cluster:
        yield cluster


@pytest.fixture
async def runner(cluster: Any, home: Path) -> AsyncIterator[ClusterRunner]:
    """With two nodes, also where the test before killed one."""
    alive = sum("raylet" in dict(node.live_processes()) for node in cluster.worker_nodes)
    for number in range(alive, 2):
        add_node(cluster, home / f"later{number}")
    runner = await cluster_runner(cluster, nodes=2, preload=TASKS_OF_TESTS)
    yield runner
    await runner.close()


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
    runner: ClusterRunner, task: Callable[..., Any]
) -> None:
    for _ in range(3):
        begun = Begun()
        running = asyncio.create_task(
            runner.run(LaneName.FITS, call(task), deadline_s=60, on_message=begun)
        )
        pid = await begun.pid()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not living({pid})
        assert (
            await runner.run(LaneName.FITS, call(worker_tasks.first_add, 1, 2), deadline_s=5) == 3
        )


async def test_a_task_is_dead_at_its_deadline(runner: ClusterRunner) -> None:
    begun = Begun()
    with pytest.raises(TimeLimitExceeded) as caught:
        await runner.run(
            LaneName.FITS, call(worker_tasks.first_libsvm), deadline_s=0.5, on_message=begun
        )
    assert caught.value.limit_s == 0.5
    assert not living(set(begun.pids))


async def test_a_flood_of_messages_arrives_in_order_and_can_be_cancelled(
    runner: ClusterRunner,
) -> None:
    got: list[int] = []
    counted = call(worker_tasks.first_count, 2000)
    assert await runner.run(LaneName.READS, counted, deadline_s=60, on_message=got.append) == 2000
    assert got == list(range(2000))
    begun = Begun()
    flood = call(worker_tasks.first_count, 10**9)
    running = asyncio.create_task(
        runner.run(LaneName.READS, flood, deadline_s=60, on_message=begun)
    )
    await begun.pid()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("dies", ["node", "raylet"])
async def test_a_task_whose_node_dies_is_made_once_more(runner: ClusterRunner, dies: str) -> None:
    begun = Begun()
    running = asyncio.create_task(
        runner.run(
            LaneName.FITS, call(worker_tasks.first_sleep, 1.0), deadline_s=60, on_message=begun
        )
    )
    pid = await begun.pid()
    host = host_of(runner, pid)
    processes = tree(host)
    if dies == "node":
        kill_node(host)
    else:
        os.kill(raylet_of(host), signal.SIGKILL)
    second = await begun.pid()
    assert wait_for_end(processes, DEAD_LIMIT_S) < DEAD_LIMIT_S
    assert second not in processes
    assert await running == 1.0
    assert len(begun.pids) == 2


async def test_a_fit_an_extraction_and_a_prediction_survive_a_node(
    runner: ClusterRunner, tmp_path: Path, ready: DatasetFiles
) -> None:
    compute = make_compute(runner)
    picture, out = tmp_path / "picture", tmp_path / "model.onnx"
    picture.write_bytes(make_image())
    await compute.training.fit(
        ready, make_recipe("hog", "svc"), FitOptions(), ("x", 1), out, lambda _: None
    )
    drawn = drawn_files(tmp_path / "drawn", classes=3, photos=60)
    begun = asyncio.Event()

    def on_progress(progress: Progress) -> None:
        begun.set()

    extracting = asyncio.create_task(compute.training.extract(drawn, CLASSICAL, on_progress))
    again = tmp_path / "again.onnx"
    fitting = asyncio.create_task(
        compute.training.fit(
            ready, make_recipe("hog", "svc"), FitOptions(budget_s=30), ("x", 1), again, on_progress
        )
    )
    predicting = asyncio.create_task(compute.predicting.predict(Stored(out), [picture]))
    await begun.wait()
    kill_node(next(iter(hosts(runner).values())))
    await extracting
    (answer,) = await predicting
    assert isinstance(answer, Prediction)
    assert (await fitting).card.report.complete
    left: list[Progress] = []
    await compute.training.extract(drawn, CLASSICAL, left.append)
    assert left == []


async def test_waiting_work_starts_on_a_node_that_joins(
    runner: ClusterRunner, cluster: Any, home: Path
) -> None:
    begun, later = Begun(), Begun()
    busy = [
        asyncio.create_task(
            runner.run(LaneName.FITS, call(worker_tasks.first_libsvm), deadline_s=90, on_message=b)
        )
        for b in (begun, begun, later)
    ]
    while len(begun.pids) < 2:
        await begun.pid()
    known = set(hosts(runner).values())
    assert not later.pids
    assert runner.loads()["fits"] == (2, 1)
    joined = add_node(cluster, home / "joins")
    assert host_of(runner, await later.pid()) not in known
    for task in busy:
        task.cancel()
    await asyncio.wait(busy)
    cluster.remove_node(joined)


async def test_a_memory_hog_is_ended_beside_a_fit_on_its_node(
    runner: ClusterRunner, ready: DatasetFiles, tmp_path: Path
) -> None:
    kill_node(next(iter(hosts(runner).values())))
    compute = make_compute(runner)
    hog = asyncio.create_task(
        runner.run(LaneName.READS, call(worker_tasks.first_allocate, 8 * 1024**3), deadline_s=60)
    )
    fitted = await compute.training.fit(
        ready, make_recipe("hog", "svc"), FitOptions(), ("x", 1), tmp_path / "m", lambda _: None
    )
    assert fitted.card.report.complete
    with pytest.raises(MemoryLimitExceeded):
        await hog


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


@pytest.mark.usefixtures("runner")
def test_no_process_is_left_when_the_bot_is_killed(cluster: Any) -> None:
    bot = subprocess.Popen(
        [sys.executable, "-c", BOT, cluster.address],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bot.stdout
    found, begun = [], 0
    for line in bot.stdout:
        if line.startswith("hosts"):
            found = [int(pid) for pid in line.split()[1:]]
        begun += line.startswith("begun")
        if begun == 2 and found:
            break
    processes = set().union(*map(tree, found))
    assert len(processes) > len(found) == 2
    bot.kill()
    bot.wait()
    bot.stdout.close()
    assert wait_for_end(processes, DEAD_LIMIT_S) < DEAD_LIMIT_S
