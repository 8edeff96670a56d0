"""Presses of inline buttons: decoded, checked for their owner, handed to the action they name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from telegram import Update
from telegram.ext import CallbackQueryHandler

from bot.context import Context
from bot.keyboards import Press

OnPress = Callable[[Context, Press], Awaitable[None]]


def press_handler(actions: Mapping[str, OnPress]) -> CallbackQueryHandler[Context, None]:
    """One handler for all buttons. An action answers the press itself where it has something to say
    or takes its time; otherwise it is answered after it."""

    async def on_press(update: Update, context: Context) -> None:
        press = _decode(update)
        if press is None or press.action not in actions:
            await context.acknowledge(context.texts.plain("press.stale"), alert=True)
        elif press.owner_id != context.me.id:
            await context.acknowledge(context.texts.plain("press.not_yours"), alert=True)
        else:
            await actions[press.action](context, press)
            await context.acknowledge()

    return CallbackQueryHandler(on_press)


def _decode(update: Update) -> Press | None:
    query = update.callback_query
    try:
        return Press.decode(query.data) if query and query.data else None
    except ValueError:
        return None
