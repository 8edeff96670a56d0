"""Attempts: a request that fails for want of the network is tried again, after pauses that grow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import count
from typing import TypeVar

from telegram.error import BadRequest, NetworkError, RetryAfter

# The first pause, doubled up to the longest.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# Attempts for what a person waits for, who hears of it in the end.
FEW = 5

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def few_times(attempt: Callable[[], Awaitable[T]]) -> T:
    """The first answer; the last attempt's error is raised, and at once what no repetition mends."""
    return await _tried(attempt, range(FEW - 1))


async def until_reached(attempt: Callable[[], Awaitable[T]]) -> T:
    """The first answer, however long the network is not there; raised is only what no repetition mends."""
    return await _tried(attempt, count())


async def _tried(attempt: Callable[[], Awaitable[T]], before_last: Iterable[int]) -> T:
    times = pauses()
    for _ in before_last:
        try:
            return await attempt()
        except RetryAfter as error:
            await asyncio.sleep(seconds(error))
        except BadRequest:
            raise
        except NetworkError as error:
            await wait(times, error)
    return await attempt()


def pauses() -> Iterator[float]:
    """Seconds to wait after each failure."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def wait(times: Iterator[float], error: NetworkError) -> None:
    """The next pause."""
    pause_s = next(times)
    logger.info("Telegram did not take a request, next try in %g s: %s", pause_s, error.message)
    await asyncio.sleep(pause_s)


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants the bot to wait."""
    # Its public property warns that it will be a timedelta.
    return error._retry_after.total_seconds() + 0.1
