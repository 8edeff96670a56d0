"""The workers end with their parent, seen from outside of a real one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.core import worker_tasks as tasks

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are watched by pidfd")

PARENT = """
import asyncio
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks

async def main():
    lane = Lane("parent", processes=2, memory_bytes=1 << 31, warm=True, preload=[tasks.__name__])
    busy = asyncio.create_task(lane.run(tasks.{task}, deadline_s=60, on_message=tell))
    await told.wait()
    tell(await lane.run(tasks.pid, deadline_s=60))
    await busy

def tell(pid):
    print(pid, flush=True)
    told.set()

told = asyncio.Event()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
"""


@contextmanager
def running_parent(task: Callable[..., Any]) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process with two workers, one busy with the task and one idle, and the workers' pidfds."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(task=task.__name__)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        workers = [os.pidfd_open(int(parent.stdout.readline())) for _ in range(2)]
        try:
            yield parent, workers
        finally:
            parent.kill()
            for worker in workers:
                os.close(worker)


def are_dead(workers: list[int], within_s: float) -> bool:
    ends = time.monotonic() + within_s
    return all(
        select.select([worker], [], [], max(0, ends - time.monotonic()))[0] for worker in workers
    )


@pytest.mark.parametrize("task", tasks.ENDLESS)
def test_workers_die_with_a_parent_that_is_killed(task: Callable[..., Any]) -> None:
    with running_parent(task) as (parent, workers):
        assert not are_dead(workers, within_s=0)
        parent.kill()
        assert are_dead(workers, within_s=1)


def test_ctrl_c_in_the_terminal_ends_everything_without_a_traceback() -> None:
    with running_parent(tasks.loop_ignoring_signals) as (parent, workers):
        os.killpg(parent.pid, signal.SIGINT)
        _, errors = parent.communicate(timeout=10)
        assert errors == ""
        assert are_dead(workers, within_s=1)
