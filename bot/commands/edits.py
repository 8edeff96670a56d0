"""Messages of the bot that are edited as long as they are there."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import is_gone, is_unchanged


async def edited(
    context: Context,
    text: str,
    chat_id: int,
    message_id: int,
    buttons: InlineKeyboardMarkup | None,
) -> bool:
    """Edits a message of the bot's, if it does not say this already. False where it is gone: a new one has to take
    its place."""
    try:
        await context.bot.edit_message_text(text, chat_id, message_id, reply_markup=buttons)
    except BadRequest as error:
        if is_gone(error):
            return False
        if not is_unchanged(error):
            raise
    return True
