"""A task that takes all memory and one that hangs, beside a normal fit: `python -m tests.faults.hog [TIMES]`.

Each time: the hog is told by MemoryLimitExceeded and the hang by TimeLimitExceeded, the fit's model scores as it
does alone, and the event loop answers meanwhile (its lag's 99th percentile).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.entities import FitOptions
from core.errors import MemoryLimitExceeded, TimeLimitExceeded
from core.jobs import tasks
from core.jobs.compute import make_compute
from core.jobs.local import LocalRunner
from core.jobs.runner import Call, LaneName
from core.ports import Compute, DatasetFiles
from tests.core import worker_tasks
from tests.core.learning import CLASSICAL, ready_files

TIMES = 20
HOG_BYTES, PIECE_BYTES = 4 << 30, 64 << 20
# A gigabyte of fresh memory took 15 s on a busy virtual machine.
HOG_DEADLINE_S = 300.0
HANG_DEADLINE_S = 2.0
MAX_LAG_S = 0.05
_STEP_S = 0.005


@dataclass
class Outcome:
    """The lags of the event loop in seconds, ascending, and what was not as it should be."""

    lags: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def p99_s(self) -> float:
        """The 99th percentile of the lags."""
        return sorted(self.lags)[int(len(self.lags) * 0.99)]


@asynccontextmanager
async def _measured(lags: list[float]) -> AsyncIterator[None]:
    async def measure() -> None:
        while True:
            due = time.perf_counter() + _STEP_S
            await asyncio.sleep(_STEP_S)
            lags.append(time.perf_counter() - due)

    measuring = asyncio.create_task(measure())
    try:
        yield
    finally:
        measuring.cancel()


async def run(times: int, piece_bytes: int = PIECE_BYTES) -> Outcome:
    """The fit alone, then so many times beside a hog, which takes its memory in such pieces, and a hang."""
    outcome = Outcome()
    runner = LocalRunner(quick_processes=2, preload=(*tasks.MODULES, worker_tasks.__name__))
    compute = make_compute(runner)
    with tempfile.TemporaryDirectory() as name:
        files = ready_files(Path(name) / "data")
        try:
            await runner.start()
            alone = await _fit(compute, files, Path(name))
            async with _measured(outcome.lags):
                for number in range(times):
                    await _once(
                        runner, compute, files, Path(name), alone, number, outcome, piece_bytes
                    )
        finally:
            await runner.close()
    return outcome


async def _once(
    runner: LocalRunner,
    compute: Compute,
    files: DatasetFiles,
    folder: Path,
    alone: str,
    number: int,
    outcome: Outcome,
    piece_bytes: int,
) -> None:
    hog = Call(worker_tasks.hog, (HOG_BYTES, piece_bytes))
    hang = Call(worker_tasks.hang, ())
    ends = await asyncio.gather(
        runner.run(LaneName.READS, hog, deadline_s=HOG_DEADLINE_S),
        runner.run(LaneName.QUICK, hang, deadline_s=HANG_DEADLINE_S),
        _fit(compute, files, folder),
        return_exceptions=True,
    )
    if not isinstance(ends[0], MemoryLimitExceeded):
        outcome.failures.append(f"{number}: the hog ended as {ends[0]!r}")
    if not isinstance(ends[1], TimeLimitExceeded):
        outcome.failures.append(f"{number}: the hang ended as {ends[1]!r}")
    if ends[2] != alone:
        outcome.failures.append(f"{number}: the fit gave {ends[2]!r}, alone {alone}")


async def _fit(compute: Compute, files: DatasetFiles, folder: Path) -> str:
    """What a fit says of its model, without what it took."""
    fitted = await compute.training.fit(
        *(files, CLASSICAL, FitOptions(60.0), ("fruits", 1), folder / "model.onnx"),
        lambda progress: None,
    )
    report = fitted.card.report
    return f"{report.accuracy} {report.confusion} {report.n_train} {fitted.card.threshold}"


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    outcome = asyncio.run(run(times))
    for failure in outcome.failures:
        print(failure)
    print(
        f"{times} times: loop lag p99 {outcome.p99_s * 1000:.1f} ms of {len(outcome.lags)} samples,"
        f" failures {len(outcome.failures)}"
    )
    return 1 if outcome.failures or outcome.p99_s > MAX_LAG_S else 0


if __name__ == "__main__":
    sys.exit(main())
