"""A cluster of Ray on this machine for tests: a head without CPUs, and nodes, each with a working folder of
its own. Those that share none with the bot have theirs, `lukoshko-node-…`, in the cluster's folder."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.jobs.local import LocalRunner
from core.jobs.tasks import MODULES

if TYPE_CHECKING:
    from core.jobs.cluster import ClusterRunner

    AnyRunner = LocalRunner | ClusterRunner
else:
    AnyRunner = object  # Ray may be missing

NODE_MEMORY = 80 * 1024**2
LIMIT_S = 60.0
START_LIMIT_S = 180.0


@contextmanager
def running_cluster(folder: Path, nodes: int = 2, cores: int = 1) -> Iterator[Any]:
    """Ray's own cluster for tests, with these nodes. Skips where Ray is missing."""
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    from ray.cluster_utils import Cluster

    from core.jobs.node import FOLDER, SETTINGS

    before = dict(os.environ)
    # As the node command sets them; here the path leads to this repository, for tasks of the tests.
    path = str(Path(__file__).parents[1])
    os.environ.update({**SETTINGS, "PYTHONPATH": path, FOLDER: str(folder)})
    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 0,
            "include_dashboard": False,
            "object_store_memory": NODE_MEMORY,
        },
    )
    try:
        for number in range(nodes):
            add_node(cluster, folder / f"node{number}", cores)
        yield cluster
    finally:
        import ray

        ray.shutdown()
        cluster.shutdown()
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def add_node(cluster: Any, folder: Path, cores: int = 1) -> Any:
    """A node more, which works in this folder. Its `node_id` is Ray's."""
    folder.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    os.chdir(folder)
    try:
        return cluster.add_node(num_cpus=cores, object_store_memory=NODE_MEMORY)
    finally:
        os.chdir(before)


async def cluster_runner(cluster: Any, nodes: int, **settings: Any) -> ClusterRunner:
    """A runner with so many nodes, started."""
    from core.jobs.cluster import ClusterRunner

    runner = ClusterRunner(cluster.address, **settings)
    await runner.start()
    async with asyncio.timeout(START_LIMIT_S):
        while len(runner.nodes) < nodes:  # noqa: ASYNC110 (there is no event for a number of nodes)
            await asyncio.sleep(0.05)
    return runner


async def make_whole(cluster: Any, runner: ClusterRunner, folder: Path, nodes: int = 2) -> None:
    """Adds nodes until so many live; returns when the runner uses those, and no dead ones."""
    alive = {
        node.node_id for node in cluster.worker_nodes if "raylet" in dict(node.live_processes())
    }
    for number in range(len(alive), nodes):
        alive.add(add_node(cluster, folder / str(number)).node_id)
    async with asyncio.timeout(START_LIMIT_S):
        while set(runner.nodes) != alive or not await _answer(runner):  # noqa: ASYNC110 (no event)
            await asyncio.sleep(0.05)


async def _answer(runner: ClusterRunner) -> bool:
    """True if all nodes answer. They end their work where the event loop stood still for half a minute, as it
    does during tests without one."""
    from ray.exceptions import RayError

    try:
        await asyncio.gather(*(actor.loads.remote() for actor in runner.nodes.values()))
    except RayError:
        return False
    return True


def workers(runner: AnyRunner) -> dict[int, str]:
    """The processes of lanes, on all nodes of a cluster, and the names of their lanes."""
    if isinstance(runner, LocalRunner):
        return _children(None)
    import ray

    found: dict[int, str] = {}
    for actor in runner.nodes.values():
        # A node may die meanwhile.
        with suppress(ray.exceptions.RayError):
            found.update(ray.get(actor.__ray_call__.remote(_children), timeout=LIMIT_S))
    return found


def hosts(runner: ClusterRunner) -> dict[str, int]:
    """The process of each node that hosts its lanes, by Ray's id of the node."""
    import ray

    return {
        name: ray.get(actor.__ray_call__.remote(_own_pid), timeout=LIMIT_S)
        for name, actor in runner.nodes.items()
    }


def busy_host(runner: ClusterRunner, lane: str) -> int:
    """The host of the node that runs a task of this lane."""
    import ray

    loads = {
        name: ray.get(actor.loads.remote(), timeout=LIMIT_S) for name, actor in runner.nodes.items()
    }
    (busy,) = (name for name, load in loads.items() if load[lane] != (0, 0))
    return hosts(runner)[busy]


def host_reading(runner: ClusterRunner, path: Path) -> int:
    """The host of the node on which a task has this file open."""
    (found,) = (host for host in hosts(runner).values() if any(map(_has_open(path), tree(host))))
    return found


def _has_open(path: Path) -> Callable[[int], bool]:
    def has_open(pid: int) -> bool:
        with suppress(OSError):
            return str(path) in {
                str(descriptor.readlink()) for descriptor in Path(f"/proc/{pid}/fd").iterdir()
            }
        return False

    return has_open


def raylet_of(host: int) -> int:
    """Ray's process on the node of this host: its parent."""
    return int(Path(f"/proc/{host}/stat").read_text().rpartition(")")[2].split()[1])


def tree(pid: int) -> set[int]:
    """The process and all that it has begun, with those whose parents are gone."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def kill_node(host: int) -> set[int]:
    """Kills a node with all its processes, at once as if its power were cut; returns their numbers."""
    killed = tree(raylet_of(host))
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    return killed


def living(pids: set[int] | Mapping[int, str]) -> set[int]:
    """Those that are no zombies."""
    return {pid for pid in pids if _lives(pid)}


def wait_for_end(pids: set[int] | Mapping[int, str], limit_s: float = LIMIT_S) -> float:
    """Waits until none of the processes lives; returns after how many seconds. Fails at the limit."""
    begun = time.monotonic()
    while left := living(pids):
        assert time.monotonic() - begun < limit_s, left
        time.sleep(0.005)
    return time.monotonic() - begun


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def _children(_: object) -> dict[int, str]:
    return {child.pid or 0: child.name for child in multiprocessing.active_children()}


def _own_pid(_: object) -> int:
    return os.getpid()


def limit_silence(_: object) -> None:
    """In a host: it hears nothing of the bot for a second, and ends."""
    from core.jobs import host

    host.SILENCE_LIMIT_S = 1.0


TASKS_OF_TESTS = (*MODULES, "tests.core.worker_tasks")
