"""The fork server where its parent dies before it serves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 60
_SLOW = """
import os
print(os.getpid(), flush=True)
while True:
    pass
"""
_PARENT = """
import asyncio
from core.jobs.workers import Lane

async def main():
    lane = Lane("t", processes=1, memory_bytes=2**32, warm=False, preload=["slow_to_import"])
    await lane.run(print, deadline_s=600)

if __name__ == "__main__":
    asyncio.run(main())
"""

_HALF_A_REQUEST = """
import asyncio, os, socket
from multiprocessing.forkserver import _forkserver
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks

async def main():
    lane = Lane("t", processes=1, memory_bytes=2**32, warm=False)
    await lane.run(tasks.pid, deadline_s=600)
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(_forkserver._forkserver_address)
    os.waitpid(_forkserver._forkserver_pid, 0)
    await lane.close()

if __name__ == "__main__":
    asyncio.run(main())
"""

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere there may be no fork server"
)


@on_linux
def test_it_ends_with_its_parent_in_the_middle_of_an_import(tmp_path: Path) -> None:
    (tmp_path / "slow_to_import.py").write_text(_SLOW)
    path = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    command = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) != parent.pid
        parent.kill()
        # The fork server holds the pipe as long as it lives.
        rest, _ = parent.communicate(timeout=PATIENCE_S)
    assert not rest


@on_linux
def test_a_request_that_is_cut_off_leaves_no_traceback() -> None:
    """As where the parent is killed at that moment."""
    done = subprocess.run(
        [sys.executable, "-c", _HALF_A_REQUEST], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
