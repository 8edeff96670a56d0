"""Guest mode: in a chat where the bot is no member, somebody replies to a photo with "@bot".

The baseline answers: of a person's own models not even the names are meant for such a chat. One answer is
all that Telegram allows.
"""

from __future__ import annotations

import logging

from telegram import InlineQueryResultArticle, InputTextMessageContent, Message, Update
from telegram.error import BadRequest

from bot.commands.prediction_words import said_of_one
from bot.context import Context
from bot.pictures import Sent, has_picture
from bot.texts import Html

logger = logging.getLogger(__name__)


async def on_guest_message(update: Update, context: Context) -> None:
    """Says what the photo shows, or how to ask."""
    message = update.guest_message
    if message is None or message.guest_query_id is None:
        return
    photo = _photo_of(message)
    said = await _said(context, photo) if photo else None
    text = said or context.texts("guest.how", bot=context.bot.username)
    answer = InlineQueryResultArticle(
        id="answer",
        title=context.texts.plain("guest.title"),
        input_message_content=InputTextMessageContent(text),
    )
    try:
        await context.bot.answer_guest_query(message.guest_query_id, answer)
    except BadRequest as error:
        logger.info("a guest query was not answered: %s", error.message)


def _photo_of(message: Message) -> Message | None:
    """The message with the picture that is meant: this one, or the one that it replies to."""
    asked = (message, message.reply_to_message)
    return next((one for one in asked if one and has_picture(one)), None)


async def _said(context: Context, photo: Message) -> Html:
    services = context.services
    baseline = services.models.baseline
    fetch = Sent.of(photo).fetch(context.bot)
    return said_of_one(
        await services.predictions.predict_with(baseline, fetch), baseline, context.texts
    )
