"""What Telegram says of a chat: it has become another one, somebody joined, a message was pinned."""

from __future__ import annotations

import logging

from telegram import Update

from bot.context import Context

logger = logging.getLogger(__name__)


async def on_service_message(update: Update, context: Context) -> None:
    logger.info("update %d is skipped: a service message", update.update_id)
