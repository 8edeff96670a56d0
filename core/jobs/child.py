"""The code of a worker process: serves one task after the other until it is killed."""

from __future__ import annotations

import importlib
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from core.errors import LukoshkoError, MemoryLimitExceeded, TaskFailed
from core.jobs.answers import encode
from core.jobs.limits import end_with_parent, limit_cpu, limit_memory, lower_priority
from core.jobs.wire import ERROR, MESSAGE, RESULT, STARTED, unpack

# Characters of a traceback that are sent: its end, where the error is.
_MAX_TRACEBACK = 20_000


def serve(connection: Connection, memory_bytes: int, preload: Sequence[str], niceness: int) -> None:
    """Answers the tasks that come over the connection, as `core.jobs.wire` describes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    end_with_parent()
    for module in preload:
        importlib.import_module(module)
    limit_memory(memory_bytes)
    lower_priority(niceness)
    with suppress(EOFError, OSError):  # the pipe breaks when the parent is gone
        while True:
            _serve_one(connection)


def _serve_one(connection: Connection) -> None:
    request = connection.recv_bytes()
    connection.send_bytes(STARTED)
    kind, payload = _outcome(request, connection)
    connection.send_bytes(kind)
    connection.send_bytes(payload)


def _outcome(request: bytes, connection: Connection) -> tuple[bytes, bytes]:
    def report(message: object) -> None:
        payload = encode(message)
        connection.send_bytes(MESSAGE)
        connection.send_bytes(payload)

    try:
        return RESULT, _result(request, report)
    except BaseException as error:  # sys.exit() in a task is a failure like any other
        return ERROR, _packed(error)


def _result(request: bytes, report: Callable[[object], None]) -> bytes:
    task, arguments, deadline_s = unpack(request)
    limit_cpu(deadline_s)
    return encode(task(*arguments, report))


def _packed(error: BaseException) -> bytes:
    try:
        return encode(_named(error))
    except LukoshkoError as unreadable:
        return encode(unreadable)


def _named(error: BaseException) -> LukoshkoError:
    """The error as a LukoshkoError."""
    if isinstance(error, LukoshkoError):
        return error
    if isinstance(error, MemoryError):
        return MemoryLimitExceeded()
    summary = traceback.format_exception_only(error)[-1].strip()
    trace = "".join(traceback.format_exception(error))
    return TaskFailed(summary[:_MAX_TRACEBACK], trace[-_MAX_TRACEBACK:])
