"""/info and /samples: looking at the data."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InputMediaPhoto, Update
from telegram.constants import ChatAction

from bot.commands.summary import short, summary
from bot.context import Context
from bot.keyboards import Press, in_rows, keyboard
from core.entities import ChartRequest, Dataset

OVERVIEW = ("classes", "duplicates", "sizes")
CLASSES_PER_PAGE = 12
CLASS_COLUMNS = 2
BUTTON_NAME_LENGTH = 24


async def info(update: Update, context: Context) -> None:
    """/info: describes the current dataset. Raises NoDataset."""
    await _info(context, await context.services.datasets.current(context.me))


async def on_info(context: Context, press: Press) -> None:
    """Describes the dataset that the button names."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.acknowledge()
    await _info(context, dataset)


async def samples(update: Update, context: Context) -> None:
    """/samples: sends a sheet of examples from the current dataset. Raises NoDataset."""
    await _sheet(context, await context.services.datasets.current(context.me), others=False)


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
        table, filename=f"{dataset.name}.csv", caption=context.texts("table.caption")
    )


async def on_class_list(context: Context, press: Press) -> None:
    """Replaces the buttons by the classes of a page."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    page = press.number(1)
    labels = list(dataset.classes)
    first = page * CLASSES_PER_PAGE
    button = context.buttons
    shown = [
        button(short(labels[i], BUTTON_NAME_LENGTH), "colors", dataset.id, dataset.version, i)
        for i in range(first, min(first + CLASSES_PER_PAGE, len(labels)))
    ]
    await context.message.edit_reply_markup(
        keyboard(*in_rows(shown, CLASS_COLUMNS), _pages(context, dataset, page, len(labels)))
    )


async def on_colors(context: Context, press: Press) -> None:
    """Sends the chart of a class's colours."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    labels = list(dataset.classes)
    if press.number(1) != dataset.version or press.number(2) >= len(labels):
        await context.acknowledge(context.texts.plain("press.stale"), alert=True)
        return
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    label = labels[press.number(2)]
    description = await context.services.datasets.describe(dataset)
    request = ChartRequest("colors", description, context.texts.charts, label)
    (chart,) = await context.services.charts.draw([request])
    await context.message.reply_photo(chart)


async def on_info_back(context: Context, press: Press) -> None:
    """Goes back from the list of classes to the buttons under the description."""
    dataset = await context.services.datasets.get(context.me.id, press.number())
    await context.message.edit_reply_markup(keyboard(*_info_rows(context, dataset)))


async def _info(context: Context, dataset: Dataset) -> None:
    chat = context.message.chat
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    description = await context.services.datasets.describe(dataset)
    charts = await context.services.charts.draw(
        [ChartRequest(name, description, context.texts.charts) for name in OVERVIEW]
    )
    await chat.send_media_group([InputMediaPhoto(chart) for chart in charts])
    await chat.send_message(
        summary(dataset, description, context.texts),
        reply_markup=keyboard(*_info_rows(context, dataset)),
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
            button(texts.plain("button.colors"), "class_list", dataset.id, 0),
            button(texts.plain("button.table"), "table", dataset.id),
        ],
        [
            button(texts.plain("button.samples"), "samples", dataset.id),
            button(texts.plain("button.fit"), "fit", dataset.id),
        ],
    ]


def _pages(context: Context, dataset: Dataset, page: int, count: int) -> list[InlineKeyboardButton]:
    texts, button = context.texts, context.buttons
    row = []
    if page > 0:
        row.append(button("◀", "class_list", dataset.id, page - 1))
    row.append(button(texts.plain("button.back"), "info_back", dataset.id))
    if (page + 1) * CLASSES_PER_PAGE < count:
        row.append(button("▶", "class_list", dataset.id, page + 1))
    return row
