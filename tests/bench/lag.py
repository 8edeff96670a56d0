"""How long the event loop is held while something else is awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TICK_S = 0.001


@asynccontextmanager
async def measured(what: str) -> AsyncIterator[None]:
    """Prints how long the block took and for how long it held up the event loop."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            asleep = time.perf_counter()
            await asyncio.sleep(TICK_S)
            longest = max(longest, time.perf_counter() - asleep - TICK_S)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(TICK_S)
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    watcher.cancel()
    print(f"| {what} | {seconds * 1000:.0f} | {longest * 1000:.1f} |", flush=True)
