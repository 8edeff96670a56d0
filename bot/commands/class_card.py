"""/info with a class: its colours on a chart, its figures below, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterator

from telegram.constants import ChatAction

from bot.commands.class_pages import class_edit_rows
from bot.commands.classes import class_of, find_or_ask, token_of
from bot.commands.labels import shown_label
from bot.commands.summary import short
from bot.context import Context
from bot.keyboards import Press, keyboard
from bot.texts import Html, Texts
from core.entities import ChartRequest, Dataset, Description


async def show_card(context: Context, dataset: Dataset, wanted: str) -> None:
    """Sends the card of the class that a person wrote, or asks which one is meant."""
    label = await find_or_ask(context, dataset, wanted, "class_card")
    if label is not None:
        await send_card(context, dataset, label)


async def on_card(context: Context, press: Press) -> None:
    """Sends the card of the class that the button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    label = class_of(dataset, press.argument(1))
    await context.acknowledge()
    await send_card(context, dataset, label)


async def send_card(context: Context, dataset: Dataset, label: str) -> None:
    """Sends the class's card. Raises the workers' errors."""
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    description = await context.services.datasets.describe(dataset)
    request = ChartRequest("colors", description, context.texts.charts, label)
    (chart,) = await context.services.charts.draw([request])
    photos = context.buttons(
        context.texts.plain("button.photos"), "class_open", dataset.id, token_of(label)
    )
    await context.message.chat.send_photo(
        chart.png,
        caption=Html("\n".join(_lines(dataset, description, label, context.texts))),
        reply_markup=keyboard([photos], *class_edit_rows(context, dataset, label)),
    )


def _lines(dataset: Dataset, description: Description, label: str, texts: Texts) -> Iterator[Html]:
    photos = dataset.classes[label]
    yield texts(
        "classpage.card",
        label=shown_label(label, dataset, texts),
        photos=texts.plural("count.photos", photos),
        share=texts.percent(photos / dataset.images),
    )
    tested = photos - dataset.training_classes.get(label, 0)
    if tested:
        yield texts("classpage.tested", n=texts.number(tested))
    if duplicates := description.duplicates.by_class.get(label):
        yield texts("classpage.duplicates", n=texts.number(duplicates))
    for one, other, count in description.duplicates.across_classes:
        if label in (one, other):
            name = shown_label(other if label == one else one, dataset, texts)
            yield texts("classpage.across", other=short(name), n=texts.number(count))
