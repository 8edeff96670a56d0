"""What a group sees of lessons: reactions, and the moment from which its own model answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram.error import TelegramError

from bot.context import Context
from bot.texts import Html, Texts
from core.entities import Dataset, Place, messages_of
from core.services.suggestions import Decided

WAITS, LEARNED, UNREADABLE = "👀", "👌", "🤷"
MAX_NAMED_CLASSES = 5
FIRST_LESSON = 2
"""The version of a dataset that was begun empty and taught once."""

logger = logging.getLogger(__name__)


async def react(context: Context, chat_id: int, message_id: int, emoji: str | None) -> None:
    """Sets the reaction, None for none; where reactions are refused, silence."""
    try:
        await context.bot.set_message_reaction(chat_id, message_id, emoji)
    except TelegramError as error:
        logger.debug("a reaction was refused: %s", error.message)


async def show_decision(
    context: Context, place: Place, decided: Decided, *, is_accepted: bool
) -> None:
    """The owner decided on photos: the members' messages show it."""
    for message_id in messages_of(decided.photos):
        await react(context, place.chat_id, message_id, LEARNED if is_accepted else None)
    if is_accepted:
        await follow(context, place, decided.dataset)


async def follow(context: Context, place: Place, taught: Dataset) -> None:
    """Trains the model of the group's set after a lesson, and says in the group where it answers from now on, or
    needs a second class for that. taught : the dataset of the lesson; it may be the group's no more."""
    if text := await _followed(context, place, taught):
        try:
            await context.bot.send_message(place.chat_id, text, message_thread_id=place.thread_id)
        except TelegramError as error:  # the bot may be no member any more
            logger.info("a group was not told of a lesson: %s", error.message)


async def _followed(context: Context, place: Place, taught: Dataset) -> Html | None:
    services, texts = context.services, context.texts
    group = await services.groups.get(place.chat_id, place.title)
    if group.own is None or group.own.dataset_id != taught.id:
        return None
    before = await services.models.active(group.id)
    model = await services.groups.follow(group)
    dataset = await services.groups.own_set(group)
    if model and (before is None or before.id != model.id):
        classes = _classes(model.card.classes, texts)
        return texts("group.answers_now", classes=classes, bot=context.bot.username)
    is_first = dataset is not None and dataset.version == FIRST_LESSON
    if dataset and is_first and group.follows and model is None:
        return texts("group.one_class", label=next(iter(dataset.classes), ""))
    return None


def _classes(labels: Sequence[str], texts: Texts) -> str:
    shown = ", ".join(labels[:MAX_NAMED_CLASSES])
    return f"{shown}…" if len(labels) > MAX_NAMED_CLASSES else shown
