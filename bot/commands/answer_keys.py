"""The buttons under an answer to a photo, and those under an album's."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup
from telegram.constants import ChatType

from bot.answers import KeptAnswer, Place, version_of
from bot.commands.correct import correction_rows
from bot.context import Context
from bot.keyboards import in_rows, keyboard
from core.entities import Model, Prediction

NUMBERS_IN_ROW = 5


def answer_keys(
    context: Context, model: Model, prediction: Prediction, place: Place, *, is_album: bool
) -> InlineKeyboardMarkup:
    """Under the answer to one photo: corrections, in private, and "Why?". That of an album's photo can be
    closed."""
    is_private = context.message.chat.type == ChatType.PRIVATE
    rows = correction_rows(context, model, prediction, place) if is_private else ()
    *first, last = [*map(list, rows)] or [[]]
    texts, button = context.texts, context.buttons
    why = button(texts.plain("button.why"), "why", model.id, version_of(model))
    close = [button(texts.plain("button.back"), "answer_close")] if is_album else []
    return keyboard(*first, [*last, why], close)


def album_keys(
    context: Context, number: int, predictions: Sequence[Prediction | Exception]
) -> InlineKeyboardMarkup | None:
    """Under an album's answer, in private: a number for each photo that was read, as in its line."""
    if context.message.chat.type != ChatType.PRIVATE:
        return None
    buttons = [
        context.buttons(str(position + 1), "answer_open", *Place(number, position).arguments)
        for position, prediction in enumerate(predictions)
        if isinstance(prediction, Prediction)
    ]
    return keyboard(*in_rows(buttons, NUMBERS_IN_ROW)) if buttons else None


def keys_of(
    context: Context, answer: KeptAnswer, model: Model, place: Place
) -> InlineKeyboardMarkup:
    """The buttons of one photo of a kept answer. Raises StalePress where nothing was said of it."""
    _, prediction = answer.about(place.position)
    return answer_keys(context, model, prediction, place, is_album=answer.is_album)
