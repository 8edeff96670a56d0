"""How long others wait while something large is awaited: for the event loop, and for the database."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

TICK_S = 0.001
TARGET_MS = 20.0
BETWEEN_WRITES_S = 0.02
HEAD = f"""\
| step | seconds | the event loop held, ms: p99 | at most | within {TARGET_MS:.0f} ms | another's write, ms at most |
|---|---|---|---|---|---|"""


@asynccontextmanager
async def measured(what: str, write: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Prints a row of the table under HEAD about the block: its seconds, how late the event loop woke a
    task that sleeps for TICK_S again and again, and how long `write` took, called again and again.

    write : a small transaction, as each update that arrives is one. One that waits for the block's
        transaction leaves the bot as deaf as a loop that is held.
    """
    lags_ms, waits_ms = list[float](), list[float]()
    ended = asyncio.Event()
    watchers = [
        asyncio.create_task(_tick(lags_ms, ended)),
        asyncio.create_task(_write(write, waits_ms, ended)),
    ]
    await asyncio.sleep(TICK_S)
    began = time.perf_counter()
    try:
        yield
        seconds = time.perf_counter() - began
    finally:
        ended.set()
        # What holds the loop or the database until the block ends is known when they are through.
        await asyncio.gather(*watchers)
    p99, most = statistics.quantiles(lags_ms, n=100, method="inclusive")[98], max(lags_ms)
    verdict = "yes" if most <= TARGET_MS else "no"
    print(
        f"| {what} | {seconds:.3f} | {p99:.1f} | {most:.1f} | {verdict} | {max(waits_ms):.0f} |",
        flush=True,
    )


async def _tick(lags_ms: list[float], ended: asyncio.Event) -> None:
    while not ended.is_set() or len(lags_ms) < 2:
        asleep = time.perf_counter()
        await asyncio.sleep(TICK_S)
        lags_ms.append((time.perf_counter() - asleep - TICK_S) * 1e3)


async def _write(
    write: Callable[[], Awaitable[object]], waits_ms: list[float], ended: asyncio.Event
) -> None:
    while not ended.is_set() or not waits_ms:
        began = time.perf_counter()
        await write()
        waits_ms.append((time.perf_counter() - began) * 1e3)
        await asyncio.sleep(BETWEEN_WRITES_S)
