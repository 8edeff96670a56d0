"""The node command: two real processes of Ray, a token between them, and folders that they must share."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from core.jobs.node import main
from tests.factories import make_image
from tests.ray_nodes import tree, wait_for_end

REPOSITORY = Path(__file__).parents[2]
STOP_LIMIT_S = 30.0

BOT = """
import asyncio, logging, os, sys
from pathlib import Path
from core.jobs.cluster import ClusterRunner
from core.jobs.compute import make_compute
from core.models.baseline import FILE
from core.sealed import Stored

async def main():
    os.umask(0o077)
    logging.basicConfig(level="ERROR")
    address, folder = sys.argv[1], Path(sys.argv[2])
    runner = ClusterRunner(address, [folder])
    await runner.start()
    print("nodes", len(runner.nodes))
    if runner.nodes:
        (answer,) = await make_compute(runner).predicting.predict(Stored(FILE), [folder / "picture"])
        print(type(answer).__name__)
        ((picture, label),) = await make_compute(runner).drawing.draw_sample_pictures(folder / "out", 1)
        print(picture.stat().st_mode & 0o777 == 0o600)
    await runner.close()

asyncio.run(main())
"""


@contextmanager
def part(folder: Path, *words: str, **settings: str) -> Iterator[None]:
    """The node command, in this working folder."""
    folder.mkdir()
    environment = {**os.environ, **settings, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "core.jobs.node", "--host", "127.0.0.1", *words]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while "Ray runtime started" not in (said := (folder / "log").read_text()):
            assert process.poll() is None, said
        yield
    finally:
        left = tree(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_LIMIT_S)
        wait_for_end(left, STOP_LIMIT_S)


def bot(address: str, folder: Path, **settings: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", BOT, address, str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.splitlines()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.slow
def test_two_processes_are_a_cluster(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")
    shared, port = tmp_path / "shared", free_port()
    shared.mkdir()
    (shared / "picture").write_bytes(make_image())
    # No socket's path may be longer than 107 bytes: Ray's own are under /tmp.
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a token of 32 letters, or longer"}
    address = f"127.0.0.1:{port}"
    with ExitStack() as cluster:
        cluster.enter_context(part(tmp_path / "head", "--head", "--port", str(port), **token))
        cluster.enter_context(part(tmp_path / "one", "--join", address, "--cores", "1", **token))
        assert bot(address, shared, **token) == ["nodes 1", "Prediction", "True"]
        other = {**token, "RAY_AUTH_TOKEN": "another token, which nobody knows"}
        assert bot(address, shared, **other) == []


@pytest.mark.parametrize(
    "words", [[], ["--head", "--join", "a:1"], ["--join", "a"], ["--join", "a:1", "--cores", "0"]]
)
def test_wrong_arguments_get_a_line_that_says_so(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
