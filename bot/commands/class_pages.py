"""/samples with a class: its photos in numbered pages, and one of them large, to delete or to move."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.constants import ChatAction
from telegram.error import Forbidden

from bot.commands.classes import class_of, class_rows, find_or_ask, token_of
from bot.commands.labels import own_name, shown_label
from bot.commands.summary import short
from bot.commands.undo import undo_button
from bot.context import Context
from bot.keyboards import Press, StalePress, in_rows, keyboard
from bot.texts import Html
from core import names
from core.entities import Dataset, Example, ExampleOrigin
from core.errors import DatasetNotFound, NothingToChange
from core.services.classes import PAGE_PHOTOS, ClassPage

NUMBER_COLUMNS = 6


async def show_class(context: Context, dataset: Dataset, wanted: str) -> None:
    """Sends the first page of the class that a person wrote, or asks which one is meant."""
    label = await find_or_ask(context, dataset, wanted, "class_open")
    if label is not None:
        await _send_page(context, dataset, label)


async def on_open(context: Context, press: Press) -> None:
    """Sends the first page of a class as a new message."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    label = class_of(dataset, press.argument(1))
    await context.acknowledge()
    await _send_page(context, dataset, label)


async def on_page(context: Context, press: Press) -> None:
    """Shows a page of a class in place of the picture."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await _show_page(context, dataset, class_of(dataset, press.argument(1)), press.number(2))


async def on_photo(context: Context, press: Press) -> None:
    """Shows one photo large, in place of the page."""
    dataset, example = await _example(context, press)
    photo = await context.services.classes.photo(context.me.id, example)
    place = press.number(2)
    await context.message.edit_media(
        InputMediaPhoto(photo, caption=_about(context, dataset, example, place)),
        reply_markup=_photo_keyboard(context, dataset, example, place),
    )


async def on_photo_open(context: Context, press: Press) -> None:
    """Sends one photo large, as a new message."""
    dataset, example = await _example(context, press)
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    await _send_photo(context, dataset, example)


async def on_photo_wrong(context: Context, press: Press) -> None:
    """Sends one photo large to its owner, who saw it in a quiz: from a group, into their private chat."""
    dataset, example = await _example(context, press)
    try:
        await _send_photo(context, dataset, example)
    except Forbidden:
        await context.acknowledge(context.texts.plain("quiz.wrong_unreachable"), alert=True)
    else:
        await context.acknowledge(context.texts.plain("quiz.wrong_sent"))


async def _send_photo(context: Context, dataset: Dataset, example: Example) -> None:
    await context.bot.send_photo(
        context.me.id,
        await context.services.classes.photo(context.me.id, example),
        caption=_about(context, dataset, example, None),
        reply_markup=_photo_keyboard(context, dataset, example, 0),
    )


async def on_delete(context: Context, press: Press) -> None:
    """Deletes the photo, and shows its page again."""
    dataset, example = await _example(context, press)
    changed = await context.services.examples.remove(context.me.id, dataset.id, [example.id])
    shown = shown_label(example.label, dataset, context.texts)
    said = context.texts("photo.deleted", label=shown)
    await _show_page(context, changed, example.label, _page_of(press.number(2)), said)


async def on_move(context: Context, press: Press) -> None:
    """Shows a page of the classes that the photo may be moved to, as the buttons below it."""
    dataset, example = await _example(context, press)
    place, page = press.number(2), press.number(3)
    button, texts = context.buttons, context.texts

    def choose(label: str) -> InlineKeyboardButton:
        text = short(shown_label(label, dataset, texts), NUMBER_COLUMNS * 4)
        return button(text, "photo_to", dataset.id, example.id, token_of(label), place)

    def turn(text: str, to: int) -> InlineKeyboardButton:
        return button(text, "photo_move", dataset.id, example.id, place, to)

    others = [label for label in dataset.classes if label != example.label]
    await context.message.edit_reply_markup(
        keyboard(
            *class_rows(others, page, choose, turn),
            [
                button(texts.plain("button.new_class"), "photo_new", dataset.id, example.id),
                button(texts.plain("button.back"), "photo", dataset.id, example.id, place),
            ],
        )
    )


async def on_move_to(context: Context, press: Press) -> None:
    """Moves the photo to the class of the button, and shows the page that it was on again."""
    dataset, example = await _example(context, press)
    label = class_of(dataset, press.argument(2))
    changed = await context.services.examples.relabel(
        context.me.id, dataset.id, [example.id], label
    )
    said = _moved(context, changed, example.label, label)
    await _show_page(context, changed, example.label, _page_of(press.number(3)), said)


async def on_new_class(context: Context, press: Press) -> None:
    """Asks for the name of a new class; the user's next text is the answer (`move_to_new`)."""
    dataset, example = await _example(context, press)
    question = json.dumps({"ask": "photo_class", "dataset": dataset.id, "example": example.id})
    await context.services.users.ask(context.me.id, question)
    await context.acknowledge()
    await context.message.reply_text(
        context.texts("photo.ask_class"), reply_markup=ForceReply(selective=True)
    )


async def move_to_new(context: Context, dataset_id: int, example_id: int, name: str) -> None:
    """Handles the answer: a class of this name, new or not. An unusable name leaves the question
    open; where the photo is gone, nothing is asked any more."""
    services, me = context.services, context.me.id
    try:
        dataset = await services.datasets.get(me, dataset_id)
        found = await services.examples.find(me, dataset_id, [example_id])
    except DatasetNotFound:
        await services.users.forget_question(me)
        raise
    if not found:
        await services.users.forget_question(me)
        raise NothingToChange
    name = own_name(name, dataset, services.models.baseline, context.texts)
    label = names.find(name, dataset.classes) or name
    changed = await services.examples.relabel(me, dataset_id, [example_id], label)
    await context.message.reply_text(
        _moved(context, changed, found[0].label, label.strip()),
        reply_markup=keyboard([undo_button(context, changed)]),
    )
    await services.users.forget_question(me)


