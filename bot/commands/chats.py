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
    message, models = context.message, context.services.models
    if message.migrate_to_chat_id:
        await models.move_choice(message.chat_id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        await models.move_choice(message.migrate_from_chat_id, message.chat_id)


async def on_service_message(update: Update, context: Context) -> None:
    logger.info("update %d is skipped: a service message", update.update_id)
