"""Boards: one message a chat that says how things stand, edited in place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

# Telegram takes about one message a second in a chat, edits included.
INTERVAL_S = 1.0

Post = Callable[[], Awaitable[None]]


@dataclass
class _Board:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: int = 0
    posted_at: float = -INTERVAL_S


class Boards:
    """Posts to each chat's board one after the other, at most once a second; what is outdated before its
    turn comes is not posted."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._boards: dict[int, _Board] = {}

    async def post(self, chat_id: int, post: Post) -> None:
        """Calls `post` in its turn, or not at all where a newer one came meanwhile."""
        board = self._boards.setdefault(chat_id, _Board())
        board.newest += 1
        mine = board.newest
        async with board.lock:
            pause_s = board.posted_at + self._interval_s - time.monotonic()
            if mine == board.newest and pause_s > 0:
                await asyncio.sleep(pause_s)
            if mine != board.newest:
                return
            try:
                await post()
            finally:
                board.posted_at = time.monotonic()
