"""/teach in a group: members suggest photos for the group's own set."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram import Message, Update
from telegram.error import BadRequest, Forbidden

from bot.commands.consent import has_consented
from bot.commands.group import ask_consent, group_of, myself, say
from bot.commands.group_lessons import LEARNED, UNREADABLE, WAITS, follow, react
from bot.commands.suggested import ask_owner, show_renamed
from bot.context import Context
from bot.errors import explain
from bot.pictures import Sent, TurnedOutArchive, has_picture
from bot.texts import Html
from core.entities import Dataset, Group, Place
from core.errors import LabelInvalid
from core.services.suggestions import Offered, Suggested

logger = logging.getLogger(__name__)


async def teach(update: Update, context: Context) -> None:
    """/teach CLASS as a reply to a photo."""
    replied = context.message.reply_to_message
    pictures = [replied] if replied and has_picture(replied) else []
    await offer(context, " ".join(context.args or ()), pictures)


async def offer(context: Context, label: str, pictures: Sequence[Message]) -> None:
    """Suggests pictures for a class; those of the set's owner, and of people whom the owner trusts, are learned at
    once."""
    group = await group_of(context)
    dataset = await context.services.groups.own_set(group)
    if context.is_anonymous:
        await say(context, context.texts("group.anonymous_teach"))
    elif dataset is None:
        await say(context, context.texts("group.no_set", bot=context.bot.username))
    elif not label or not pictures:
        await say(context, context.texts("group.teach_how"))
    elif await has_consented(context):
        await _take(context, group, dataset, label, pictures)
    else:
        await ask_consent(context)


async def _take(
    context: Context, group: Group, dataset: Dataset, label: str, pictures: Sequence[Message]
) -> None:
    try:
        suggested = await _suggest(context, group, dataset, label, pictures)
    except LabelInvalid as error:  # its own sentence is for private chats
        bot, most = context.bot.username, error.max_length
        await say(context, context.texts("group.label_invalid", max_length=most, bot=bot))
    else:
        await _tell(context, group, suggested, pictures)


async def _suggest(
    context: Context, group: Group, dataset: Dataset, label: str, pictures: Sequence[Message]
) -> Suggested:
    sent, message_id = [Sent.of(picture) for picture in pictures], context.message.message_id
    offered = [Offered(one.name, one.fetch(context.bot), message_id) for one in sent]
    place = _place(context, group)
    suggestions = context.services.suggestions
    return await suggestions.suggest(myself(context), dataset, label, offered, place)


async def _tell(
    context: Context, group: Group, suggested: Suggested, pictures: Sequence[Message]
) -> None:
    """The reaction to the member's message, and what is to be said beside it."""
    message_id = context.message.message_id
    taught = suggested.taught
    if taught and taught.learned:
        await react(context, group.id, message_id, LEARNED)
        await follow(context, _place(context, group), taught.dataset)
    elif suggested.suggestion:
        await react(context, group.id, message_id, WAITS)
        await _ask(context, group, suggested)
    else:
        await react(context, group.id, message_id, UNREADABLE)
    errors = [error for error in suggested.errors if error]
    if errors:
        is_archive = isinstance(errors[0], TurnedOutArchive)
        await say(context, no_picture(context) if is_archive else explain(errors[0], context.texts))
    if len(pictures) == 1 and pictures[0].media_group_id:
        await say(context, context.texts("group.part_of_album"))


def no_picture(context: Context) -> Html:
    """The answer to a ZIP that is sent as if it were a photo."""
    return context.texts("group.no_picture", bot=context.bot.username)


async def _ask(context: Context, group: Group, suggested: Suggested) -> None:
    if suggested.suggestion is None:
        return
    try:
        await show_renamed(context, suggested)
        await ask_owner(context, suggested.suggestion)
    except (Forbidden, BadRequest) as error:
        logger.info("the owner of a group's set can't be asked: %s", error.message)
        owner = group.own.owner_name if group.own else ""
        text = context.texts("group.owner_unreachable", owner=owner, bot=context.bot.username)
        await say(context, text)


def _place(context: Context, group: Group) -> Place:
    """The group, and the topic of the update's message."""
    message = context.message
    return Place(
        group.id, group.title, message.message_thread_id if message.is_topic_message else None
    )
