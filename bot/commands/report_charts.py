"""The charts of a report, as messages."""

from __future__ import annotations

from telegram import InputMediaPhoto, Message

from bot.commands.card import refused_photos
from bot.commands.chart_numbers import numbers_of
from bot.context import Context
from bot.texts import Html, Texts
from core.entities import ChartRequest, FitReport, Model
from core.entities.charts import ChartSubject

MAX_MATRIX_CLASSES = 15
"""The matrix of more classes can't be read on a phone: it comes as a file, and the worst of it as a
chart."""


async def send_charts(reply_to: Message, model: Model, report: FitReport, context: Context) -> None:
    """Sends what the model took for what, and its learning curve where it has one.

    report : the model's, its classes perhaps in the reader's language.
    """
    mistaken = sum(map(sum, report.confusion)) - _right(report)
    requests = []
    if mistaken:
        requests.append(_chart("mistakes" if is_large(report) else "confusion", report, context))
    if report.curve:
        requests.append(_chart("curves", {model.name: report.curve}, context))
    charts = await context.services.charts.draw(requests) if requests else ()
    if len(charts) > 1:
        await reply_to.reply_media_group(
            [InputMediaPhoto(chart.png, numbers_of(chart, context.texts)) for chart in charts]
        )
    for chart in charts if len(charts) == 1 else ():
        await reply_to.reply_photo(chart.png, caption=numbers_of(chart, context.texts))
    await _send_words(reply_to, report, mistaken, context)


async def _send_words(
    reply_to: Message, report: FitReport, mistaken: int, context: Context
) -> None:
    """The whole matrix as a file where its chart is only a part; a sentence where nothing is mistaken."""
    texts = context.texts
    if not mistaken:
        await reply_to.reply_text(no_mistake(report, texts))
    elif is_large(report):
        (matrix,) = await context.services.charts.draw([_chart("confusion", report, context)])
        await reply_to.reply_document(
            matrix.png, filename="confusion.png", caption=texts("charts.matrix")
        )


def no_mistake(report: FitReport, texts: Texts) -> Html:
    """The sentence in place of the matrix, with the photos that the model did not want to name."""
    photos = texts.plural("count.unseen_photos", report.n_test)
    said = texts("charts.no_mistake", photos=photos)
    refused = refused_photos(report)
    return Html(f"{said} {texts('report.refused', n=texts.number(refused))}") if refused else said


def is_large(report: FitReport) -> bool:
    """True where the whole matrix can't be read on a phone."""
    return len(report.classes) > MAX_MATRIX_CLASSES


def _chart(name: str, subject: ChartSubject, context: Context) -> ChartRequest:
    return ChartRequest(name, subject, context.texts.charts)


def _right(report: FitReport) -> int:
    return sum(row[place] for place, row in enumerate(report.confusion))
