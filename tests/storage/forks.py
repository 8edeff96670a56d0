"""Processes that are forked one after the other, to be killed at some moment, so that nothing is imported anew for
each kill. A module that serves them is run with `python -m`; its standard input is what the processes are to do."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self


def say(*what: object) -> None:
    """In one write, which is in the pipe whole or not at all."""
    os.write(1, f"{json.dumps(what)}\n".encode())


def serve(work: Callable[[Any], object]) -> None:
    """Forks a process for each order, before any thread is there; says its number, and "end" once it is dead."""
    for line in sys.stdin:
        process = os.fork()
        if not process:
            say("process", os.getpid())
            work(json.loads(line))
        os.waitpid(process, 0)
        say("end")


class ForkServer:
    """The tests' side of a module that serves; a context manager."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def begin(self, order: object) -> int:
        """Lets a process do this; its number."""
        assert self._server.stdin
        self._server.stdin.write(f"{json.dumps(order)}\n".encode())
        self._server.stdin.flush()
        _, process = self.hear()
        return int(process)

    def hear(self) -> list[Any]:
        """What the process says next."""
        assert self._server.stdout
        return list(json.loads(self._server.stdout.readline()))

    def kill(self, process: int, within_s: float) -> list[list[Any]]:
        """Kills it after that time, or as soon as it says something; what it had said until then."""
        select.select([self._server.stdout], [], [], within_s)
        os.kill(process, signal.SIGKILL)
        heard = []
        while (message := self.hear()) != ["end"]:
            heard.append(message)
        return heard
