"""Ends teaching modes that nobody ended, and says so."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from telegram import ReplyKeyboardRemove
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.lessons import LessonBook, Lessons
from bot.texts import texts_in
from core.entities import User
from core.services.users import UserService

INTERVAL_S = 20.0

logger = logging.getLogger(__name__)


async def end_lessons(
    bot: ExtBot[Any], book: LessonBook, users: UserService, interval_s: float = INTERVAL_S
) -> None:
    """Looks again and again for modes whose time is over, those from before a restart too."""
    while True:
        try:
            teaching = await users.teaching()
        except Exception:
            logger.exception("lessons that are over could not be looked for")
            teaching = ()
        for user in teaching:
            try:
                await _end_if_over(bot, book, users, user)
            except Exception:
                logger.exception("the lessons of a user could not be ended")
        await asyncio.sleep(interval_s)


async def _end_if_over(bot: ExtBot[Any], book: LessonBook, users: UserService, user: User) -> None:
    def over(lessons: Lessons) -> Lessons:
        now = time.time()
        return lessons.ended() if lessons.is_over(now) or lessons.is_idle(now) else lessons

    before = await book.change(users, user, over)
    if before == over(before) or before.label is None:
        return
    text = texts_in(user.language)("teach.timed_out", label=before.label)
    try:
        await bot.send_message(user.id, text, reply_markup=ReplyKeyboardRemove())
    except TelegramError as error:
        logger.warning("the end of a lesson was not told: %s", error.message)
