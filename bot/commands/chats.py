"""What Telegram says of a chat: it has become another one, somebody joined, a message was pinned."""

from __future__ import annotations

import logging

from telegram import Update

from bot.context import Context

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
            await services.models.move_choice(old_id, new_id)
            await services.quizzes.move(old_id, new_id)


async def on_service_message(update: Update, context: Context) -> None:
    logger.info("update %d is skipped: a service message", update.update_id)
