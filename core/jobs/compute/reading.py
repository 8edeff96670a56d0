"""Archives and datasets, read by a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from core.entities import Description, LabelSource, Reading
from core.jobs import tasks
from core.jobs.places import inside
from core.jobs.runner import LaneName, Runner, bind, report_wait
from core.ports import DatasetFiles, OnProgress
from core.sealed import Key, Stored

# A large archive may take longer: on busy cores some 100 small photos a second are read.
READ_LIMIT_S = 900.0
READ_BYTES_PER_S = 1_000_000
DESCRIBE_LIMIT_S = 60.0


class RunnerReading:
    """Fulfils `core.ports.ArchiveReading`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def read_archive(
        self,
        archive: Path,
        labels: LabelSource,
        known: DatasetFiles | None,
        out: Path,
        on_progress: OnProgress,
        key: Key | None = None,
    ) -> Reading:
        report_wait(self._runner, LaneName.READS, on_progress)
        answer = await self._runner.run(
            LaneName.READS,
            bind(tasks.read_archive, archive, labels, known, out, key),
            deadline_s=_read_limit_s((await asyncio.to_thread(archive.stat)).st_size),
            on_message=on_progress,
        )
        return inside(out, answer)

    async def describe(self, files: DatasetFiles) -> Description:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.describe, files), deadline_s=DESCRIBE_LIMIT_S
        )

    async def twins(self, files: DatasetFiles) -> tuple[tuple[int, ...], ...]:
        return await self._runner.run(
            LaneName.QUICK, bind(tasks.twins, files), deadline_s=DESCRIBE_LIMIT_S
        )

    async def write_table(
        self, files: DatasetFiles, out: Path, *, has_decimal_comma: bool = False
    ) -> None:
        await self._runner.run(
            LaneName.QUICK,
            bind(tasks.write_table, files, out, has_decimal_comma),
            deadline_s=DESCRIBE_LIMIT_S,
        )

    async def write_part(self, files: DatasetFiles, number: int, max_bytes: int, out: Path) -> int:
        return await self._runner.run(
            LaneName.READS,
            bind(tasks.write_part, files, number, max_bytes, out),
            deadline_s=_read_limit_s(max_bytes),
        )

    async def forget(self, cache: Stored, digests: Sequence[str]) -> None:
        await self._runner.run(
            LaneName.READS, bind(tasks.forget, cache, tuple(digests)), deadline_s=READ_LIMIT_S
        )


def _read_limit_s(size: int) -> float:
    """size : bytes of an archive."""
    return READ_LIMIT_S + size / READ_BYTES_PER_S
