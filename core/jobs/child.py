"""The code of a worker process: serves one task after the other until it is killed."""

from __future__ import annotations

import importlib
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from core.errors import LukoshkoError, MemoryLimitExceeded, TaskFailed, error_of_disk
from core.jobs import sandbox
from core.jobs.answers import encode
from core.jobs.limits import end_with_parent, limit_cpu, limit_memory, lower_priority
from core.jobs.rights import Rights, rights_of
from core.jobs.surroundings import close_other_pipes, keep_to_bare_environment
from core.jobs.wire import ERROR, MESSAGE, RESULT, STARTED, unpack

# Characters of a traceback that are sent: its end, where the error is.
_MAX_TRACEBACK = 20_000


@dataclass(frozen=True)
class Conditions:
    """The conditions under which a process works.

    warm : it serves many tasks, all with `rights`, which are None where files are not restricted; else one,
        with the rights that the task's arguments give.
    preload : modules that are imported before the first task, outside the memory limit.
    """

    memory_bytes: int
    preload: tuple[str, ...] = ()
    niceness: int = 0
    warm: bool = False
    rights: Rights | None = None


def serve(connection: Connection, conditions: Conditions) -> None:
    """Answers the tasks that come over the connection, as `core.jobs.wire` describes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    parent = end_with_parent()
    keep_to_bare_environment()
    close_other_pipes({connection.fileno(), parent})
    for module in conditions.preload:
        importlib.import_module(module)
    limit_memory(conditions.memory_bytes)
    lower_priority(conditions.niceness)
    if conditions.warm:
        sandbox.enter(conditions.rights, conditions.preload)
    with suppress(EOFError, OSError):  # the pipe breaks when the parent is gone
        while True:
            _serve_one(connection, conditions)


def _serve_one(connection: Connection, conditions: Conditions) -> None:
    request = connection.recv_bytes()
    connection.send_bytes(STARTED)
    kind, payload = _outcome(request, connection, conditions)
    connection.send_bytes(kind)
    connection.send_bytes(payload)


def _outcome(request: bytes, connection: Connection, conditions: Conditions) -> tuple[bytes, bytes]:
    def report(message: object) -> None:
        payload = encode(message)
        connection.send_bytes(MESSAGE)
        connection.send_bytes(payload)

    try:
        return RESULT, _result(request, report, conditions)
    except BaseException as error:  # sys.exit() in a task is a failure like any other
        return ERROR, packed(error)


def _result(request: bytes, report: Callable[[object], None], conditions: Conditions) -> bytes:
    task, arguments, deadline_s = unpack(request)
    if not conditions.warm:
        sandbox.enter(rights_of(task, arguments), conditions.preload)
    limit_cpu(deadline_s)
    return encode(task(*arguments, report))


def packed(error: BaseException) -> bytes:
    """The error as a frame, one that `core.errors` does not know as TaskFailed."""
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
    if said := error_of_disk(error):
        return said
    summary = traceback.format_exception_only(error)[-1].strip()
    trace = "".join(traceback.format_exception(error))
    return TaskFailed(summary[:_MAX_TRACEBACK], trace[-_MAX_TRACEBACK:])
