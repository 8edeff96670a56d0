"""What the operator's admins may do in the chat: /stats, /health, /ban, /unban, /broadcast."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from telegram import Message, Update
from telegram.error import TelegramError

from bot.commands.cancel import on_unknown_command
from bot.context import Context
from bot.keyboards import MAX_NUMBER, Press, StalePress, keyboard
from bot.memory import tree_bytes
from core.entities import User

logger = logging.getLogger(__name__)


async def stats(update: Update, context: Context) -> None:
    """/stats: how many people, datasets, photos and models there are."""
    if not await _is_admin(update, context):
        return
    texts, used = context.texts, await context.services.accounts.usage_of_all()
    users = await context.services.accounts.users()
    await context.message.reply_text(
        texts(
            "admin.stats",
            users=texts.number(len(users)),
            datasets=texts.number(used.datasets),
            photos=texts.number(used.photos),
            megabytes=texts.number(used.megabytes),
            models=texts.number(used.models),
        )
    )


async def health(update: Update, context: Context) -> None:
    """/health: what waits, what runs, and what is left."""
    if not await _is_admin(update, context):
        return
    texts, services = context.texts, context.services
    memory = await asyncio.to_thread(tree_bytes)
    await context.message.reply_text(
        texts(
            "admin.health",
            waiting=texts.number(context.update_queue.qsize()),
            jobs=texts.number(sum(services.jobs.unended().values())),
            disk=texts.number(await services.shares.free_megabytes()),
            memory=texts.number((memory or 0) / 1e6),
        )
    )


async def ban(update: Update, context: Context) -> None:
    """/ban NUMBER: the person is not answered any more; their data stays."""
    if await _is_admin(update, context):
        user_id = await _number(context)
        if user_id is not None:
            done = await context.guests.ban(user_id)
            key = "admin.banned" if done else "admin.not_an_admin"
            await context.message.reply_text(context.texts(key, user=str(user_id)))


async def unban(update: Update, context: Context) -> None:
    """/unban NUMBER."""
    if await _is_admin(update, context):
        user_id = await _number(context)
        if user_id is not None:
            done = await context.guests.unban(user_id)
            key = "admin.unbanned" if done else "admin.was_not_banned"
            await context.message.reply_text(context.texts(key, user=str(user_id)))


async def broadcast(update: Update, context: Context) -> None:
    """/broadcast TEXT: asks before it writes to everybody."""
    if not await _is_admin(update, context):
        return
    texts, button = context.texts, context.buttons
    if not _announcement(context.message):
        await context.message.reply_text(texts("admin.broadcast_what"))
        return
    people = len(await context.services.accounts.users())
    await context.message.reply_text(
        texts("admin.broadcast_ask", people=texts.number(people)),
        reply_markup=keyboard(
            [button(texts.plain("button.broadcast"), "broadcast_yes")],
            [button(texts.plain("button.refuse"), "broadcast_no")],
        ),
        do_quote=True,
    )


async def on_broadcast(context: Context, press: Press) -> None:
    """Writes to everybody, beside the handlers: the message says how many were reached."""
    asked = context.message.reply_to_message
    text = _announcement(asked) if asked and context.guests.is_admin(context.me.id) else ""
    if not text:
        raise StalePress
    await context.message.edit_text(context.texts("admin.broadcast_begun"))
    people = await context.services.accounts.users()
    context.application.create_task(_send_all(context, people, text), update=context.incoming)


async def on_no_broadcast(context: Context, press: Press) -> None:
    await context.message.edit_text(context.texts("admin.broadcast_not"))


async def _send_all(context: Context, people: Sequence[User], text: str) -> None:
    reached = 0
    for user in people:
        try:
            await context.bot.send_message(user.id, text, parse_mode=None)
            reached += 1
        except TelegramError as error:
            logger.info("somebody was not reached: %s", type(error).__name__)
    texts = context.texts
    shown = {"reached": texts.number(reached), "people": texts.number(len(people))}
    await context.message.edit_text(texts("admin.broadcast_done", **shown))


async def _is_admin(update: Update, context: Context) -> bool:
    """For everybody else these commands do not exist."""
    if context.guests.is_admin(context.me.id):
        return True
    await on_unknown_command(update, context)
    return False


async def _number(context: Context) -> int | None:
    """The person's number after the command; None, which is said, where there is none."""
    said = context.args[0] if context.args else ""
    if said.isascii() and said.isdigit() and int(said) <= MAX_NUMBER:
        return int(said)
    await context.message.reply_text(context.texts("admin.which"))
    return None


def _announcement(message: Message) -> str:
    """The text after the command; "" where there is none."""
    return (message.text or "").partition(" ")[2].strip()
