"""Limits that the operating system enforces on a worker: memory, processor time, its parent's
life."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait

if sys.platform != "win32":
    import fcntl
    import resource

# Windows has no such limits, and macOS refuses the one on memory.
MEMORY_IS_LIMITED = sys.platform == "linux"

_CPU_MARGIN_S = 10.0


def limit_memory(limit_bytes: int) -> None:
    """Caps the address space of this process; beyond it an allocation raises MemoryError.

    Call it after the imports: under 256 MB numpy's import hung instead of failing.
    """
    if sys.platform == "linux":
        _set_soft_limit(resource.RLIMIT_AS, limit_bytes)


def lower_priority(niceness: int) -> None:
    """Runs this process at lower priority; niceness : 0–19. Does nothing on Windows."""
    if sys.platform != "win32":
        os.nice(niceness)


def limit_cpu(deadline_s: float) -> None:
    """Has the kernel end this process once it has used more processor time than all cores can give
    until the deadline.

    A last resort, should the parent, which watches the deadline, die without ending this process. The
    limit counts from what a warm process has used so far, so call it at the start of each task.
    """
    if sys.platform != "win32":
        allowance_s = deadline_s * (os.cpu_count() or 1) + _CPU_MARGIN_S
        _set_soft_limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + allowance_s))


def end_with_parent() -> int:
    """Has this process end when its parent does, however the parent dies. Returns the number of the pipe by
    which it is known, which must stay open.

    Python's sentinel of the parent is a pipe that closes with it. On Linux the kernel is asked to
    send SIGKILL then (fcntl(2), F_SETSIG): the process was dead 4 ms later, with C code holding the
    GIL. The usual PR_SET_PDEATHSIG never fires here: its parent is the fork server, which stays as
    long as a worker does. Elsewhere a thread watches, which needs the GIL once.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("only a process that multiprocessing started has a parent to end with")
    if sys.platform == "linux":
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
        if wait([parent.sentinel], timeout=0):  # it died before the kernel was told to watch
            os._exit(1)
    else:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()
    return parent.sentinel


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _set_soft_limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (soft, hard))
