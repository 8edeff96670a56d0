"""The runner on this machine: lanes of processes that can be killed."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from core.jobs import sandbox, tasks
from core.jobs.rights import Rights
from core.jobs.runner import Call, LaneName
from core.jobs.workers import Lane

T = TypeVar("T")
M = TypeVar("M")

logger = logging.getLogger(__name__)

MEMORY_BYTES = 4 * 1024**3
# For fits, and as many for features.
HEAVY_PROCESSES = min(4, max(2, os.cpu_count() or 2))
# Features take minutes anyway: what has a budget, and photos that wait for an answer, go before them.
FEATURES_NICENESS = 5
# At once; each has as many parts waiting as there are processes, and asks anew for every part.
MAX_EXTRACTIONS = 1000


class LocalRunner:
    """Fulfils `core.jobs.runner.Runner`.

    quick_processes : how many photos are answered side by side, and how many archives are read;
        by default one per core, at least 2.
    heavy_processes : how many fits run side by side, and how many parts of extractions.
    preload : modules of tasks that every process has from its start; others are imported with the
        first task that needs them.
    warm_rights : what the processes that serve many tasks, of several owners, may reach of the files; None
        for all. Others reach what their task's arguments name.
    """

    def __init__(
        self,
        quick_processes: int | None = None,
        preload: Sequence[str] = tasks.MODULES,
        warm_rights: Rights | None = None,
        heavy_processes: int = HEAVY_PROCESSES,
    ) -> None:
        self._warm_rights = warm_rights
        self._preload = preload
        quick = quick_processes or max(2, os.cpu_count() or 2)
        self._processes = {
            LaneName.QUICK: quick,
            LaneName.READS: quick,
            LaneName.FITS: heavy_processes,
            LaneName.FEATURES: heavy_processes,
        }
        self._lanes = {
            LaneName.QUICK: self._lane(LaneName.QUICK, warm=True),
            LaneName.READS: self._lane(LaneName.READS),
            LaneName.FITS: self._lane(LaneName.FITS),
            LaneName.FEATURES: self._lane(
                LaneName.FEATURES,
                niceness=FEATURES_NICENESS,
                max_waiting=MAX_EXTRACTIONS * heavy_processes,
            ),
        }

    def _lane(
        self, name: LaneName, *, warm: bool = False, niceness: int = 0, max_waiting: int = 100
    ) -> Lane:
        return Lane(
            name.value,
            processes=self._processes[name],
            memory_bytes=MEMORY_BYTES,
            warm=warm,
            preload=self._preload,
            niceness=niceness,
            max_waiting=max_waiting,
            rights=self._warm_rights,
        )

    async def start(self) -> None:
        """Starts the processes ahead of the first task. Tasks may come without it, and wait longer."""
        for wall in sandbox.missing():
            logger.warning("Tasks run without a wall that this system does not have: %s", wall)
        await asyncio.gather(*(lane.start() for lane in self._lanes.values()))

    async def close(self) -> None:
        """Kills all processes. Calls that run or wait raise JobCancelled, as do later ones."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    def processes(self, lane: LaneName) -> int:
        return self._processes[lane]

    def is_full(self, lane: LaneName) -> bool:
        return self._lanes[lane].is_full

    def loads(self) -> Mapping[str, tuple[int, int]]:
        """How many tasks run and how many wait, by the lane's name."""
        return {name.value: lane.load for name, lane in self._lanes.items()}

    async def run(
        self,
        lane: LaneName,
        call: Call[M, T],
        *,
        deadline_s: float,
        on_message: Callable[[M], Awaitable[None] | None] | None = None,
    ) -> T:
        return await self._lanes[lane].run(call, deadline_s=deadline_s, on_message=on_message)
