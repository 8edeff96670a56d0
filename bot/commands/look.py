"""/info and /samples: looking at the data."""

from __future__ import annotations

from telegram import InlineKeyboardButton, Update
from telegram.constants import ChatAction

from bot.commands.chart_numbers import numbers_of
from bot.commands.class_card import show_card
from bot.commands.class_pages import show_class
from bot.commands.classes import class_button, class_rows
from bot.commands.notes import note_buttons
from bot.commands.summary import summary
from bot.context import Context
from bot.keyboards import Press, keyboard
from core.entities import ChartRequest, Dataset
from core.names import file_name


async def info(update: Update, context: Context) -> None:
    """/info: describes the current dataset, or the class that is named. Raises NoDataset."""
    dataset = await context.services.datasets.current(context.me)
    if context.args:
        await show_card(context, dataset, " ".join(context.args))
    else:
        await _info(context, dataset)


async def on_info(context: Context, press: Press) -> None:
    """Describes the dataset that the button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await _info(context, dataset)


async def samples(update: Update, context: Context) -> None:
    """/samples: sends a sheet of examples from the current dataset, or the photos of the class that is
    named. Raises NoDataset."""
    dataset = await context.services.datasets.current(context.me)
    if context.args:
        await show_class(context, dataset, " ".join(context.args))
    else:
        await _sheet(context, dataset, others=False)


async def on_samples(context: Context, press: Press) -> None:
    """Sends a sheet of examples from the dataset that the button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await _sheet(context, dataset, others=False)


async def on_other_samples(context: Context, press: Press) -> None:
    """Sends a new sheet, with other examples than the last one."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await _sheet(context, dataset, others=True)


async def on_table(context: Context, press: Press) -> None:
    """Sends the table of all images as a CSV."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_DOCUMENT)
    has_comma = context.texts.charts["decimal_point"] == ","
    table = await context.services.datasets.table(dataset, has_decimal_comma=has_comma)
    await context.message.reply_document(
        table, filename=file_name(f"{dataset.name}.csv"), caption=context.texts("table.caption")
    )


async def on_class_list(context: Context, press: Press) -> None:
    """Replaces the buttons by the classes of a page."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    button = context.buttons

    def turn(text: str, to: int) -> InlineKeyboardButton:
        return button(text, "class_list", dataset.id, to)

    choose = class_button(context, dataset, "class_card")
    await context.message.edit_reply_markup(
        keyboard(
            *class_rows(list(dataset.classes), press.number(1), choose, turn),
            [button(context.texts.plain("button.back"), "info_back", dataset.id)],
        )
    )


async def on_info_back(context: Context, press: Press) -> None:
    """Goes back from the list of classes to the buttons under the description."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.message.edit_reply_markup(keyboard(*_info_rows(context, dataset)))


async def _info(context: Context, dataset: Dataset) -> None:
    chat = context.message.chat
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    description = await context.services.datasets.describe(dataset)
    request = ChartRequest("overview", description, context.texts.charts)
    (chart,) = await context.services.charts.draw([request])
    await chat.send_photo(chart.png, caption=numbers_of(chart, context.texts))
    await chat.send_message(
        summary(dataset, description, context.texts),
        reply_markup=keyboard(
            *note_buttons(context, dataset, description), *_info_rows(context, dataset)
        ),
    )


async def _sheet(context: Context, dataset: Dataset, *, others: bool) -> None:
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    sheet = await context.services.datasets.sheet(dataset, others=others)
    button, texts = context.buttons, context.texts
    await context.message.chat.send_photo(
        sheet,
        caption=texts("samples.caption", name=dataset.name),
        reply_markup=keyboard(
            [button(texts.plain("button.others"), "samples_others", dataset.id)],
            [button(texts.plain("button.fit"), "fit", dataset.id)],
        ),
    )


def _info_rows(context: Context, dataset: Dataset) -> list[list[InlineKeyboardButton]]:
    texts, button = context.texts, context.buttons
    return [
        [
            button(texts.plain("button.classes"), "class_list", dataset.id, 0),
            button(texts.plain("button.table"), "table", dataset.id),
        ],
        [button(texts.plain("button.duplicates"), "twins", dataset.id)],
        [
            button(texts.plain("button.samples"), "samples", dataset.id),
            button(texts.plain("button.fit"), "fit", dataset.id),
        ],
    ]
