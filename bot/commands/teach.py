"""The teaching mode: every photo belongs to the class that was chosen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from telegram import (
    ForceReply,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)

from bot.captions import class_named
from bot.commands.consent import with_consent
from bot.commands.labels import own_name, shown_label
from bot.commands.lesson import leave, take, taught_dataset, teach_sent
from bot.commands.near_names import BUTTON_NAME_LENGTH
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press
from bot.lessons import MODE_S, Lessons
from bot.pictures import has_picture
from bot.texts import Texts
from core import names
from core.entities import Dataset

MAX_CLASS_BUTTONS = 60
CLASS_BUTTONS_IN_ROW = 3


async def teach(update: Update, context: Context) -> None:
    """/teach CLASS: from now on every photo belongs to it; as a reply to a photo, this one alone. Without a
    class it asks which."""
    label = " ".join(context.args or ())
    if not label:
        await _ask_class(context)
        return
    label = names.clean_label(label)
    replied = context.message.reply_to_message
    if replied and has_picture(replied):
        await take(context, label, [replied])
    else:
        await _begin(context, label)


async def done(update: Update, context: Context) -> None:
    """/done, which stands in no menu: every command ends a lesson, and says so; here, too, where there is
    none."""
    if Lessons.read(context.me.teaching).label is None:
        await context.message.reply_text(
            context.texts("teach.ask_me"), reply_markup=ReplyKeyboardRemove()
        )


async def on_class(context: Context, press: Press) -> None:
    """The button for another class."""
    await context.acknowledge()
    await _ask_class(context)


async def on_ask(context: Context, press: Press) -> None:
    """The button that ends the lessons: photos ask from now on."""
    await context.acknowledge()
    await leave(context, "teach.ask_me", always=True)


async def on_text(context: Context) -> bool:
    """A text, if it belongs to the lessons: a class's button, a new class's name, "Done". False for any
    other text. Raises LabelInvalid."""
    lessons, text = await context.lessons(), context.message.text or ""
    if _is_button(context, text, "button.done"):
        await leave(context, always=True)
        return True
    is_mode = lessons.is_mode(time.time())
    if not lessons.is_naming and not is_mode:
        return False
    if _is_button(context, text, "button.new_class"):
        await _ask_name(context)
    elif label := _chosen(context, await taught_dataset(context), text):
        await _begin(context, label)
    elif lessons.is_naming or _names_held(lessons, text):
        await _begin(context, names.clean_label(text))
    else:
        shown = shown_label(lessons.label or "", await taught_dataset(context), context.texts)
        await context.message.reply_text(context.texts("text.lesson", label=shown))
    return True


def _names_held(lessons: Lessons, text: str) -> bool:
    """True for the name of photos that waited for it, where a crash came before they were all taught."""
    return bool(lessons.held) and names.key(text) == names.key(lessons.label or "")


async def on_reply(context: Context) -> bool:
    """A text that answers a photo of the person's own and names it. Raises LabelInvalid."""
    replied = context.message.reply_to_message
    if not replied or not has_picture(replied) or replied.from_user != context.message.from_user:
        return False
    label = class_named(context.message.text)
    if label is None:
        return False
    await take(context, label, [replied])
    return True


async def _begin(context: Context, label: str) -> None:
    dataset = await taught_dataset(context)
    label = own_name(label, dataset, context.services.models.baseline, context.texts)
    label = context.services.teaching.spelled(dataset, label)
    until = time.time() + MODE_S
    before = await context.change_lessons(
        lambda now: replace(
            now.no_name().interrupted(),
            label=label,
            until=until,
            since=context.message.message_id,
            held=now.held,
        )
    )
    await context.message.reply_text(
        context.texts("teach.mode", label=shown_label(label, dataset, context.texts)),
        reply_markup=_class_keyboard(context, dataset, [label]),
    )
    if before.held:
        await with_consent(context, lambda: teach_sent(context, label, before.held))


async def _ask_class(context: Context) -> None:
    dataset = await taught_dataset(context)
    if not dataset.classes:
        await _ask_name(context)
        return
    await context.change_lessons(partial(_naming, since=context.message.message_id))
    await context.message.reply_text(
        context.texts("teach.which"), reply_markup=_class_keyboard(context, dataset, [])
    )


def _naming(lessons: Lessons, since: int) -> Lessons:
    return replace(lessons.name(), until=time.time() + MODE_S, since=since)


async def _ask_name(context: Context) -> None:
    await context.change_lessons(partial(_naming, since=context.message.message_id))
    await context.message.reply_text(
        context.texts("teach.name"), reply_markup=ForceReply(selective=True)
    )


def _class_keyboard(context: Context, dataset: Dataset, more: Iterable[str]) -> ReplyKeyboardMarkup:
    """The classes, those of `more` first though they may have no photo yet."""
    texts = context.texts
    labels = [*dict.fromkeys((*more, *dataset.classes))][:MAX_CLASS_BUTTONS]
    classes = [KeyboardButton(_button_text(label, dataset, texts)) for label in labels]
    ends = [KeyboardButton(texts.plain(key)) for key in ("button.new_class", "button.done")]
    rows = [
        classes[n : n + CLASS_BUTTONS_IN_ROW] for n in range(0, len(classes), CLASS_BUTTONS_IN_ROW)
    ]
    return ReplyKeyboardMarkup([*rows, ends], resize_keyboard=True)


def _is_button(context: Context, text: str, key: str) -> bool:
    """True for a button's text, be it tapped or written without its emoji."""
    button = names.key(context.texts.plain(key))
    return names.key(text.strip()) in (button, button.partition(" ")[2])


def _button_text(label: str, dataset: Dataset, texts: Texts) -> str:
    shown = short(shown_label(label, dataset, texts), BUTTON_NAME_LENGTH)
    return f"{shown} · {dataset.classes.get(label, 0)}"


def _chosen(context: Context, dataset: Dataset, text: str) -> str | None:
    """The known class that a text names, or whose button it is, with an older count perhaps."""
    named = text.rpartition(" · ")[0] or text
    for label in dataset.classes:
        shown = shown_label(label, dataset, context.texts)
        there = (label, shown, short(shown, BUTTON_NAME_LENGTH))
        if names.key(named) in map(names.key, there):
            return label
    return None
