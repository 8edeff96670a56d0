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
    turns: int = 0
    posts: int = 0
    newest: tuple[int, int] = (0, 0)
    posted_at: float = -INTERVAL_S


class Boards:
    """Posts to each chat's board one after the other, at most once a second; what is outdated before it can be
    posted is not posted."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._boards: dict[int, _Board] = {}

    def turn(self, chat_id: int) -> int:
        """A turn of the chat's board, to be taken before what it will tell happens: of two things that happen one
        after the other, the first may be ready to be told last."""
        board = self._board(chat_id)
        board.turns += 1
        return board.turns

    async def post(self, chat_id: int, post: Post, turn: int | None = None) -> None:
        """Calls `post` once the board is free, or not at all where a later turn's, or a newer one of the same turn,
        came meanwhile. turn : None for one that is taken now."""
        board = self._board(chat_id)
        board.posts += 1
        mine = (self.turn(chat_id) if turn is None else turn, board.posts)
        if mine < board.newest:
            return
        board.newest = mine
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

    def _board(self, chat_id: int) -> _Board:
        return self._boards.setdefault(chat_id, _Board())
