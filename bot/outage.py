"""While the journal can't be written: who sends something is told once that it waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram import Bot, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.texts import supported, texts_in

logger = logging.getLogger(__name__)


class Outage:
    """Tells each person once until it ends. is_served : False for those whom the bot does not answer."""

    def __init__(self, bot: Bot, is_served: Callable[[int], Awaitable[bool]]) -> None:
        self._bot = bot
        self._is_served = is_served
        self._told: set[int] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, updates: Sequence[Any]) -> None:
        """Begins to tell the senders of these updates, as Telegram sent them, in private chats."""
        for raw in updates:
            try:
                update = Update.de_json(raw, self._bot)
            except Exception:  # whatever the library stumbles over
                logger.debug("an update that waits can't be read")
                continue
            user, chat = update.effective_user, update.effective_chat
            if user and chat and chat.type == ChatType.PRIVATE and user.id not in self._told:
                self._told.add(user.id)
                telling = asyncio.create_task(self._tell(user.id, user.language_code))
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)

    def end(self) -> None:
        """Updates are taken again."""
        self._told.clear()

    async def _tell(self, user_id: int, language: str | None) -> None:
        try:
            if await self._is_served(user_id):
                text = texts_in(supported(language))("update.waits")
                await self._bot.send_message(user_id, text)
        except TelegramError as error:
            logger.warning("a user could not be told that updates wait: %s", error.message)
        except Exception as error:  # of the disk
            logger.warning("it is not known whether a user is served: %r", error)
