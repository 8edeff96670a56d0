"""Waiting for work in a thread, which can't be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def its_end(work: asyncio.Future[T], on_cancel: Callable[[], object] = lambda: None) -> T:
    """Waits for the end of the work, also when cancelled; its result.

    A cancellation calls `on_cancel` at once and is raised after that end.
    """
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
            on_cancel()
    if cancelled is not None:
        work.exception()  # marks its error, if any, as retrieved
        raise cancelled
    return work.result()
