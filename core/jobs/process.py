"""The parent's side of one worker process."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from core.errors import LukoshkoError, MemoryLimitExceeded, ResultUnreadable
from core.jobs import child, fork_server
from core.jobs.answers import MAX_BYTES, Promise, decode, promise_of
from core.jobs.child import Conditions
from core.jobs.surroundings import bare_processes
from core.jobs.wire import ERROR, MAX_KIND_BYTES, MESSAGE, RESULT, STARTED, pack

if TYPE_CHECKING:  # Windows has no such class
    from multiprocessing.context import ForkServerContext, SpawnContext

# multiprocessing has no lock for its list of children and for reading their exit codes.
_bookkeeping = threading.Lock()


class WorkerDied(Exception):
    """The process died before it answered. `started` is True if it had begun the task."""

    def __init__(self, exit_code: int | None, *, started: bool) -> None:
        super().__init__(exit_code, started)
        self.exit_code = exit_code
        self.started = started


class WorkerProcess:
    """A worker process, which serves one task after the other, and the pipe to it.

    All methods but `kill` block: call them from a thread, one at a time. A process comes from the
    fork server with the modules of `preload` imported (its first answer takes 26 ms, not the second
    and more of importing scikit-learn anew), or where there is none from a fresh interpreter. There
    is one fork server per parent: it preloads the modules of the first worker; other modules are
    imported when a worker that needs them starts.
    """

    def __init__(self, name: str, conditions: Conditions) -> None:
        self._ready = True
        self._killed = False
        self._connection, self._process = _start(name, conditions)

    def ask(
        self,
        task: Callable[..., Any],
        arguments: Sequence[object],
        deadline_s: float,
        on_start: Callable[[], object],
        on_message: Callable[[Any], object],
    ) -> Any:
        """Has the process run the task and returns its result.

        Raises WorkerDied once the process is dead, the LukoshkoError that the task ended with, or
        ResultUnreadable for what is not of the type that the task promises, or not of the protocol.
        """
        promise = promise_of(task)
        request = pack((task, tuple(arguments), deadline_s))
        self._ready = False
        started = False
        try:
            self._connection.send_bytes(request)
            while True:
                kind = self._frame(MAX_KIND_BYTES)
                if kind == STARTED and not started:  # a second one would put off the deadline
                    started = True
                    on_start()
                elif kind == MESSAGE:
                    on_message(decode(self._frame(MAX_BYTES), promise.message))
                else:
                    return self._answer(kind, promise)
        except (EOFError, OSError):
            raise WorkerDied(self.end(), started=started) from None

    @property
    def reusable(self) -> bool:
        """True if the process waits for a task and can be given one."""
        return self._ready and not self._killed

    def kill(self) -> None:
        """Kills the process, if it lives, without waiting for its death."""
        self._killed = True
        self._process.kill()

    def end(self) -> int | None:
        """Kills the process, if it lives, waits for its death and returns its exit code."""
        self.kill()
        wait([self._process.sentinel])
        self._connection.close()
        with _bookkeeping:
            self._process.join()
            return self._process.exitcode

    def _answer(self, kind: bytes, promise: Promise) -> Any:
        if kind not in (RESULT, ERROR):
            raise ResultUnreadable("a frame of no known kind")
        # A process whose answer can't be read may be anybody's, so it gets no second task.
        answer = decode(self._frame(MAX_BYTES), promise.result if kind == RESULT else LukoshkoError)
        # Nor does one that is out of memory: what it still holds may be the reason.
        self._ready = kind == RESULT or not isinstance(answer, MemoryLimitExceeded)
        if kind == RESULT:
            return answer
        raise answer

    def _frame(self, max_bytes: int) -> bytes:
        """The next frame; of one that is larger nothing is read. Raises ResultUnreadable then, and the
        process can't be used any more, and EOFError or OSError if it is dead."""
        try:
            return self._connection.recv_bytes(max_bytes)
        except OSError as error:
            # `multiprocessing` has no other sign for it: errors of the system have a number.
            if error.errno is None:
                raise ResultUnreadable(f"a frame of more than {max_bytes} bytes") from None
            raise


def _start(name: str, conditions: Conditions) -> tuple[Connection, BaseProcess]:
    context = _context()
    context.set_forkserver_preload([fork_server.__name__, child.__name__, *conditions.preload])
    ours, theirs = context.Pipe()
    process = context.Process(target=child.serve, args=(theirs, conditions), name=name, daemon=True)
    with theirs:
        try:
            with _bookkeeping, bare_processes(), _interrupts_blocked():
                process.start()
        except BaseException:
            ours.close()
            raise
    return ours, process


def _context() -> ForkServerContext | SpawnContext:
    """The start method. Never fork, which copies locks that other threads hold."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Blocks SIGINT for processes that are started inside: a terminal sends Ctrl-C to all its
    processes.

    Otherwise a fork server that is still importing ends with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # the first start would do this, and unblock the signal again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
