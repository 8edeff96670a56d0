"""Pace: requests to one chat go one after the other, and no faster than Telegram takes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiolimiter import AsyncLimiter
from telegram.constants import FloodLimit
from telegram.error import Forbidden

# Chats are forgotten beyond this number, where nothing is known of them that matters.
MAX_IDLE_CHATS = 1000


@dataclass(eq=False)
class Chat:
    """What is to be sent to a chat.

    paused_until : by `time.monotonic`, after a "429 Too Many Requests". refusals : how often the chat has
    refused the bot, which ends what waits.
    """

    limiter: AsyncLimiter | None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    paused_until: float = 0.0
    refusals: int = 0
    users: int = 0

    def pause(self, seconds: float) -> None:
        self.paused_until = time.monotonic() + seconds

    @property
    def is_paused(self) -> bool:
        return time.monotonic() < self.paused_until

    @property
    def is_idle(self) -> bool:
        is_full = self.limiter is None or self.limiter.has_capacity(self.limiter.max_rate)
        return not self.users and not self.is_paused and is_full


class Pace:
    """Gives requests their turns.

    Telegram takes 30 messages a second from a bot, and 20 a minute in a group, edits included. A 429 says how
    long to wait, and it is not known for what: it is taken to be for the chat, so that one that has heard too
    much delays no other. Where all have, each learns it by one refusal.
    """

    def __init__(self, per_second: float | None = FloodLimit.MESSAGES_PER_SECOND) -> None:
        """per_second : None for no limits."""
        self._overall = AsyncLimiter(per_second, 1) if per_second else None
        self._chats: dict[int | str, Chat] = {}

    @asynccontextmanager
    async def turn(self, chat_id: int | str) -> AsyncIterator[Chat]:
        """The chat, when all that was to be sent to it before is sent. Raises Forbidden where it has refused
        the bot meanwhile."""
        chat = self._chats.get(chat_id) or self._add(chat_id)
        refusals = chat.refusals
        chat.users += 1
        try:
            async with chat.lock:
                if chat.refusals > refusals:
                    raise Forbidden("Forbidden: the chat has refused what was sent before")
                try:
                    yield chat
                except Forbidden:
                    chat.refusals += 1
                    raise
        finally:
            chat.users -= 1

    async def may_send(self, chat: Chat, messages: int = 1) -> None:
        """Waits until the limits leave room for so many messages."""
        await asyncio.sleep(chat.paused_until - time.monotonic())
        for limiter in (chat.limiter, self._overall):
            if limiter:
                await limiter.acquire(min(messages, limiter.max_rate))

    def _add(self, chat_id: int | str) -> Chat:
        if len(self._chats) >= MAX_IDLE_CHATS:
            self._chats = {id_: chat for id_, chat in self._chats.items() if not chat.is_idle}
        # A name is that of a channel or a supergroup.
        is_group = isinstance(chat_id, str) or chat_id < 0
        limited = is_group and self._overall is not None
        limiter = AsyncLimiter(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP, 60) if limited else None
        self._chats[chat_id] = Chat(limiter)
        return self._chats[chat_id]
