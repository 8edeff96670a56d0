"""What the fork server imports before anything else: it ends with its parent in the middle of its imports, too, and
without a traceback.

`multiprocessing` looks whether the parent lives when all modules are imported. On a busy machine that took 20 s, beside
the next bot, which was importing the same.
"""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType

LOOK_S = 0.5
# How the program of a fork server begins.
_COMMAND = "from multiprocessing.forkserver import main"


def _end_with_parent() -> None:
    """By a timer: PR_SET_PDEATHSIG watches the thread that starts a process, here one of a pool's, and the
    pipe to the parent stays open while a request for a worker waits in the server's socket."""
    parent = os.getppid()

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.siginterrupt(signal.SIGALRM, False)
    signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)


def _end_quietly() -> None:
    """A parent that dies while it asks for a worker is no fault here: nothing is written into the log for it."""
    server = os.getpid()

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        # Workers inherit this, and report all errors.
        if os.getpid() == server and isinstance(error, EOFError):
            os._exit(1)
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = report


# Whoever else imports this module goes on as before.
if any(word.startswith(_COMMAND) for word in sys.orig_argv):
    _end_with_parent()
    _end_quietly()
