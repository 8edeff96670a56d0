"""The question what to do with ZIPs: a new dataset, or the current one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from telegram import InlineKeyboardMarkup, Message

from bot.commands.edits import edited
from bot.commands.follow import Said
from bot.commands.summary import short
from bot.commands.zip_files import name_of
from bot.context import Context
from bot.keyboards import Buttons, StalePress, keyboard
from bot.texts import Texts
from bot.zip_book import KeptZip
from core.entities import Dataset

ZIPS_NAMED = 5


async def ask(context: Context, messages: Sequence[Message], current: Dataset) -> None:
    """Asks what to do with ZIPs, together with those of a question that is not answered yet."""
    async with context.zips.asking(context.chat_id):
        await _ask(context, messages, current)


async def _ask(context: Context, messages: Sequence[Message], current: Dataset) -> None:
    open_question = context.zips.open(context.chat_id)
    archives = [*(open_question.archives if open_question else ()), *messages]
    text, buttons = _question(context, archives, current)
    asked = open_question.message if open_question else None
    if asked and not await edited(context, text, asked.chat_id, asked.message_id, buttons):
        context.zips.forget(asked)
        asked = None
    if asked is None:
        asked = await archives[0].reply_text(text, reply_markup=buttons, do_quote=True)
    context.zips.remember(asked, archives)
    kept = [KeptZip.of(archive) for archive in archives]
    await context.zip_book.ask(context.services.users, context.me, asked.message_id, kept)


def _question(context: Context, archives: Sequence[Message], current: Dataset) -> Said:
    texts = context.texts
    if len(archives) == 1:
        text = texts("upload.which", name=name_of(archives[0]))
    else:
        zips = texts.plural("count.zips", len(archives))
        text = texts("upload.which_all", zips=zips, names=_names(archives))
    return text, _choice(texts, context.buttons, len(archives), current)


def asked_again(
    texts: Texts, buttons: Buttons, archives: Sequence[Message], current: Dataset | None
) -> Said:
    """The question about ZIPs whose reading a restart has interrupted."""
    count = texts.number(len(archives))
    text = texts("upload.interrupted", n=count, names=_names(archives))
    return text, _choice(texts, buttons, len(archives), current)


def _names(archives: Sequence[Message]) -> str:
    named = ", ".join(short(name_of(archive)) for archive in archives[:ZIPS_NAMED])
    return named + (", …" if len(archives) > ZIPS_NAMED else "")


def _choice(
    texts: Texts, button: Buttons, count: int, current: Dataset | None
) -> InlineKeyboardMarkup:
    """A new dataset, or the current one where there is one."""
    name = short(current.name) if current else ""
    if count == 1:
        new = button(texts.plain("button.new_dataset"), "zip_new")
        add = texts.plain("button.add_to", name=name), "zip_add"
    else:
        new = button(texts.plain("button.one_new_dataset"), "zips_new")
        add = texts.plain("button.add_all_to", name=name), "zips_add"
    return keyboard([new], [button(*add, current.id)] if current else [])


async def asked_about(context: Context) -> Sequence[Message]:
    """The messages with the ZIPs that the question with the pressed button is about. Raises StalePress
    where they are gone."""
    return await _remembered(context) or [replied_archive(context)]


async def all_asked_about(context: Context) -> Sequence[Message]:
    """As `asked_about`, of several; none where they are being read already, and none, which is said, where
    they are forgotten: a message replies to one of them only."""
    if context.zips.is_reading(context.message):
        return ()
    if kept := context.kept("archives"):
        return [Message.de_json(one, context.bot) for one in json.loads(kept)]
    archives = await _remembered(context)
    if archives:
        await context.keep("archives", json.dumps([one.to_dict() for one in archives]))
    else:
        await context.acknowledge(context.texts.plain("upload.forgotten"), alert=True)
    return archives


async def _remembered(context: Context) -> Sequence[Message]:
    """Those of a question that still waits, be it from before a restart; none where they are forgotten. Later ZIPs
    do not join it any more."""
    async with context.zips.asking(context.chat_id):
        if question := context.zips.question(context.message):
            context.zips.forget(context.message)
            return question.archives
        book, users = context.zip_book, context.services.users
        kept = await book.asked(users, context.me, context.message.message_id)
        return [one.message(context.bot) for one in kept]


def replied_archive(context: Context) -> Message:
    """The message with the ZIP that the bot's message replies to. Raises StalePress where it was deleted."""
    replied = context.message.reply_to_message
    if replied is None or replied.document is None:
        raise StalePress
    return replied
