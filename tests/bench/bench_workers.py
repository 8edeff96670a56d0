"""How long after its deadline, or a cancellation, a task's process is dead; what the lanes cost."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from core.errors import TimeLimitExceeded
from core.jobs.workers import Lane
from tests.core import worker_tasks as tasks

ROUNDS = 20
DEADLINE_S = 0.5
LIMIT_S = 0.25


def open_lane(*, warm: bool) -> Lane:
    preload = ("sklearn.svm", tasks.__name__)
    return Lane("bench", processes=1, memory_bytes=2 << 30, warm=warm, preload=preload)


async def deadline_delay_s(lane: Lane, task: Callable[..., Any]) -> float:
    """From the deadline of a task to the end of its process."""
    started: list[float] = []
    with suppress(TimeLimitExceeded):
        await lane.run(
            task,
            deadline_s=DEADLINE_S,
            on_message=lambda pid: started.append(time.perf_counter()),
        )
    return time.perf_counter() - started[0] - DEADLINE_S


async def cancel_delay_s(lane: Lane, task: Callable[..., Any]) -> float:
    """From the cancellation of a task to the end of its process."""
    started = asyncio.Event()
    call = asyncio.create_task(lane.run(task, deadline_s=60, on_message=lambda pid: started.set()))
    await started.wait()
    await asyncio.sleep(DEADLINE_S)
    cancelled = time.perf_counter()
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    return time.perf_counter() - cancelled


async def round_trip_s(lane: Lane) -> float:
    began = time.perf_counter()
    await lane.run(tasks.add, 1, 2, deadline_s=60)
    return time.perf_counter() - began


async def measure_lag(lags: list[float]) -> None:
    while True:
        due = time.perf_counter() + 0.005
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - due)


def show(what: str, seconds: Sequence[float], limit_s: float | None = None) -> None:
    median_ms, max_ms = statistics.median(seconds) * 1e3, max(seconds) * 1e3
    line = f"{what:40} median {median_ms:6.2f} ms, max {max_ms:6.2f} ms"
    if limit_s is not None:
        line += (
            f", {sum(value <= limit_s for value in seconds)} of {len(seconds)} within {limit_s} s"
        )
    print(line)


async def run() -> None:
    lags: list[float] = []
    measuring = asyncio.create_task(measure_lag(lags))
    warm, cold = open_lane(warm=True), open_lane(warm=False)
    await warm.start()
    await cold.start()
    for task in (tasks.fit_libsvm, tasks.hold_the_gil, tasks.loop_ignoring_signals):
        delays_s = [await deadline_delay_s(warm, task) for _ in range(ROUNDS)]
        show(f"deadline to death, {task.__name__}", delays_s, LIMIT_S)
        delays_s = [await cancel_delay_s(warm, task) for _ in range(ROUNDS)]
        show(f"cancel to death, {task.__name__}", delays_s, LIMIT_S)
    await round_trip_s(warm)
    show("a small task, warm process", [await round_trip_s(warm) for _ in range(ROUNDS)])
    show("a small task, fresh process", [await round_trip_s(cold) for _ in range(ROUNDS)])
    measuring.cancel()
    show("lag of the event loop meanwhile", lags)
    await warm.close()
    await cold.close()


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
