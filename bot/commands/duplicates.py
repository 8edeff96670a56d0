"""Near duplicates, a group at a time: a tap on a number keeps that photo and deletes the others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.constants import ChatAction

from bot.commands.summary import short
from bot.commands.undo import undo_button
from bot.context import Context
from bot.keyboards import Press, in_rows, keyboard
from bot.texts import Html
from core.entities import Dataset
from core.services.duplicates import DuplicateGroup

CLASS_NAME_LENGTH = 24
BUTTON_COLUMNS = 3


async def on_duplicates(context: Context, press: Press) -> None:
    """Sends the first group of near duplicates as a new message."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    group = await context.services.duplicates.group(dataset, 0)
    if group is None:
        await context.acknowledge(context.texts.plain("duplicates.none"), alert=True)
        return
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    await context.message.chat.send_photo(
        group.picture,
        caption=_caption(context, group),
        reply_markup=_keyboard(context, dataset, group),
    )


async def on_group(context: Context, press: Press) -> None:
    """Shows another group in place of the picture."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await _show(context, dataset, press.number(1))


async def on_keep(context: Context, press: Press) -> None:
    """Keeps one photo, deletes the others of its group, and shows the next group."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    changed = await context.services.duplicates.keep_one(dataset, press.number(1))
    await _show(context, changed, press.number(2), deleted=dataset.images - changed.images)


async def _show(context: Context, dataset: Dataset, number: int, *, deleted: int = 0) -> None:
    """deleted : how many photos were just deleted, which can be undone."""
    texts = context.texts
    said = [texts("duplicates.deleted", photos=texts.plural("count.photos", deleted))]
    lines, undo = (said, [[undo_button(context, dataset)]]) if deleted else ([], [])
    group = await context.services.duplicates.group(dataset, number)
    if group is None:
        text = Html("\n".join([*lines, texts("duplicates.none")]))
        await context.message.edit_caption(text, reply_markup=keyboard(*undo))
        return
    rows = _keyboard(context, dataset, group).inline_keyboard
    await context.message.edit_media(
        InputMediaPhoto(group.picture, caption="\n".join([*lines, _caption(context, group)])),
        reply_markup=keyboard(*undo, *rows),
    )


def _caption(context: Context, group: DuplicateGroup) -> Html:
    texts = context.texts
    labels = ", ".join(
        f"{number} {short(example.label, CLASS_NAME_LENGTH)}"
        for number, example in enumerate(group.examples, 1)
    )
    return texts(
        "duplicates.group",
        n=texts.number(group.number + 1),
        groups=texts.number(group.groups),
        photos=texts.plural("count.photos", group.photos),
        labels=labels,
    )


def _keyboard(context: Context, dataset: Dataset, group: DuplicateGroup) -> InlineKeyboardMarkup:
    keep = partial(context.texts.plain, "button.keep_number")
    numbers = [
        context.buttons(keep(n=number), "twins_keep", dataset.id, example.id, group.number)
        for number, example in enumerate(group.examples, 1)
    ]
    return keyboard(*in_rows(numbers, BUTTON_COLUMNS), _turns(context, dataset, group))


def _turns(
    context: Context, dataset: Dataset, group: DuplicateGroup
) -> Iterator[InlineKeyboardButton]:
    if group.number > 0:
        yield context.buttons("◀", "twins_group", dataset.id, group.number - 1)
    if group.number + 1 < group.groups:
        yield context.buttons("▶", "twins_group", dataset.id, group.number + 1)
