"""Tasks for the tests of the workers: well-behaved ones and every kind of trouble."""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, NoReturn

from core.errors import TooFewPhotos

Report = Callable[[object], None]

_calls = 0


def add(a: int, b: int, report: Report) -> int:
    return a + b


def pid(report: Report) -> int:
    return os.getpid()


def niceness(report: Report) -> int:
    return os.nice(0)


def parent_pid(report: Report) -> int:
    """The fork server, where there is one."""
    return os.getppid()


def count_calls(report: Report) -> int:
    """The number of times that this process has run this task."""
    global _calls
    _calls += 1
    return _calls


def count_up(n: int, report: Report) -> int:
    for i in range(n):
        report(i)
    return n


def environment(name: str, report: Report) -> str | None:
    return os.environ.get(name)


def cpu_seconds_left(report: Report) -> float:
    """Seconds of processor time that the kernel still grants this process."""
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - time.process_time()


def echo(value: Any, report: Report) -> Any:
    return value


def echo_bytes(value: bytes, report: Report) -> bytes:
    return value


def make_text(size: int, report: Report) -> str:
    return "x" * size


# Errors ------------------------------------------------------------------------------------------


def raise_too_few_photos(report: Report) -> NoReturn:
    raise TooFewPhotos(labels="apple", needed=5)


def divide_by_zero(report: Report) -> float:
    return 1 / 0


def leave(report: Report) -> NoReturn:
    raise SystemExit(3)


def allocate(size: int, report: Report) -> int:
    return len(bytearray(size))


