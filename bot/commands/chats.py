"""What Telegram says of a chat: it has become another one, somebody came or left, a message was pinned."""

from __future__ import annotations

import logging

from telegram import Chat, ChatMemberUpdated, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.commands.group import greet
from bot.commands.group_notices import answering_still
from bot.context import Context
from bot.texts import Html

_AWAY = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)

logger = logging.getLogger(__name__)


async def on_migration(update: Update, context: Context) -> None:
    """A group became a supergroup, which has a new id.

    Telegram says so in both chats. Either message may come first, or alone.
    """
    message, services = context.message, context.services
    for old_id, new_id in (
        (message.chat_id, message.migrate_to_chat_id),
        (message.migrate_from_chat_id, message.chat_id),
    ):
        if old_id and new_id:
            await services.groups.move(old_id, new_id)
            await services.quizzes.move(old_id, new_id)


async def on_membership(update: Update, context: Context) -> None:
    """The bot was added to a group: it says what it does. Removed, it keeps what was chosen, for it may be added
    again."""
    change = update.my_chat_member
    if change and change.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and _has_come(change):
        await greet(context, change.chat)


async def on_member(update: Update, context: Context) -> None:
    """Somebody left; where the bot is an admin, Telegram says so."""
    change = update.chat_member
    if change and change.new_chat_member.status in _AWAY:
        await _left(context, change.chat, change.new_chat_member.user)


async def on_left(update: Update, context: Context) -> None:
    """Somebody left: the message that everybody sees."""
    user = context.message.left_chat_member
    if user and user.id != context.bot.id:
        await _left(context, context.message.chat, user)


async def on_service_message(update: Update, context: Context) -> None:
    logger.info("update %d is skipped: a service message", update.update_id)


def _has_come(change: ChatMemberUpdated) -> bool:
    return change.old_chat_member.status in _AWAY and change.new_chat_member.status not in _AWAY


async def _left(context: Context, chat: Chat, user: User) -> None:
    """Says what the person took along; nothing where that is nothing."""
    group = await context.services.groups.get(chat.id, chat.title or "")
    said = context.kept("left")
    if said is None:
        said = await context.services.groups.theirs(group, user.id)
        await context.keep("left", said)
    await context.services.groups.left(group, user.id)
    if said:
        text = context.texts(
            f"group.left.{said}",
            who=user.full_name,
            bot=context.bot.username,
            answering=await answering_still(context, chat.id),
        )
        await context.bot.send_message(chat.id, Html(text))
