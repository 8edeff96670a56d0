"""Extraction on a cluster of 1, 2 and 4 nodes of one core each, beside as many local processes; what a photo
costs more, and what that means for more nodes (a model on paper, with its assumptions)."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

from core.entities import LabelSource
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.jobs.runner import Call, LaneName
from core.ports import DatasetFiles
from core.recipes import make_recipe
from tests.bench.data import bench_folder
from tests.core import worker_tasks
from tests.core.learning import ignore, zip_groceries
from tests.ray_nodes import TASKS_OF_TESTS, AnyRunner, cluster_runner, running_cluster

NODES = (1, 2, 4)
ROUNDS = 2
PER_CLASS = 10
SMALL_TASKS = 200
TELEGRAM_PER_S = 30


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    with bench_folder() as folder:
        archive = zip_groceries("train", folder / "cluster.zip", per_class=PER_CLASS)
        files = await _read(archive, folder / "cluster")
        measured = {count: await _side_by_side(folder, files, count) for count in NODES}
        print(
            "| processes or nodes | local, photos/s | cluster, photos/s | bot's own CPU a photo, ms |"
        )
        print("|---|---|---|---|")
        for count, (local, cluster, own) in measured.items():
            print(f"| {count} | {local:.1f} | {cluster:.1f} | {own * 1000:.3f} |")
        _model(*measured[1])


async def _side_by_side(
    folder: Path, files: DatasetFiles, count: int
) -> tuple[float, float, float]:
    """Photos a second of each, the best of the rounds taken in turns, and the bot's own seconds a photo."""
    local = LocalRunner(quick_processes=1, preload=TASKS_OF_TESTS, heavy_processes=count)
    await local.start()
    with running_cluster(folder / f"nodes{count}", nodes=count) as cluster:
        runner = await cluster_runner(cluster, nodes=count, preload=TASKS_OF_TESTS)
        rates: dict[str, list[float]] = {"local": [], "cluster": []}
        own = []
        for _ in range(ROUNDS):
            rate, _ = await _extracted(local, files)
            rates["local"].append(rate)
            rate, seconds = await _extracted(runner, files)
            rates["cluster"].append(rate)
            own.append(seconds)
        if count == 1:
            print(
                f"\nA small task: local {await _small(local):.2f} ms, cluster {await _small(runner):.2f} ms\n"
            )
        await runner.close()
    await local.close()
    return max(rates["local"]), max(rates["cluster"]), min(own)


async def _extracted(runner: AnyRunner, files: DatasetFiles) -> tuple[float, float]:
    """Photos a second, and the seconds of this process that one took."""
    with suppress(FileNotFoundError):
        shutil.rmtree(Path(files.cache) / "features")
    done = 0

    def count(progress: object) -> None:
        nonlocal done
        done = getattr(progress, "done", done)

    begun, own = time.perf_counter(), time.process_time()
    await make_compute(runner).training.extract(files, make_recipe(), count)
    return done / (time.perf_counter() - begun), (time.process_time() - own) / done


async def _small(runner: AnyRunner) -> float:
    """Milliseconds of a task that does nothing, one after the other on warm processes."""
    call = Call(worker_tasks.first_add, (1, 2))
    for _ in range(10):
        await runner.run(LaneName.QUICK, call, deadline_s=10)
    begun = time.perf_counter()
    for _ in range(SMALL_TASKS):
        await runner.run(LaneName.QUICK, call, deadline_s=10)
    return (time.perf_counter() - begun) / SMALL_TASKS * 1000


async def _read(archive: Path, folder: Path) -> DatasetFiles:
    shutil.rmtree(folder, ignore_errors=True)
    runner = LocalRunner(quick_processes=1)
    found = await make_compute(runner).reading.read_archive(
        archive, LabelSource.FOLDERS, None, folder, ignore
    )
    await runner.close()
    return DatasetFiles(found.examples, found.photos, found.cache)


def _model(local: float, cluster: float, own: float) -> None:
    """Assumes that nodes do not hinder each other, that files come as fast as they are asked for, that parts
    are equal, and that nothing else is asked of the bot's process."""
    overhead = (1 / cluster - 1 / local) * 1000
    print(f"\nOverhead a photo, one node beside one process: {overhead:.2f} ms")
    for nodes in (10, 100):
        rate = min(nodes * cluster, 1 / own)
        end = "the nodes end it" if nodes * cluster < 1 / own else "the bot's process ends it"
        print(f"{nodes} nodes of one core: {rate:.0f} photos/s, {end}")
    print(f"The bot's process: at most {1 / own:.0f} photos/s")
    print(
        f"Answers to photos: Telegram ends them at {TELEGRAM_PER_S} messages a second, "
        f"which {TELEGRAM_PER_S / cluster:.1f} cores compute"
    )


if __name__ == "__main__":
    main()
