"""At the start: users of a process that died are told what was interrupted, and asked about their ZIPs again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.commands.zip_question import asked_again
from bot.keyboards import Buttons
from bot.texts import DEFAULT_LANGUAGE, Html, Texts, texts_in
from bot.zip_book import KeptZip, ZipBook, being_read, read
from core.entities import Job, JobKind, User
from core.ports import Jobs
from core.services.services import Services

logger = logging.getLogger(__name__)


async def tell_interrupted(bot: ExtBot[Any], book: ZipBook, services: Services, jobs: Jobs) -> None:
    """Tells users that their jobs were interrupted. If the network fails, the next start tries again; a
    user who has blocked the bot is not told."""

    def whose(job: Job) -> tuple[int, int, JobKind]:
        return job.owner_id, job.chat_id, job.kind

    interrupted = await jobs.interrupt_all()
    uploads = Counter(job.owner_id for job in interrupted if job.kind is JobKind.UPLOAD)
    asked = await _ask_about_zips(bot, book, services, uploads)
    for (owner_id, chat_id, kind), told in groupby(sorted(interrupted, key=whose), whose):
        group = list(told)
        user = await services.users.meet(owner_id, DEFAULT_LANGUAGE)
        is_told = kind is JobKind.UPLOAD and owner_id in asked
        if is_told or await _is_told(bot, chat_id, _interrupted(group, texts_in(user.language))):
            for job in group:
                await jobs.set_told(job.id)


async def _is_told(bot: ExtBot[Any], chat_id: int, text: Html) -> bool:
    """False where a later start should try again."""
    try:
        await bot.send_message(chat_id, text)
    except TelegramError as error:
        return _is_hopeless(error)
    return True


def _is_hopeless(error: TelegramError) -> bool:
    logger.warning("an interrupted user could not be told: %s", type(error).__name__)
    return isinstance(error, (BadRequest, Forbidden))


def _interrupted(jobs: Sequence[Job], texts: Texts) -> Html:
    """What is said of a user's interrupted jobs of one kind: several are ZIPs in line."""
    if len(jobs) > 1:
        return texts("interrupted.uploads", n=texts.number(len(jobs)))
    return texts(f"interrupted.{jobs[0].kind}")


async def _ask_about_zips(
    bot: ExtBot[Any], book: ZipBook, services: Services, uploads: Counter[int]
) -> set[int]:
    """Asks about ZIPs whose reading has not ended; the users who were asked.

    uploads : how many jobs were interrupted that no update asks for again, by their owners. Of the others the
    reading goes on.
    """
    asked = set()
    for user in await services.users.with_zips():
        begun = being_read(read(user))
        left = begun[-uploads[user.id] :] if uploads[user.id] else ()
        if left and await _ask(bot, book, services, user, left):
            await book.drop(services.users, user, begun[: -len(left)])
            asked.add(user.id)
    return asked


async def _ask(
    bot: ExtBot[Any], book: ZipBook, services: Services, user: User, zips: Sequence[KeptZip]
) -> bool:
    """False where a later start should try again."""
    kept = await services.datasets.list(user.id)
    current = next((one for one in kept if one.id == user.dataset_id), kept[0] if kept else None)
    archives = [one.message(bot) for one in zips]
    text, buttons = asked_again(texts_in(user.language), Buttons(user.id), archives, current)
    try:
        question = await bot.send_message(
            user.id, text, reply_markup=buttons, reply_to_message_id=zips[0].message_id
        )
    except TelegramError as error:
        if _is_hopeless(error):
            await book.drop(services.users, user, zips)
            return True
        return False
    await book.ask(services.users, user, question.message_id, zips)
    return True
