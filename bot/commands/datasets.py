"""/datasets: list, choose, rename."""

from __future__ import annotations

import json

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.commands.notes import note_buttons
from bot.commands.summary import dataset_keyboard, short, summary
from bot.context import Context
from bot.errors import explain
from bot.keyboards import Press, keyboard
from bot.texts import Html
from core.entities import Dataset, Description
from core.errors import DatasetEmpty, DatasetNotFound

BUTTON_NAME_LENGTH = 28


async def datasets(update: Update, context: Context) -> None:
    """/datasets: lists the datasets, each with a button."""
    text, buttons = await _listing(context)
    await context.message.reply_text(text, reply_markup=buttons)


async def on_list(context: Context, press: Press) -> None:
    """Shows the list in place of the message."""
    text, buttons = await _listing(context)
    await context.message.edit_text(text, reply_markup=buttons)


async def on_open(context: Context, press: Press) -> None:
    """Makes a dataset the current one and shows its summary in place of the message."""
    dataset = await context.services.datasets.choose(context.me.id, press.number())
    try:
        description = await context.services.datasets.describe(dataset)
    except DatasetEmpty as error:
        said, buttons = explain(error, context.texts), _empty_keyboard(context, dataset)
    else:
        said = summary(dataset, description, context.texts)
        buttons = _card_keyboard(context, dataset, description)
    text = Html("\n".join((said, context.texts("dataset.current"))))
    await context.message.edit_text(text, reply_markup=buttons)


async def on_rename(context: Context, press: Press) -> None:
    """Asks for a new name; the user's next text is the answer (`rename`)."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    question = json.dumps({"ask": "rename", "dataset": dataset.id})
    await context.services.users.ask(context.me.id, question)
    await context.acknowledge()
    await context.message.reply_text(
        context.texts("rename.ask", name=dataset.name), reply_markup=ForceReply(selective=True)
    )


async def rename(context: Context, dataset_id: int, name: str) -> None:
    """Handles the answer to the question for a new name; an unusable name leaves the question
    open."""
    try:
        dataset = await context.services.datasets.rename(context.me.id, dataset_id, name)
    except DatasetNotFound:
        await context.services.users.forget_question(context.me.id)
        raise
    await context.message.reply_text(
        context.texts("rename.done", name=dataset.name),
        reply_markup=dataset_keyboard(context, dataset),
    )
    # Not before: where the name is handled again after a crash, it still answers the question.
    await context.services.users.forget_question(context.me.id)


async def _listing(context: Context) -> tuple[Html, InlineKeyboardMarkup | None]:
    texts, button = context.texts, context.buttons
    kept = await context.services.datasets.list(context.me.id)
    if not kept:
        return texts("datasets.none"), keyboard([button(texts.plain("button.sample"), "sample")])
    lines = [texts("datasets.title"), *(_line(context, dataset) for dataset in kept)]
    rows = (
        [button(short(dataset.name, BUTTON_NAME_LENGTH), "dataset_open", dataset.id)]
        for dataset in kept
    )
    return Html("\n".join(lines)), keyboard(*rows)


def _line(context: Context, dataset: Dataset) -> Html:
    texts = context.texts
    key = "datasets.current" if dataset.id == context.me.dataset_id else "datasets.other"
    return texts(
        key,
        name=dataset.name,
        images=texts.plural("count.photos", dataset.images),
        classes=texts.plural("count.classes", len(dataset.classes)),
    )


def _card_keyboard(
    context: Context, dataset: Dataset, description: Description
) -> InlineKeyboardMarkup:
    notes = note_buttons(context, dataset, description)
    rows = dataset_keyboard(context, dataset, notes).inline_keyboard
    export = context.buttons(context.texts.plain("button.export"), "export", dataset.id)
    change, back = _end_rows(context, dataset)
    return keyboard(*rows, change, [export], back)


def _empty_keyboard(context: Context, dataset: Dataset) -> InlineKeyboardMarkup:
    """For a dataset that was only named."""
    return keyboard(*_end_rows(context, dataset))


def _end_rows(
    context: Context, dataset: Dataset
) -> tuple[list[InlineKeyboardButton], list[InlineKeyboardButton]]:
    texts, button = context.texts, context.buttons
    change = [
        button(texts.plain("button.rename"), "dataset_rename", dataset.id),
        button(texts.plain("button.delete"), "dataset_delete", dataset.id),
    ]
    return change, [button(texts.plain("button.back"), "datasets")]
