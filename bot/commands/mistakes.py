"""What a model took for what: the cells of its confusion matrix as buttons, the photos behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, Message
from telegram.constants import ChatAction

from bot.commands.class_pages import NUMBER_COLUMNS
from bot.commands.classes import token_of
from bot.commands.follow import Said, follow
from bot.commands.search import search_stage
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press, StalePress, in_rows, keyboard
from core.entities import Dataset, FitReport, Model

MAX_CELLS = 20
NAME_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Cell:
    """`count` held-out photos of the class `truth` that were taken for `named`."""

    truth: str
    named: str
    count: int


def cells_of(report: FitReport) -> list[Cell]:
    """The cells beside the diagonal that are not empty, the fullest first, MAX_CELLS at most."""
    cells = [
        Cell(truth, named, count)
        for truth, row in zip(report.classes, report.confusion, strict=True)
        for named, count in zip(report.classes, row, strict=True)
        if count and truth != named
    ]
    return sorted(cells, key=lambda cell: -cell.count)[:MAX_CELLS]


def mistakes_row(
    context: Context, model: Model, dataset: Dataset
) -> Sequence[InlineKeyboardButton]:
    """A button that lists the model's mistakes; none where it made none."""
    if not cells_of(model.card.report):
        return []
    text = context.texts.plain("button.mistakes")
    return [context.buttons(text, "mistakes", dataset.id, model.id)]


async def on_mistakes(context: Context, press: Press) -> None:
    """Sends the list of mistakes, a button for each."""
    dataset, model = await _subject(context, press)
    await context.acknowledge()
    buttons = [
        context.buttons(
            f"{short(cell.truth, NAME_LENGTH)} → {short(cell.named, NAME_LENGTH)} · {cell.count}",
            "cell",
            *(dataset.id, model.id),
            *(_short_token(cell.truth), _short_token(cell.named)),
        )
        for cell in cells_of(model.card.report)
    ]
    await context.message.reply_text(
        context.texts("mistakes.list", name=model.name), reply_markup=keyboard(*in_rows(buttons, 1))
    )


async def on_cell(context: Context, press: Press) -> None:
    """Sends the photos behind a cell, after a search where one is needed. Raises DatasetChanged."""
    dataset, model = await _subject(context, press)
    truth, named = (_label(model, press.argument(place)) for place in (2, 3))
    if context.services.mistakes.is_known(model):
        await context.acknowledge()
        await _show(context, dataset, model, truth, named)
    else:
        await _search(context, dataset, model, truth, named)


async def _search(context: Context, dataset: Dataset, model: Model, truth: str, named: str) -> None:
    """Looks for all of the model's mistakes, and shows those of the cell."""
    running = await context.services.mistakes.search(model, dataset, context.chat_id)
    await context.acknowledge()

    async def tell(_: None) -> Said:
        return context.texts("mistakes.found", name=model.name), None

    async def then(_: Message, __: None) -> None:
        await _show(context, dataset, model, truth, named)

    stage = search_stage(context.texts)
    follow(context, running, stage, tell, reply_to=context.message, then=then)


async def _show(context: Context, dataset: Dataset, model: Model, truth: str, named: str) -> None:
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    found = await context.services.mistakes.behind(model, dataset, truth, named, is_numbered=True)
    if found is None:
        await context.message.reply_text(context.texts("mistakes.none"))
        return
    numbers = [
        context.buttons(str(number), "photo_open", dataset.id, example.id)
        for number, example in enumerate(found.examples, 1)
    ]
    photos = context.texts.plural("count.photos", found.photos)
    await context.message.chat.send_photo(
        found.picture,
        caption=context.texts("mistakes.cell", truth=truth, named=named, photos=photos),
        reply_markup=keyboard(*in_rows(numbers, NUMBER_COLUMNS)),
    )


async def _subject(context: Context, press: Press) -> tuple[Dataset, Model]:
    """The dataset and the model of a button, its first arguments."""
    services, me = context.services, context.me.id
    dataset = await services.datasets.get(me, press.number())
    return dataset, await services.models.get(me, press.number(1))


def _short_token(label: str) -> str:
    """Six characters: a button names two classes beside a dataset and a model."""
    return token_of(label)[:6]


def _label(model: Model, token: str) -> str:
    for label in model.card.classes:
        if _short_token(label) == token:
            return label
    raise StalePress
