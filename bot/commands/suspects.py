"""Photos that look mislabelled, shown one after the other: kept, moved or deleted by a tap."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InputMediaPhoto, Message
from telegram.constants import ChatAction

from bot.commands.classes import class_of, token_of
from bot.commands.follow import Said, follow
from bot.commands.search import search_stage
from bot.commands.summary import short
from bot.commands.undo import undo_button
from bot.context import Context
from bot.keyboards import Press, StalePress, keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, Example, Suspect
from core.services.suspects import Suspects

BUTTON_NAME_LENGTH = 20


def look_through_button(context: Context, dataset: Dataset) -> InlineKeyboardButton:
    """A button that shows the first of the suspects."""
    text = context.texts.plain("button.look_through")
    return context.buttons(text, "suspects", dataset.id)


async def on_look_through(context: Context, press: Press) -> None:
    """Sends the first of the suspects that are left; those after it take its place. A dataset that has
    changed since it was searched is searched first."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    left = await context.services.suspects.known(dataset)
    if left is None:
        await _search(context, dataset)
        return
    await context.acknowledge()
    if left:
        await _show_first(context, dataset, left)
    else:
        await context.message.reply_text(context.texts("suspects.none"))


async def _search(context: Context, dataset: Dataset) -> None:
    """Searches in a message that becomes what was found, and shows the first."""
    running = await context.services.suspects.search(dataset, context.chat_id)
    await context.acknowledge()

    async def tell(left: Suspects) -> Said:
        return found_text(len(left), context.texts) or context.texts("suspects.none"), None

    async def then(_: Message, left: Suspects) -> None:
        if left:
            await _show_first(context, dataset, left)

    stage = search_stage(context.texts)
    follow(context, running, stage, tell, reply_to=context.message, then=then)


def found_text(count: int, texts: Texts) -> Html | None:
    """How many photos look mislabelled; None where none does."""
    if not count:
        return None
    return Html(texts.plural("suspects.found", count))


async def _show_first(context: Context, dataset: Dataset, left: Suspects) -> None:
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    example = await _example(context, dataset, left[0].example_id)
    await context.message.chat.send_photo(
        await context.services.classes.photo(context.me.id, example),
        caption=_asked(context, left[0], example, len(left)),
        reply_markup=keyboard(*_answers(context, dataset, left[0])),
    )


async def on_keep(context: Context, press: Press) -> None:
    """The class is right: the photo is not shown again."""
    dataset, example = await _pressed(context, press)
    await context.services.suspects.confirm(context.me.id, dataset.id, [example.id])
    await _next(context, dataset)


async def on_move(context: Context, press: Press) -> None:
    """The class is the other one."""
    dataset, example = await _pressed(context, press)
    label = class_of(dataset, press.argument(2))
    changed = await context.services.examples.relabel(
        context.me.id, dataset.id, [example.id], label
    )
    await context.services.suspects.confirm(context.me.id, dataset.id, [example.id])
    await _next(context, changed, is_changed=True)


async def on_delete(context: Context, press: Press) -> None:
    """The photo is of neither."""
    dataset, example = await _pressed(context, press)
    changed = await context.services.examples.remove(context.me.id, dataset.id, [example.id])
    await _next(context, changed, is_changed=True)


async def _next(context: Context, dataset: Dataset, *, is_changed: bool = False) -> None:
    """Shows the next suspect in place of the last one, or says that there is none.

    is_changed : the dataset was changed, which can be undone.
    """
    # A worker that starts after a restart takes its time to draw.
    await context.acknowledge()
    undo = [[undo_button(context, dataset)]] if is_changed else []
    left = await context.services.suspects.left(dataset)
    if not left:
        text, fit = await _ended(context, dataset)
        await context.message.edit_caption(text, reply_markup=keyboard(*undo, fit))
        return
    example = await _example(context, dataset, left[0].example_id)
    photo = await context.services.classes.photo(context.me.id, example)
    await context.message.edit_media(
        InputMediaPhoto(photo, caption=_asked(context, left[0], example, len(left))),
        reply_markup=keyboard(*_answers(context, dataset, left[0]), *undo),
    )


async def _ended(context: Context, dataset: Dataset) -> tuple[Html, Sequence[InlineKeyboardButton]]:
    """After the last one: a live model follows by itself, others are trained again by a button."""
    if await context.services.models.live_of(dataset):
        return context.texts("suspects.done_live"), []
    button = context.buttons(context.texts.plain("button.fit"), "fit", dataset.id)
    return context.texts("suspects.done"), [button]


async def _pressed(context: Context, press: Press) -> tuple[Dataset, Example]:
    """The dataset and the example of a button, its first arguments."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    return dataset, await _example(context, dataset, press.number(1))


async def _example(context: Context, dataset: Dataset, example_id: int) -> Example:
    """Raises StalePress where the example is gone."""
    me = context.me.id
    for example in await context.services.examples.find(me, dataset.id, [example_id]):
        return example
    raise StalePress


def _asked(context: Context, suspect: Suspect, example: Example, left: int) -> Html:
    texts = context.texts
    return texts(
        "suspects.asked",
        label=suspect.label,
        likely=suspect.likely,
        probability=texts.percent(suspect.probability),
        left=texts.number(left),
    )


def _answers(
    context: Context, dataset: Dataset, suspect: Suspect
) -> list[list[InlineKeyboardButton]]:
    texts, button, named = context.texts, context.buttons, (dataset.id, suspect.example_id)
    keep = texts.plain("button.keep_class", name=short(suspect.label, BUTTON_NAME_LENGTH))
    move = texts.plain("button.move_to", name=short(suspect.likely, BUTTON_NAME_LENGTH))
    return [
        [
            button(keep, "suspect_keep", *named),
            button(move, "suspect_move", *named, token_of(suspect.likely)),
        ],
        [button(texts.plain("button.delete"), "suspect_delete", *named)],
    ]
