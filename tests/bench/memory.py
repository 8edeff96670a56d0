"""The memory that the workers took."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

INTERVAL_S = 0.02


class PeakMemory:
    """A context manager: `bytes` is the most that any one process below this one has held (Linux).

    The kernel keeps each process's peak (VmHWM, resident pages, shared ones included); it is read
    repeatedly, so that only growth in a process's last moments is missed.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL_S):
            self.bytes = max([self.bytes, *map(_peak_bytes, _below(os.getpid()))])


def _below(pid: int) -> Iterator[int]:
    """Its children, and theirs."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has ended
            for child in map(int, path.read_text().split()):
                yield child
                yield from _below(child)


def _peak_bytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
