"""A class renamed, merged into another one, or deleted, by buttons; each can be undone."""

from __future__ import annotations

import json

from telegram import ForceReply, InlineKeyboardButton

from bot.commands.classes import class_of, class_rows, token_of
from bot.commands.labels import shown_label
from bot.commands.summary import short
from bot.commands.undo import undo_button
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import Html
from core import names
from core.entities import Dataset
from core.errors import DatasetNotFound, NothingToChange

BUTTON_NAME_LENGTH = 24
MERGE_NAME_LENGTH = 14


async def on_rename(context: Context, press: Press) -> None:
    """Asks for a new name; the user's next text is the answer (`rename`)."""
    dataset, label = await _class(context, press)
    question = json.dumps({"ask": "class_rename", "dataset": dataset.id, "label": label})
    await context.services.users.ask(context.me.id, question)
    await context.acknowledge()
    await context.message.reply_text(
        context.texts("classpage.rename_ask", label=label), reply_markup=ForceReply(selective=True)
    )


async def rename(context: Context, dataset_id: int, label: str, name: str) -> None:
    """Handles the answer. The name of another class is asked about, as it would make the two one; an
    unusable name leaves the question open, which ends where the class is gone."""
    services, me, texts = context.services, context.me.id, context.texts
    try:
        dataset = await services.datasets.get(me, dataset_id)
    except DatasetNotFound:
        await services.users.forget_question(me)
        raise
    if label in dataset.classes:
        await _rename(context, dataset, label, name)
    else:
        await services.users.forget_question(me)
        await context.message.reply_text(texts("classpage.rename_gone", label=label))


async def _rename(context: Context, dataset: Dataset, label: str, name: str) -> None:
    services, me, texts = context.services, context.me.id, context.texts
    other = names.find(name, [one for one in dataset.classes if one != label])
    if other is not None:
        await context.message.reply_text(
            texts("classpage.rename_taken", label=label, other=other),
            reply_markup=keyboard([merge_button(context, dataset, label, other)]),
        )
        await services.users.forget_question(me)
        return
    try:
        changed = await services.examples.rename_class(me, dataset.id, label, name)
    except NothingToChange:
        # It has this name, or is gone this moment: no later name would fare better.
        await services.users.forget_question(me)
        raise
    await _say(context, changed, texts("classpage.renamed", before=label, after=name.strip()))
    await services.users.forget_question(me)


async def on_into(context: Context, press: Press) -> None:
    """Shows a page of the classes that this one may be merged into, as the message's buttons."""
    dataset, label = await _class(context, press)
    button, token = context.buttons, token_of(label)

    def choose(other: str) -> InlineKeyboardButton:
        text = short(other, BUTTON_NAME_LENGTH)
        return button(text, "class_join", dataset.id, token, token_of(other))

    def turn(text: str, to: int) -> InlineKeyboardButton:
        return button(text, "class_into", dataset.id, token, to)

    others = [one for one in dataset.classes if one != label]
    await context.message.edit_reply_markup(
        keyboard(
            *class_rows(others, press.number(2), choose, turn),
            [button(context.texts.plain("button.back"), "class_page", dataset.id, token, 0)],
        )
    )


async def on_join(context: Context, press: Press) -> None:
    """Merges the first class of the button into the second."""
    dataset, label = await _class(context, press)
    into = class_of(dataset, press.argument(2))
    if into == label:
        raise StalePress
    changed = await context.services.examples.rename_class(context.me.id, dataset.id, label, into)
    photos = context.texts.plural("count.photos", changed.classes[into])
    await _end(
        context, changed, context.texts("classpage.merged", before=label, after=into, photos=photos)
    )


async def on_delete(context: Context, press: Press) -> None:
    """Asks for a confirmation, as the message's buttons."""
    dataset, label = await _class(context, press)
    texts, button, token = context.texts, context.buttons, token_of(label)
    photos = texts.plural("count.photos", dataset.classes[label])
    yes = texts.plain("button.delete_class_yes", photos=photos)
    await context.message.edit_reply_markup(
        keyboard(
            [button(yes, "class_delete_yes", dataset.id, token)],
            [button(texts.plain("button.back"), "class_page", dataset.id, token, 0)],
        )
    )


async def on_delete_yes(context: Context, press: Press) -> None:
    """Deletes the class with its photos."""
    dataset, label = await _class(context, press)
    changed = await context.services.examples.remove_class(context.me.id, dataset.id, label)
    photos = context.texts.plural("count.photos", dataset.classes[label])
    await _end(context, changed, context.texts("classpage.deleted", label=label, photos=photos))


def merge_button(context: Context, dataset: Dataset, label: str, into: str) -> InlineKeyboardButton:
    """A button that merges a class into another one."""
    texts = context.texts
    name, target = (
        short(shown_label(one, dataset, texts), MERGE_NAME_LENGTH) for one in (label, into)
    )
    text = texts.plain("button.merge_classes", name=name, into=target)
    return context.buttons(text, "class_join", dataset.id, token_of(label), token_of(into))


async def _class(context: Context, press: Press) -> tuple[Dataset, str]:
    """The dataset and the class of a button, its first arguments."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    return dataset, class_of(dataset, press.argument(1))


async def _end(context: Context, dataset: Dataset, said: Html) -> None:
    """Says what was done; the buttons of the message are about a class that is gone."""
    await context.acknowledge()
    await context.message.edit_reply_markup()
    await _say(context, dataset, said)


async def _say(context: Context, dataset: Dataset, said: Html) -> None:
    await context.message.reply_text(said, reply_markup=keyboard([undo_button(context, dataset)]))
