"""The walls around a worker, tried from inside by tasks that do what they may not."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from core.jobs import sandbox, tasks
from core.jobs.local import LocalRunner
from core.jobs.rights import Rights, rights_of
from core.jobs.runner import bind
from core.jobs.surroundings import bare_environment
from core.jobs.workers import Lane
from core.ports import DatasetFiles
from tests.core import worker_tasks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")
needs_landlock = pytest.mark.skipif(
    any("Landlock" in wall for wall in sandbox.missing()), reason="this kernel has no Landlock"
)
needs_seccomp = pytest.mark.skipif(
    any("seccomp" in wall for wall in sandbox.missing()), reason="this kernel has no seccomp"
)
REFUSED = {"EACCES", "EPERM", "EXDEV"}

Try = Callable[..., Any]


async def attempt(task: Callable[..., Any], *arguments: object, **lane: Any) -> Any:
    """What the task says, in a process of its own."""
    opened = Lane(
        "tests",
        processes=1,
        memory_bytes=2 << 30,
        preload=(worker_tasks.__name__,),
        **{"warm": False} | lane,
    )
    try:
        return await opened.run(task, *arguments, deadline_s=60)
    finally:
        await opened.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1")
    async with server:
        yield server.sockets[0].getsockname()[1]


# Files -------------------------------------------------------------------------------------------


@needs_landlock
async def test_a_task_reads_what_it_was_given_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(b"x")
    (tmp_path / "lukoshko.db").write_bytes(b"x")
    assert await attempt(worker_tasks.read, tmp_path / "given") == "done"
    assert await attempt(worker_tasks.read_named, str(tmp_path / "lukoshko.db")) == "EACCES"


@needs_landlock
async def test_a_task_writes_into_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "photo").write_bytes(b"x")
    assert await attempt(worker_tasks.write_in, own) == "done"
    assert [path.name for path in own.iterdir()] == ["moved"]
    for place in (other / "new", other / "photo", Path.home() / "x", Path("/tmp/not-mine")):
        assert await attempt(worker_tasks.write_named, str(place)) == "EACCES"
    assert await attempt(worker_tasks.remove_named, str(other / "photo")) == "EACCES"
    assert (other / "photo").read_bytes() == b"x"


@needs_landlock
async def test_a_task_leaves_no_link_for_the_bot_to_follow(tmp_path: Path) -> None:
    own, secret = tmp_path / "own", tmp_path / "lukoshko.db"
    own.mkdir()
    secret.write_bytes(b"x")
    assert await attempt(worker_tasks.link_named, str(secret), own) in REFUSED
    assert await attempt(worker_tasks.hard_link_named, str(secret), own) in REFUSED
    assert list(own.iterdir()) == []


@needs_landlock
async def test_a_warm_process_has_what_its_lane_may_reach(tmp_path: Path) -> None:
    for name in ("owners", "scratch"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    (tmp_path / "lukoshko.db").write_bytes(b"x")
    rights = Rights((str(tmp_path / "owners"),), (str(tmp_path / "scratch"),))
    named = {name: str(tmp_path / name / "file") for name in ("owners", "scratch")}
    for task, place, outcome in (
        (worker_tasks.read_named, named["owners"], "done"),
        (worker_tasks.write_named, named["owners"], "EACCES"),
        (worker_tasks.write_named, named["scratch"], "done"),
        (worker_tasks.read_named, str(tmp_path / "lukoshko.db"), "EACCES"),
    ):
        assert await attempt(task, place, warm=True, rights=rights) == outcome


def test_the_rights_of_a_task_are_the_paths_among_its_arguments(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    files = DatasetFiles(str(tmp_path / "listing"), str(tmp_path / "photos"), str(cache))
    out = tmp_path / "work" / "model.onnx"
    call = bind(tasks.learn, (tmp_path / "0",), ("a.jpg",), "kiwi", files, None, out)
    rights = rights_of(call, ())
    assert rights.reads == tuple(str(tmp_path / name) for name in ("0", "listing", "photos"))
    assert rights.writes == (str(cache), str(out.parent))
    assert cache.is_dir()


@pytest.mark.parametrize("name", tasks.__all__)
def test_what_a_task_writes_is_named_so(name: str) -> None:
    """A new task that writes elsewhere is refused it; `finish` writes a model's card anew."""
    function = getattr(tasks, name).function
    parameters = list(function.__code__.co_varnames[: function.__code__.co_argcount])
    reading_only = {
        *("describe", "missing", "mistakes", "predict"),
        *("recipe", "suspects", "twins", "extract"),
    }
    assert ({"out", "cache"} & set(parameters) != set()) is (name not in reading_only)


# Network, programs, other processes --------------------------------------------------------------


@needs_seccomp
async def test_a_task_reaches_no_network(port: int) -> None:
    for lane in ({"warm": False}, {"warm": True}):
        assert await attempt(worker_tasks.connect, port, **lane) in REFUSED
        assert await attempt(worker_tasks.send_datagram, port, **lane) in REFUSED


