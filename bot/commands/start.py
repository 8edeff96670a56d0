"""/start, /help and /language."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatType

from bot.commands.borrow import open_link
from bot.commands.consent import with_consent
from bot.commands.group import add_button
from bot.commands.share import PREFIX
from bot.commands.suggested import ask_waiting
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import LANGUAGES, texts_in


async def start(update: Update, context: Context) -> None:
    """/start: the greeting with first steps as buttons; from a link to a model, what that leads to; from a link in a
    group, whether photos may be kept. What waited for the person's first message is asked then."""
    payload = context.args[0] if context.args else ""
    if payload == "agree":
        await with_consent(context, lambda: _thank(context))
    elif payload.startswith(PREFIX):
        await open_link(context, payload.removeprefix(PREFIX))
    else:
        await context.message.reply_text(
            context.texts("start.greeting"), reply_markup=_start_keyboard(context)
        )
    await ask_waiting(context)


async def _thank(context: Context) -> None:
    """The person agreed before."""
    await context.message.reply_text(context.texts("consent.thanks_again"))


async def help_(update: Update, context: Context) -> None:
    """/help: the list of commands, another one in groups."""
    key = "help.private" if context.message.chat.type == ChatType.PRIVATE else "help.group"
    await context.message.reply_text(context.texts(key, bot=context.bot.username))


async def language(update: Update, context: Context) -> None:
    """Buttons ask; `/language ru` needs none."""
    if context.is_anonymous:
        await context.message.reply_text(context.texts("language.anonymous"))
        return
    wanted = context.args[0].casefold() if context.args else ""
    if wanted in LANGUAGES:
        await context.services.users.set_language(context.me.id, wanted)
        await context.message.reply_text(texts_in(wanted)("language.set"))
        return
    await context.message.reply_text(
        context.texts("language.ask"), reply_markup=_language_keyboard(context)
    )


async def on_help(context: Context, press: Press) -> None:
    """Sends the list of commands for private chats."""
    await context.acknowledge()
    await context.message.reply_text(context.texts("help.private", bot=context.bot.username))


async def on_language(context: Context, press: Press) -> None:
    """Sets the language that the button names. Raises StalePress for an unknown one."""
    chosen = press.argument()
    if chosen not in LANGUAGES:
        raise StalePress
    await context.services.users.set_language(context.me.id, chosen)
    await context.acknowledge()
    await context.message.edit_text(texts_in(chosen)("language.set"))


def _start_keyboard(context: Context) -> InlineKeyboardMarkup:
    texts, button = context.texts, context.buttons
    return keyboard(
        [button(texts.plain("button.teach"), "teach_class")],
        [
            button(texts.plain("button.upload"), "upload"),
            button(texts.plain("button.sample"), "sample"),
        ],
        [add_button(context)],
    )


def _language_keyboard(context: Context) -> InlineKeyboardMarkup:
    return keyboard(
        context.buttons(texts_in(code).plain("language.name"), "language", code)
        for code in LANGUAGES
    )
