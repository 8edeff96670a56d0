"""One message that shows how work goes, edited in place, and becomes its result."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from telegram import InlineKeyboardMarkup, Message
from telegram.error import BadRequest, TelegramError

from core.entities import Progress

# Telegram takes about one message a second in a chat, edits included, and 20 a minute in a group.
EDIT_INTERVAL_S = 2.0

logger = logging.getLogger(__name__)

Render = Callable[[Progress, float], str]


class ProgressMessage:
    """A message of the bot's that follows the progress until it becomes the result.

    render : (progress, seconds since it began) → the message. `update` may be called as often as
    wanted. Made by `send` or `take_over`; used as a context.
    """

    def __init__(self, message: Message, render: Render, keyboard: InlineKeyboardMarkup) -> None:
        self._message = message
        self._render = render
        self._keyboard = keyboard
        self._progress = Progress("start")
        self._started = time.monotonic()
        self._shown = ""

    @classmethod
    async def send(
        cls, reply_to: Message, render: Render, keyboard: InlineKeyboardMarkup
    ) -> ProgressMessage:
        """Follows the progress in a new message."""
        first = render(Progress("start"), 0.0)
        return cls(await reply_to.reply_text(first, reply_markup=keyboard), render, keyboard)

    @classmethod
    async def take_over(
        cls, message: Message, render: Render, keyboard: InlineKeyboardMarkup
    ) -> ProgressMessage:
        """Follows the progress in a message that is there already."""
        progress = cls(message, render, keyboard)
        await progress._show()
        return progress

    async def __aenter__(self) -> ProgressMessage:
        self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    def update(self, progress: Progress) -> None:
        self._progress = progress

    async def become(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> Message:
        """Shows the result in place of the progress; as a new message if this one was deleted."""
        await self._stop()
        try:
            await self._message.edit_text(text, reply_markup=keyboard)
        except BadRequest as error:
            if "not modified" not in error.message:
                return await self._message.chat.send_message(text, reply_markup=keyboard)
        return self._message

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(EDIT_INTERVAL_S)
            await self._show()

    async def _show(self) -> None:
        text = self._render(self._progress, time.monotonic() - self._started)
        if text == self._shown:
            return
        self._shown = text
        try:
            await self._message.edit_text(text, reply_markup=self._keyboard)
        except TelegramError as error:
            # A step that was not shown costs nothing: the next one will be.
            logger.debug("progress was not shown: %s", type(error).__name__)

    async def _stop(self) -> None:
        self._ticking.cancel()
        with suppress(asyncio.CancelledError):
            await self._ticking