class Hostile:
    """Pickles, and raises when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


class HostileError(TooFewPhotos):
    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("not a number",)


def return_unpicklable(report: Report) -> Any:
    return threading.Lock()


def return_hostile(report: Report) -> Any:
    return Hostile()


def report_hostile(report: Report) -> None:
    report(Hostile())
    report("never read")


def raise_hostile(report: Report) -> NoReturn:
    raise HostileError(labels="", needed=1)


# What a task may not do ---------------------------------------------------------------------------


def read(path: Path, report: Report) -> str:
    return _attempt(path.read_bytes)


def read_named(path: str, report: Report) -> str:
    """Reads a file that the task was not given: a text is no right."""
    return _attempt(Path(path).read_bytes)


def write_named(path: str, report: Report) -> str:
    return _attempt(lambda: Path(path).write_bytes(b"x"))


def write_in(out: Path, report: Report) -> str:
    def write() -> None:
        folder = out / "folder"
        folder.mkdir()
        (folder / "file").write_bytes(b"x")
        (folder / "file").rename(out / "moved")
        folder.rmdir()

    return _attempt(write)


def remove_named(path: str, report: Report) -> str:
    return _attempt(Path(path).unlink)


def link_named(target: str, out: Path, report: Report) -> str:
    return _attempt(lambda: (out / "link").symlink_to(target))


def hard_link_named(target: str, out: Path, report: Report) -> str:
    return _attempt(lambda: (out / "link").hardlink_to(target))


def connect(port: int, report: Report) -> str:
    return _attempt(lambda: socket.create_connection(("127.0.0.1", port), 5))


def send_datagram(port: int, report: Report) -> str:
    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.sendto(b"x", ("127.0.0.1", port))

    return _attempt(send)


def connect_to_file(path: str, report: Report) -> str:
    return _attempt(lambda: socket.socket(socket.AF_UNIX).connect(path))


def execute(report: Report) -> str:
    return _attempt(lambda: subprocess.run(["/bin/true"], check=True))


def replace_itself(report: Report) -> str:
    return _attempt(lambda: os.execv("/bin/true", ["true"]))


def fork(report: Report) -> str:
    def fork_once() -> None:
        if os.fork() == 0:
            os._exit(0)

    return _attempt(fork_once)


def start_thread(report: Report) -> str:
    def start() -> None:
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    return _attempt(start)


def use_thread_pool(report: Report) -> int:
    """As joblib does: such a pool has locks between processes."""
    with ThreadPool(2) as pool:
        return sum(pool.map(int, "123"))


def signal_process(pid: int, report: Report) -> str:
    return _attempt(lambda: os.kill(pid, signal.SIGTERM))


def limit_process(pid: int, report: Report) -> str:
    return _attempt(lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3)))


def environment_of(pid: str, report: Report) -> str:
    return _attempt(Path(f"/proc/{pid}/environ").read_bytes)


def status(report: Report) -> str:
    return Path("/proc/self/status").read_text()


def core_limit(report: Report) -> int:
    return resource.getrlimit(resource.RLIMIT_CORE)[0]


def _attempt(deed: Callable[[], object]) -> str:
    """ "done", or the name of the error."""
    try:
        deed()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


# Answers of a process that is somebody else's -------------------------------------------------------


def forge(frames: tuple[bytes, ...], report: Report) -> int:
    """Writes frames over the pipe to the parent, as a task could that was taken over."""
    from multiprocessing.connection import Connection

    (connection,) = (thing for thing in gc.get_objects() if type(thing) is Connection)
    for frame in frames:
        connection.send_bytes(frame)
    time.sleep(60)
    return 0


def claim(size: int, report: Report) -> int:
    """Announces a frame of so many bytes, and sends none of them."""
    from multiprocessing.connection import Connection

    (connection,) = (thing for thing in gc.get_objects() if type(thing) is Connection)
    connection.send_bytes(b"result")
    os.write(connection.fileno(), struct.pack("!iQ", -1, size))
    time.sleep(60)
    return 0


# Deaths ------------------------------------------------------------------------------------------


def segfault(report: Report) -> None:
    ctypes.string_at(0)


def exit_hard(code: int, report: Report) -> None:
    os._exit(code)


def die_while_sending(report: Report) -> bytes:
    """Its process is killed while the pipe is full of its result."""
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
    while True:
        report(bytes(1 << 20))


# Tasks that do not end ---------------------------------------------------------------------------


def loop_ignoring_signals(report: Report) -> None:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    report(os.getpid())
    while True:
        time.sleep(3600)


def hold_the_gil(report: Report) -> None:
    """Sits in C code that never gives the interpreter back: no other thread of it can run."""
    report(os.getpid())
    ctypes.PyDLL(None).sleep(60)


def hog(report: Report, size: int, piece: int) -> int:
    """Takes memory and touches it, piece by piece."""
    taken = []
    for _ in range(size // piece):
        taken.append(bytearray(piece))
        taken[-1][::4096] = b"x" * len(range(0, piece, 4096))
    return len(taken)


def hang(report: Report) -> None:
    while True:
        pass


ENDLESS = (loop_ignoring_signals, hold_the_gil)


def fit_libsvm(report: Report) -> None:
    """A fit that takes minutes, nearly all of them inside libsvm."""
    import numpy as np
    from sklearn.svm import SVC

    rng = np.random.default_rng(0)
    features, labels = rng.random((20_000, 50)), rng.integers(0, 2, 20_000)
    report(os.getpid())
    SVC(C=1e6, cache_size=10).fit(features, labels)


def sleep(seconds: float, value: int, report: Report) -> int:
    report(os.getpid())
    time.sleep(seconds)
    return value


# As the runner's calls have them: `report` first, and what they promise ------------------------------


def first_add(report: Callable[[int], None], a: int, b: int) -> int:
    return a + b


def first_count(report: Callable[[int], None], n: int) -> int:
    return count_up(n, report)


def first_libsvm(report: Callable[[int], None]) -> None:
    fit_libsvm(report)


def first_gil_held(report: Callable[[int], None]) -> None:
    hold_the_gil(report)


def first_sleep(report: Callable[[int], None], seconds: float) -> float:
    report(os.getpid())
    time.sleep(seconds)
    return seconds


def first_allocate(report: Callable[[int], None], size: int) -> int:
    return allocate(size, report)
