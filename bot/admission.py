"""What happens to an update before any other handler sees it: who is not served goes no further."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop

from bot.context import PSEUDO_USERS, Context
from bot.guests import Guests
from bot.metrics import UPDATES
from bot.texts import supported, texts_in


async def admit(update: Update, context: Context) -> None:
    """Counts the update, and notes whose it is. Raises ApplicationHandlerStop where it is not to be answered."""
    UPDATES.labels(_kind(update)).inc()
    user = update.effective_user
    if user and user.is_bot and user.id not in PSEUDO_USERS:  # two bots could talk for ever
        raise ApplicationHandlerStop
    guests: Guests = context.guests
    if user and not await guests.is_served(user.id):
        await _refuse(update)
        raise ApplicationHandlerStop
    # Who votes has not written to the bot: no account is made.
    if not (update.poll or update.poll_answer):
        await context.meet()


async def _refuse(update: Update) -> None:
    """One sentence where somebody tries a command or a button in private; else silence: floods cost sends."""
    user, message = update.effective_user, update.effective_message
    texts = texts_in(supported(user.language_code if user else None))
    if update.callback_query:
        await update.callback_query.answer(texts.plain("guest.refused"), show_alert=True)
    elif message and message.chat.type == ChatType.PRIVATE and (message.text or "").startswith("/"):
        await message.reply_text(texts("guest.refused"))


def _kind(update: Update) -> str:
    kinds = {
        "press": update.callback_query,
        "vote": update.poll_answer or update.poll,
        "inline": update.inline_query,
        "guest": update.guest_message,
    }
    for kind, content in kinds.items():
        if content:
            return kind
    return "edit" if update.edited_message else "message"
