"""Presses of inline buttons: decoded, checked for their owner, handed to the action they name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError
from telegram.ext import CallbackQueryHandler

from bot.context import PSEUDO_USERS, Context
from bot.errors import explain, is_done_before, is_of_another_kind, is_unchanged
from bot.keyboards import EVERYBODY, Press, StalePress

OnPress = Callable[[Context, Press], Awaitable[None]]


def press_handler(
    actions: Mapping[str, OnPress], in_groups: Collection[str], sending: Collection[str]
) -> CallbackQueryHandler[Context, None]:
    """One handler for all buttons. An action answers the press itself if it has a text for it or
    takes long; otherwise the press is answered after the action.

    in_groups : the actions that there are outside private chats. sending : those that send files, which two taps
    would send twice.
    """

    async def on_press(update: Update, context: Context) -> None:
        try:
            await act(context, _decode(update))
        except BadRequest as error:
            if is_of_another_kind(error):
                await context.acknowledge(context.texts.plain("press.stale"), alert=True)
            elif not is_unchanged(error):
                raise
            await context.acknowledge()
        except StalePress:
            if is_done_before():
                await context.message.reply_text(context.texts("update.done"))
            elif context.acknowledged:
                await context.message.reply_text(context.texts("press.stale"))
            await context.acknowledge(context.texts.plain("press.stale"), alert=True)
        except Exception as error:
            if isinstance(error, TelegramError) or not context.acknowledged:
                raise
            # The press was answered already and can't be answered again.
            await context.message.reply_text(explain(error, context.texts))

    async def act(context: Context, press: Press) -> None:
        is_private = context.message.chat.type == ChatType.PRIVATE
        if press.action not in (actions if is_private else in_groups):
            raise StalePress
        refusal = await _refusal(context, press)
        if refusal:
            await context.acknowledge(context.texts.plain(refusal), alert=True)
        elif press.action in sending and not context.begins():
            await context.acknowledge()
        else:
            await actions[press.action](context, press)
            await context.acknowledge()

    return CallbackQueryHandler(on_press)


async def _refusal(context: Context, press: Press) -> str | None:
    """The sentence for someone who may not press this button.

    A button for an anonymous admin or a channel is the admins': a press comes from the real person.
    """
    if press.owner_id in (context.me.id, EVERYBODY):
        return None
    if press.owner_id not in PSEUDO_USERS:
        return "press.not_your_quiz" if press.action == "quiz_end" else "press.not_yours"
    return None if await context.is_admin() else "press.for_admins"


def _decode(update: Update) -> Press:
    """Raises StalePress for data that is not ours, and for a message too old to be shown."""
    query = update.callback_query
    if not query or not query.data or not isinstance(query.message, Message):
        raise StalePress
    return Press.decode(query.data)
