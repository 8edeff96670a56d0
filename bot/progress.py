"""A message that shows the progress of work, edited in place, and becomes the result."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from telegram import InlineKeyboardMarkup, Message
from telegram.error import BadRequest, TelegramError

from bot.errors import is_unchanged
from bot.sending import passing
from core.entities import Progress

# Telegram accepts about one message per second in a chat, edits included, and 20 per minute in a group.
EDIT_INTERVAL_S = 2.0

logger = logging.getLogger(__name__)

# A stage's rate is known after this time, not from its first few steps: while a network warms up, or what is known
# already is passed over, they take another time than the rest.
RATE_KNOWN_AFTER_S = 4.0


@dataclass
class Timing:
    """The time that work takes, as its progress was seen.

    began : when it began, on the clock of `time.monotonic`, as are all moments here.
    """

    began: float = field(default_factory=time.monotonic)
    _stages: dict[str, tuple[float, int]] = field(default_factory=dict)
    _least_left: dict[str, float] = field(default_factory=dict)

    def see(self, progress: Progress) -> None:
        """Notes when a stage is seen first, and how far it was."""
        self._stages.setdefault(progress.stage, (time.monotonic(), progress.done))

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.began

    def since(self, stage: str) -> float | None:
        """Seconds since the stage was seen first; None if it was not."""
        seen = self._stages.get(stage)
        return time.monotonic() - seen[0] if seen else None

    def left(self, progress: Progress) -> float | None:
        """Seconds until the stage ends at the rate that was seen; None while it is not known. It never rises: where the
        work becomes slower, it stays what it was."""
        seen = self._stages.get(progress.stage)
        if seen is None or progress.done <= seen[1]:
            return None
        spent = time.monotonic() - seen[0]
        if spent < RATE_KNOWN_AFTER_S:
            return None
        left = spent * (progress.total - progress.done) / (progress.done - seen[1])
        least = min(left, self._least_left.get(progress.stage, left))
        self._least_left[progress.stage] = least
        return least


Render = Callable[[Progress, Timing], str]


class ProgressMessage:
    """A message of the bot that shows the progress until it becomes the result.

    progress : gives the progress, asked for at every edit. render : (progress, timing) → the message.
    Made by `show`; used as a context.
    """

    def __init__(
        self,
        message: Message,
        progress: Callable[[], Progress],
        render: Render,
        keyboard: InlineKeyboardMarkup,
    ) -> None:
        self._message = message
        self._progress = progress
        self._render = render
        self._keyboard = keyboard
        self._timing = Timing()
        self._shown = ""
        self._ended = asyncio.Event()

    @classmethod
    async def show(
        cls,
        reply_to: Message,
        instead: Message | None,
        progress: Callable[[], Progress],
        render: Render,
        keyboard: InlineKeyboardMarkup,
        *,
        quote: bool | None = None,
    ) -> ProgressMessage:
        """Shows the progress in a new message, or in `instead`, a message of the bot that it takes
        over."""
        if instead:
            taken = cls(instead, progress, render, keyboard)
            await taken._show()
            return taken
        first = render(progress(), Timing())
        sent = await reply_to.reply_text(first, reply_markup=keyboard, do_quote=quote)
        return cls(sent, progress, render, keyboard)

    async def __aenter__(self) -> ProgressMessage:
        self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def become(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> Message:
        """Shows the result in place of the progress; as a new message if this one was deleted."""
        await self._stop()
        try:
            await self._message.edit_text(text, reply_markup=keyboard)
        except BadRequest as error:
            if not is_unchanged(error):
                return await self._message.chat.send_message(text, reply_markup=keyboard)
        return self._message

    async def _tick(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), EDIT_INTERVAL_S)
                return
            await self._show()

    async def _show(self) -> None:
        progress = self._progress()
        self._timing.see(progress)
        text = self._render(progress, self._timing)
        if text == self._shown:
            return
        self._shown = text
        try:
            with passing():
                await self._message.edit_text(text, reply_markup=self._keyboard)
        except TelegramError as error:
            # A missed edit does no harm: the next one shows more progress.
            logger.debug("progress was not shown: %s", type(error).__name__)

    async def _stop(self) -> None:
        # Not cancelled: an edit that was sent already could arrive after the result.
        self._ended.set()
        await self._ticking