async def _example(context: Context, press: Press) -> tuple[Dataset, Example]:
    """The dataset and the example of a button, its first arguments. Raises StalePress where the
    example is gone."""
    me = context.me.id
    dataset = await context.services.datasets.get(me, press.number())
    for example in await context.services.examples.find(me, dataset.id, [press.number(1)]):
        return dataset, example
    raise StalePress


async def _send_page(context: Context, dataset: Dataset, label: str) -> None:
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    page = await context.services.classes.page(dataset, label, 0)
    await context.message.chat.send_photo(
        page.picture,
        caption=_caption(context, dataset, page),
        reply_markup=_page_keyboard(context, dataset, page),
    )


async def _show_page(
    context: Context, dataset: Dataset, label: str, number: int, said: Html | None = None
) -> None:
    """Shows a page in place of the message's picture.

    said : what was changed, which can be undone; the picture stays where the class has no photo left.
    """
    undo = [[undo_button(context, dataset)]] if said else []
    if label not in dataset.classes:
        empty = context.texts("classpage.empty", label=shown_label(label, dataset, context.texts))
        text = Html("\n".join([*([said] if said else []), empty]))
        await context.message.edit_caption(text, reply_markup=keyboard(*undo))
        return
    page = await context.services.classes.page(dataset, label, number)
    lines = [*([said] if said else []), _caption(context, dataset, page)]
    rows = _page_keyboard(context, dataset, page).inline_keyboard
    await context.message.edit_media(
        InputMediaPhoto(page.picture, caption="\n".join(lines)),
        reply_markup=keyboard(*undo, *rows),
    )


def _caption(context: Context, dataset: Dataset, page: ClassPage) -> Html:
    texts = context.texts
    return texts(
        "classpage.page",
        label=shown_label(page.label, dataset, texts),
        photos=texts.plural("count.photos", page.photos),
        page=_range(page) if page.pages > 1 else "",
    )


def _range(page: ClassPage) -> str:
    return f" · {page.first}–{page.first + len(page.examples) - 1}"


def _page_keyboard(context: Context, dataset: Dataset, page: ClassPage) -> InlineKeyboardMarkup:
    return keyboard(
        *_numbers(context, dataset, page),
        _turns(context, dataset, page),
        *class_edit_rows(context, dataset, page.label),
    )


def _numbers(
    context: Context, dataset: Dataset, page: ClassPage
) -> list[Sequence[InlineKeyboardButton]]:
    numbers = [
        context.buttons(str(number), "photo", dataset.id, example.id, number - 1)
        for number, example in enumerate(page.examples, page.first)
    ]
    return in_rows(numbers, NUMBER_COLUMNS)


def _turns(context: Context, dataset: Dataset, page: ClassPage) -> Iterator[InlineKeyboardButton]:
    token = token_of(page.label)
    if page.number > 0:
        yield context.buttons("◀", "class_page", dataset.id, token, page.number - 1)
    if page.number + 1 < page.pages:
        yield context.buttons("▶", "class_page", dataset.id, token, page.number + 1)


def class_edit_rows(
    context: Context, dataset: Dataset, label: str
) -> list[list[InlineKeyboardButton]]:
    """Buttons that rename a class, merge it into another one, or delete it."""
    texts, button, token = context.texts, context.buttons, token_of(label)
    merge = button(texts.plain("button.merge_into"), "class_into", dataset.id, token, 0)
    return [
        [
            button(texts.plain("button.rename"), "class_rename", dataset.id, token),
            *([merge] if len(dataset.classes) > 1 else []),
        ],
        [button(texts.plain("button.delete_class"), "class_delete", dataset.id, token)],
    ]


def _photo_keyboard(
    context: Context, dataset: Dataset, example: Example, place: int
) -> InlineKeyboardMarkup:
    button, texts = context.buttons, context.texts
    return keyboard(
        [
            button(texts.plain("button.delete"), "photo_delete", dataset.id, example.id, place),
            button(texts.plain("button.move"), "photo_move", dataset.id, example.id, place, 0),
        ],
        [_back_to_page(context, dataset, example, place)],
    )


def _back_to_page(
    context: Context, dataset: Dataset, example: Example, place: int
) -> InlineKeyboardButton:
    text, token = context.texts.plain("button.back"), token_of(example.label)
    return context.buttons(text, "class_page", dataset.id, token, _page_of(place))


def _page_of(place: int) -> int:
    return place // PAGE_PHOTOS


def _moved(context: Context, dataset: Dataset, before: str, after: str) -> Html:
    texts = context.texts
    return texts(
        "photo.moved",
        before=shown_label(before, dataset, texts),
        after=shown_label(after, dataset, texts),
    )


def _about(context: Context, dataset: Dataset, example: Example, place: int | None) -> Html:
    """place : of the photo in its class, where that is known."""
    texts = context.texts
    number = "" if place is None else f" {texts.number(place + 1)}"
    lines = [
        texts(
            "photo.about",
            n=number,
            label=shown_label(example.label, dataset, texts),
            name=short(example.name),
            width=example.photo.width,
            height=example.photo.height,
        )
    ]
    if example.is_test:
        lines.append(texts("photo.is_test"))
    if example.origin is ExampleOrigin.HAND:
        lines.append(texts("photo.by_hand"))
    return Html("\n".join(lines))
