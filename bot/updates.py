"""Updates: none is lost, and each user's come in order.

Polling confirms updates whose handlers still run, so a killed process would lose them (8 of 10 in a
burst, as measured). They are written to the journal before Telegram is told that they arrived.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from core.ports import Updates

MAX_CONCURRENT_UPDATES = 256


class JournaledQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers; writes what it is given before it takes it."""

    def __init__(self, journal: Updates) -> None:
        super().__init__()
        self._journal = journal

    async def put(self, item: object) -> None:
        is_new = not isinstance(item, Update) or await self._journal.add(
            item.update_id, item.to_json()
        )
        if is_new:
            await super().put(item)

    async def restore(self, bot: Bot) -> None:
        """Queues again what an earlier process received and did not finish."""
        for body in await self._journal.pending():
            await super().put(Update.de_json(json.loads(body), bot))


class UserOrderProcessor(BaseUpdateProcessor):
    """Users side by side, each user's updates one after the other; then the journal forgets them."""

    def __init__(self, journal: Updates) -> None:
        super().__init__(MAX_CONCURRENT_UPDATES)
        self._journal = journal
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}
        self._held: set[int] = set()

    def hold(self, update_id: int) -> None:
        """Keeps an update in the journal after its handler: its work goes on elsewhere."""
        self._held.add(update_id)

    async def release(self, update_id: int) -> None:
        self._held.discard(update_id)
        await self._journal.done(update_id)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        user = update.effective_user if isinstance(update, Update) else None
        await self._in_turn(user.id if user else 0, coroutine)
        if isinstance(update, Update) and update.update_id not in self._held:
            await self._journal.done(update.update_id)

    async def _in_turn(self, user_id: int, coroutine: Awaitable[Any]) -> None:
        lock = self._locks.setdefault(user_id, asyncio.Lock())
        self._waiting[user_id] = self._waiting.get(user_id, 0) + 1
        try:
            async with lock:
                await coroutine
        finally:
            self._waiting[user_id] -= 1
            if not self._waiting[user_id]:
                del self._waiting[user_id], self._locks[user_id]

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""
