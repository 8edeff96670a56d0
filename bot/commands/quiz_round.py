"""A round of the quiz: the poll, its end, and its votes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from telegram import InlineKeyboardMarkup, InputMediaPhoto, Message, Poll
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot.commands.labels import localized_names
from bot.commands.quiz_result import name_of, tell
from bot.context import Context
from bot.keyboards import keyboard
from core.entities import Model, Question, Vote, Words
from core.errors import LukoshkoError
from core.services.quizzes import Asked, Said

OPEN_S = 30
# Telegram closes the poll; where its word of that does not come, this long after.
LATE_S = 2.0
# The last votes come beside the word that the poll is closed.
SETTLE_S = 3.0

logger = logging.getLogger(__name__)


async def play(context: Context, asked: Asked) -> None:
    """Sends the poll; the rest goes on beside the handlers."""
    question, texts = asked.question, context.texts
    model = await _model_of(context, question)
    sent = await context.message.reply_poll(
        texts.plain("quiz.question"),
        [name_of(label, model, texts) for label in question.options],
        is_anonymous=False,
        type=Poll.QUIZ,
        correct_option_ids=[cast(Any, question.correct)],
        open_period=OPEN_S,
        media=InputMediaPhoto(asked.picture),
        reply_markup=_end_button(context),
    )
    context.beside(_finish(context, question, model, sent))


def _end_button(context: Context) -> InlineKeyboardMarkup:
    return keyboard([context.buttons(context.texts.plain("button.quiz_end"), "quiz_end")])


async def _model_of(context: Context, question: Question) -> Model | None:
    """The model that is asked about; None where it is gone."""
    found = await context.services.models.some(question.owner_id, [question.model_id])
    return found[0] if found else None


async def _finish(context: Context, question: Question, model: Model | None, sent: Message) -> None:
    """Waits until the poll is over, and tells who was right."""
    answering = asyncio.create_task(_said(context, question))
    poll_id = sent.poll.id if sent.poll else None
    try:
        if sent.poll is None:
            poll_id, voters = await _found_again(sent)
        else:
            voters = await _over(context, sent, sent.poll)
        votes, said = await _votes(context, poll_id, voters), await answering
        async with context.quiz_book.telling(context.chat_id):
            await tell(context, question, model, sent, votes, said)
            await context.keep("over", poll_id or "")
            await _end(context, poll_id)
    except Exception:
        await _end(context, poll_id)
        raise
    finally:
        answering.cancel()
    if poll_id:
        context.quiz_book.forget(poll_id)


async def _end(context: Context, poll_id: str | None) -> None:
    await context.services.quizzes.end(context.chat_id, context.incoming.update_id, poll_id)


async def _said(context: Context, question: Question) -> Said | None:
    """What the bot says of the photo; None where it can't say, which is logged."""

    def words_of(model: Model) -> Words:
        return Words(context.texts.charts, localized_names(model, context.texts))

    try:
        return await context.services.quizzes.answer(question, words_of)
    except LukoshkoError as error:
        logger.warning("the bot has no answer in a quiz: %r", error)
        return None


async def _over(context: Context, sent: Message, poll: Poll) -> int | None:
    """Waits for the end of the poll, in private for the one vote; how many voted, None where Telegram does not
    tell any more."""
    known = context.quiz_book.poll(poll.id)
    alone = sent.chat.type == ChatType.PRIVATE
    ends: list[asyncio.Future[object]] = [asyncio.ensure_future(asyncio.shield(known.voters))]
    if alone:
        ends.append(asyncio.ensure_future(known.voted.wait()))
    closes = poll.close_date.timestamp() if poll.close_date else sent.date.timestamp() + OPEN_S
    is_voted = alone and bool(await context.services.quizzes.votes(poll.id))
    left_s = 0.0 if is_voted else max(closes + LATE_S - time.time(), 0.0)
    await asyncio.wait(ends, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    stopped = await stop(context, sent)
    if stopped is not None:
        return stopped
    return known.voters.result() if known.voters.done() else None


async def stop(context: Context, sent: Message) -> int | None:
    """Closes the poll and takes its button away; how many voted, None where it was closed already or is gone."""
    try:
        return (await context.bot.stop_poll(sent.chat_id, sent.message_id)).total_voter_count
    except BadRequest:
        with suppress(BadRequest):
            await context.bot.edit_message_reply_markup(sent.chat_id, sent.message_id)
        return None


async def _found_again(sent: Message) -> tuple[str | None, int | None]:
    """The id of a poll that was sent without an answer coming back, and how many voted: Telegram tells only
    when it is closed."""
    try:
        poll = await sent.get_bot().stop_poll(sent.chat_id, sent.message_id)
    except BadRequest:
        return None, None
    return poll.id, poll.total_voter_count


async def _votes(context: Context, poll_id: str | None, voters: int | None) -> Sequence[Vote]:
    """The votes, the fastest first: those that Telegram counted may still be on their way."""
    if poll_id is None:
        return ()
    quizzes, voted = context.services.quizzes, context.quiz_book.poll(poll_id).voted
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while True:
                voted.clear()
                if voters is not None and len(await quizzes.votes(poll_id)) >= voters:
                    break
                await voted.wait()
    return await quizzes.votes(poll_id)
