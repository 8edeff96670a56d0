"""/cancel, and texts that are no commands."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from telegram import ReplyKeyboardRemove, Update

from bot.commands import class_edits, class_pages, correct, datasets, lesson, teach
from bot.context import Context
from bot.keyboards import Press, StalePress
from bot.lessons import Lessons
from core.entities import JobKind

Answer = Callable[..., Awaitable[None]]

# The command that names photos which wait for it.
TEACH = "/teach"

# By the question's kind: what handles the answer, after the question's other fields.
ANSWERS: Mapping[str, Answer] = {
    "rename": datasets.rename,
    "class_rename": class_edits.rename,
    "photo_class": class_pages.move_to_new,
}


async def forget_question(update: Update, context: Context) -> None:
    """Runs before every command: a user who sends one no longer answers the question, and teaches no
    more."""
    if context.me.question is not None:
        await context.services.users.forget_question(context.me.id)
    word = (context.message.text or "").split(maxsplit=1)[0].partition("@")[0]
    await lesson.leave(context, keeps_held=word == TEACH)


async def cancel(update: Update, context: Context) -> None:
    """Cancels the user's jobs. A question was forgotten before, as before every command, and a lesson ended."""
    stopped = await context.services.jobs.cancel(context.me.id)
    lessons = Lessons.read(context.me.teaching)
    if stopped:
        await context.message.reply_text(context.texts("cancel.done"))
    elif context.me.question is not None or lessons.is_naming:
        # The classes to choose from lie in the keyboard's place.
        await context.message.reply_text(
            context.texts("cancel.question"), reply_markup=ReplyKeyboardRemove()
        )
    elif lessons.label is None:
        await context.message.reply_text(context.texts("cancel.nothing"))


async def cancel_in_group(update: Update, context: Context) -> None:
    """In a group nothing runs but quizzes, which a button ends."""
    texts = context.texts
    text = texts("cancel.group", button=texts.plain("button.quiz_end"), bot=context.bot.username)
    await context.message.reply_text(text)


async def on_cancel(context: Context, press: Press) -> None:
    """The button under a progress message; the message then says that the work was stopped."""
    if press.argument() not in set(JobKind):
        raise StalePress
    stopped = await context.services.jobs.cancel(context.me.id, JobKind(press.argument()))
    if not stopped:
        await context.acknowledge(context.texts.plain("cancel.nothing"), alert=True)


async def on_text(update: Update, context: Context) -> None:
    """Handles an answer to a question of the bot; any other text gets a hint."""
    if await correct.on_text(context) or await teach.on_text(context):
        return
    if context.me.question is None and await teach.on_reply(context):
        return
    question = json.loads(context.me.question) if context.me.question else None
    if question:
        asked, said = ANSWERS[question.pop("ask")], context.message.text or ""
        await asked(context, *question.values(), said)
    else:
        # Of a lesson that is over, the classes may still lie in the keyboard's place.
        await context.message.reply_text(
            context.texts("text.hint"), reply_markup=ReplyKeyboardRemove()
        )


async def on_unknown_command(update: Update, context: Context) -> None:
    """Answers a command that no other handler took."""
    await context.message.reply_text(context.texts("command.unknown"))


async def on_other(update: Update, context: Context) -> None:
    """Answers messages of other kinds: stickers, voices, videos …"""
    await context.message.reply_text(context.texts("message.unknown"))
