"""How much memory this process and those below it take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def tree_bytes(pid: int | None = None) -> int | None:
    """Bytes of a process (this one by default) and all below it; None where the system does not tell.

    Pages that several share count once in all (proc(5), Pss): workers come from one fork server, and
    the sum of their resident sizes would count its pages once for each.
    """
    if not (PROC / "self" / "smaps_rollup").exists():
        return None
    return sum(_share(process) for process in _tree(pid or os.getpid()))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in (PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):  # it ended meanwhile
            for child in children.read_text().split():
                yield from _tree(int(child))


def _share(pid: int) -> int:
    with suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