@needs_seccomp
async def test_a_task_reaches_no_socket_of_this_machine(tmp_path: Path) -> None:
    """The fork server listens on one: it runs what it is told to, without walls."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        assert await attempt(worker_tasks.connect_to_file, str(tmp_path / "s")) in REFUSED


@needs_seccomp
@pytest.mark.parametrize(
    "task", [worker_tasks.execute, worker_tasks.replace_itself, worker_tasks.fork]
)
async def test_a_task_starts_no_program_and_no_process(task: Callable[..., Any]) -> None:
    assert await attempt(task) in REFUSED


async def test_a_task_may_start_threads() -> None:
    assert await attempt(worker_tasks.start_thread) == "done"
    assert await attempt(worker_tasks.use_thread_pool) == 6


@needs_landlock
async def test_a_task_touches_no_other_process() -> None:
    for task in (worker_tasks.signal_process, worker_tasks.limit_process):
        assert await attempt(task, os.getpid()) in REFUSED
    assert await attempt(worker_tasks.environment_of, str(os.getpid())) in REFUSED
    assert await attempt(worker_tasks.environment_of, "self") == "done"


async def test_a_task_gains_no_privileges_and_dumps_no_core() -> None:
    said = dict(line.split(":\t", 1) for line in (await attempt(worker_tasks.status)).splitlines())
    assert said["NoNewPrivs"] == "1"
    assert await attempt(worker_tasks.core_limit) == 0


# Surroundings ------------------------------------------------------------------------------------

SECRET = "7654321:AAsecretsecretsecretsecretsecretsecret"


def test_the_bare_environment_has_no_secrets() -> None:
    bots = {
        "PATH": "/bin",
        "OMP_NUM_THREADS": "2",
        "TELEGRAM_BOT_TOKEN": SECRET,
        "HTTPS_PROXY": "http://me:password@proxy",
        "ADMINS": "1",
        "DATA_KEY": "k",
    }
    left = bare_environment(bots)
    assert left["PATH"] == "/bin"
    assert left["OMP_NUM_THREADS"] == "2"
    assert not set(left) & (set(bots) - {"PATH", "OMP_NUM_THREADS"})


_PARENT = """
import asyncio, os, socket, sqlite3, sys
from core.jobs.workers import Lane
from core.jobs import tasks
from tests.core import worker_tasks

async def main():
    database = sqlite3.connect(sys.argv[1])
    database.execute("create table t (x)")
    listening = socket.create_server(("127.0.0.1", 0))
    lane = Lane("t", processes=1, memory_bytes=2**32, warm=True, preload=[worker_tasks.__name__])
    worker = await lane.run(worker_tasks.pid, deadline_s=60)
    server = await lane.run(worker_tasks.parent_pid, deadline_s=60)
    children = [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and parent(entry) == os.getpid()]
    for pid in {worker, server, *children}:
        for part in ("environ", "cmdline"):
            print(part, repr(open(f"/proc/{pid}/{part}", "rb").read()))
        for number in os.listdir(f"/proc/{pid}/fd"):
            print("file", pid == worker, number, os.readlink(f"/proc/{pid}/fd/{number}"))
        print("memory", find(pid))
    print("processes", len({worker, server, *children}))
    await lane.close()

def parent(pid):
    try:
        return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0

def find(pid):
    secret = os.environ["TELEGRAM_BOT_TOKEN"].encode()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in open(f"/proc/{pid}/maps"):
            place, access = line.split()[:2]
            if access.startswith("rw"):
                start, end = (int(part, 16) for part in place.split("-"))
                memory.seek(start)
                try:
                    if secret in memory.read(end - start):
                        return "found"
                except OSError:
                    pass
    return "clean"

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_worker_inherits_no_token_and_no_open_file(tmp_path: Path) -> None:
    """Of the fork server, the resource tracker and a worker: environment, command line, memory, files."""
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    database = tmp_path / "lukoshko.db"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), str(database)),
        env=os.environ | {"TELEGRAM_BOT_TOKEN": SECRET, "PYTHONPATH": str(Path.cwd())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = (part.decode() for part in await process.communicate())
    assert process.returncode == 0, errors
    lines = said.splitlines()
    assert lines[-1] == "processes 3"
    assert SECRET not in said
    assert [line for line in lines if line.startswith("memory")] == ["memory clean"] * 3
    files = [line.split(maxsplit=3) for line in lines if line.startswith("file")]
    assert not [line for line in files if str(tmp_path) in line[3]]
    opened = [line for line in files if line[1] == "True" and int(line[2]) > 2]
    sockets = [line for line in opened if line[3].startswith("socket")]
    pipes = [line for line in opened if line[3].startswith("pipe")]
    assert len(sockets) == 1, "the pipe to the bot, and no socket that listens"
    assert len(pipes) == 1, "by which it knows that the bot lives"


async def test_what_the_system_lacks_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: ("Landlock (files, TCP)",))
    runner = LocalRunner(quick_processes=1, preload=())
    await runner.start()
    await runner.close()
    assert caplog.text.count("Landlock") == 1
