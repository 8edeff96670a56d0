"""The buttons that open one photo of an album's answer, and those that go back."""

from __future__ import annotations

from telegram import ReplyParameters
from telegram.error import BadRequest

from bot.answers import KeptAnswer, Place, find
from bot.commands.answer_keys import keys_of
from bot.commands.correct import answering_model
from bot.commands.prediction_words import said_of
from bot.context import Context
from bot.keyboards import Press
from bot.lessons import Lessons
from core.entities import Model


async def on_open(context: Context, press: Press) -> None:
    """Sends a photo's own answer as a reply to it, with its own buttons."""
    answer, model, place = await _kept(context, press)
    photo, prediction = answer.about(place.position)
    await context.message.chat.send_message(
        said_of([prediction], model, context),
        reply_parameters=ReplyParameters(photo.message_id),
        reply_markup=keys_of(context, answer, model, place),
    )


async def on_back(context: Context, press: Press) -> None:
    """Puts an answer's own buttons back in place of the classes."""
    answer, model, place = await _kept(context, press)
    await context.change_lessons(Lessons.chosen)
    await context.message.edit_reply_markup(keys_of(context, answer, model, place))


async def on_close(context: Context, press: Press) -> None:
    """Takes a photo's own answer away: the album's, above it, has the others."""
    try:
        await context.message.delete()
    except BadRequest:  # It is two days old.
        await context.message.edit_reply_markup(None)


async def _kept(context: Context, press: Press) -> tuple[KeptAnswer, Model, Place]:
    """The answer of a button with its model, and the photo's place in it. Raises StalePress, ModelNotFound."""
    place = Place(press.number(), press.number(1))
    answer = await find(context.services.answers, context.chat_id, place.number)
    return answer, await answering_model(context, answer.model_id), place
