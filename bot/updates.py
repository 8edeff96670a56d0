"""Updates: none is lost, none stops the others, and each sender's come in order.

Polling confirms updates whose handlers still run, so a killed process would lose them (8 of 10 in a
burst, as measured). They are written to the journal before Telegram is told that they arrived.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from bot.polling import RAW
from core.ports import Updates

MAX_CONCURRENT_UPDATES = 256
# Between two attempts to write to the journal: the first pause, doubled up to the longest.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

T = TypeVar("T")

logger = logging.getLogger(__name__)


class JournaledQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers; writes what it is given before it takes it."""

    def __init__(self, journal: Updates) -> None:
        super().__init__()
        self._journal = journal

    async def put(self, item: object) -> None:
        """Returns once the item is in the journal, however often that has to be tried.

        Meanwhile the polling waits, and Telegram keeps this update and all later ones.
        """
        received = await self._received(item) if isinstance(item, Update) else item
        if received is not None:
            await super().put(received)

    async def restore(self, bot: Bot) -> None:
        """Queues again what an earlier process received and did not finish."""
        for body in await self._journal.pending():
            update = await self._opened(body, bot)
            if update is not None:
                await super().put(update)

    async def _received(self, update: Update) -> Update | None:
        """Journals an update, sealed by `PollingRequest` or not. None where there is nothing to do."""
        raw = update.api_kwargs.get(RAW)
        try:
            body = update.to_json() if raw is None else json.dumps(raw)
            is_new = await _persistently(lambda: self._journal.add(update.update_id, body))
        except (ValueError, TypeError, OverflowError) as error:
            logger.error("an update is skipped, for it cannot be kept: %r", error)  # noqa: TRY400
            return None
        if not is_new:
            return None
        return update if raw is None else await self._opened(body, update.get_bot())

    async def _opened(self, body: str, bot: Bot) -> Update | None:
        """The update in the journal; one that cannot be read is set aside, and None."""
        try:
            return Update.de_json(json.loads(body), bot)
        except Exception as error:  # whatever the library stumbles over
            logger.error("an update is skipped, for it cannot be read: %r", error)  # noqa: TRY400
            await _persistently(lambda: self._journal.set_aside(body))
            return None


async def _persistently(write: Callable[[], Awaitable[T]]) -> T:
    """Tries again until storage takes it, after pauses that grow: a lock may be released, and space
    on a full disk freed."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await write()
        except (ValueError, TypeError, OverflowError):
            raise  # no later attempt would fare better
        except Exception as error:
            logger.warning("the journal can't be written, next try in %g s: %r", pause_s, error)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


class UserOrderProcessor(BaseUpdateProcessor):
    """Senders side by side, each one's updates one after the other; then the journal forgets them."""

    def __init__(self, journal: Updates) -> None:
        super().__init__(MAX_CONCURRENT_UPDATES)
        self._journal = journal
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}
        self._held: set[int] = set()
        self._finished: set[int] = set()

    def hold(self, update_id: int) -> None:
        """Keeps an update in the journal after its handler: its work goes on elsewhere."""
        self._held.add(update_id)

    async def release(self, update_id: int) -> None:
        """Lets the journal forget an update that was held, as its work has ended."""
        self._held.discard(update_id)
        await self._forget(update_id)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        # A pseudo-user stands for many people: theirs are told apart by the chat that they speak as.
        sender = update.effective_sender if isinstance(update, Update) else None
        await self._in_order(sender.id if sender else 0, coroutine)
        if isinstance(update, Update) and update.update_id not in self._held:
            await self._forget(update.update_id)

    async def _forget(self, update_id: int) -> None:
        """Takes handled updates out of the journal; those for which that fails go with the next one.

        The handler must not fail for it: its answer was sent.
        """
        self._finished.add(update_id)
        try:
            for finished in tuple(self._finished):
                await self._journal.done(finished)
                self._finished.discard(finished)
        except Exception as error:
            logger.warning("%d handled updates stay in the journal: %r", len(self._finished), error)

    async def _in_order(self, sender_id: int, coroutine: Awaitable[Any]) -> None:
        lock = self._locks.setdefault(sender_id, asyncio.Lock())
        self._waiting[sender_id] = self._waiting.get(sender_id, 0) + 1
        try:
            async with lock:
                await coroutine
        finally:
            self._waiting[sender_id] -= 1
            if not self._waiting[sender_id]:
                del self._waiting[sender_id], self._locks[sender_id]

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""
