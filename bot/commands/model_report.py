"""A model's report for those who teach with it: its card, its data and its mistakes as one HTML page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from telegram import Message
from telegram.constants import ChatAction

from bot.commands.card import card, report_lines
from bot.commands.chart_numbers import numbers_of
from bot.commands.follow import Said, follow
from bot.commands.labels import localized_names, localized_report, model_name
from bot.commands.mistakes import cells_of
from bot.commands.report_charts import is_large, no_mistake
from bot.commands.search import search_stage
from bot.commands.summary import summary
from bot.context import Context
from bot.keyboards import Press
from bot.pages import Picture, Section, Table, render
from bot.texts import Html, Texts
from core.entities import ChartRequest, Dataset, FitReport, Model
from core.entities.charts import ChartSubject
from core.errors import DatasetEmpty, DatasetNotFound
from core.names import file_name
from core.services.mistakes import MistakenPhotos

MAX_CELLS = 12
"""The cells of the matrix whose photos are shown, a picture each."""

_TITLES: Mapping[str, str] = {
    "classes": "photos_per_class",
    "duplicates": "duplicates_per_class",
    "curves": "curve",
    "confusion": "confusion",
    "mistakes": "mistakes",
    "reliability": "reliability",
}
"""What a chart shows, in a word on it, by the chart's name."""


async def on_report(context: Context, press: Press) -> None:
    """Sends the page, after a search for the photos that the model took for others where one is needed."""
    model = await context.services.models.get(context.me.id, press.number())
    dataset = await _dataset_of(context, model)
    if dataset is None or not _must_search(context, model, dataset):
        await context.acknowledge()
        await _send(context, context.message, model, dataset)
        return
    running = await context.services.mistakes.search(model, dataset, context.chat_id)
    await context.acknowledge()

    async def tell(_: None) -> Said:
        return context.texts("page.drawing", name=model.name), None

    async def then(message: Message, _: None) -> None:
        await _send(context, message, model, dataset)

    follow(context, running, search_stage(context.texts), tell, reply_to=context.message, then=then)


async def _dataset_of(context: Context, model: Model) -> Dataset | None:
    """The reader's own dataset that the model learned from; None where it is gone, or another's."""
    if model.dataset_id is None:
        return None
    try:
        return await context.services.datasets.get(context.me.id, model.dataset_id)
    except DatasetNotFound:
        return None


def _must_search(context: Context, model: Model, dataset: Dataset) -> bool:
    return (
        _is_unchanged(model, dataset)
        and bool(cells_of(model.card.report))
        and not context.services.mistakes.is_known(model)
    )


def _is_unchanged(model: Model, dataset: Dataset) -> bool:
    return dataset.version == model.card.dataset_version


async def _send(context: Context, reply_to: Message, model: Model, dataset: Dataset | None) -> None:
    await context.show_action(ChatAction.UPLOAD_DOCUMENT)
    texts, name = context.texts, model_name(model, context.texts)
    title = texts.plain("page.title", name=name)
    made = texts.plain("page.made", date=texts.moment(datetime.now(UTC)))
    sections = [section async for section in _sections(context, model, dataset)]
    await reply_to.reply_document(
        render(title, made, sections, texts.language),
        filename=file_name(f"{title}.html"),
        caption=texts("page.caption", name=name),
    )


async def _sections(
    context: Context, model: Model, dataset: Dataset | None
) -> AsyncIterator[Section]:
    texts, report = context.texts, localized_report(model, context.texts)
    yield Section(texts.plain("page.card"), [card(model, texts, active=False)])
    if dataset:
        async for section in _data(context, model, dataset):
            yield section
    elif model.dataset_id is None and model.owner_id:
        yield Section(texts.plain("page.data"), [texts("page.data_gone")])
    if report.n_test:
        yield await _curve(context, model, report)
        yield await _matrix(context, model, report, dataset)
        yield await _probabilities(context, model, report)
    yield Section(texts.plain("page.unknown"), [*_unknown(report, dataset, texts)])
    yield Section(texts.plain("page.words"), [*_words(model, report, texts)])


async def _data(context: Context, model: Model, dataset: Dataset) -> AsyncIterator[Section]:
    """What the model learned from: counts, a sheet of samples, duplicates."""
    texts, services = context.texts, context.services
    try:
        description = await services.datasets.describe(dataset)
        sheet = await services.datasets.sheet(dataset, others=False)
    except DatasetEmpty:
        yield Section(texts.plain("page.data"), [texts("page.data_gone")])
        return
    changed = [] if _is_unchanged(model, dataset) else [texts("page.data_changed")]
    counts = await _drawn(context, "classes", description)
    samples = Picture(sheet, texts.plain("samples.caption", name=dataset.name))
    yield Section(
        texts.plain("page.data"),
        [summary(dataset, description, texts), *changed, *counts, samples],
    )
    found = description.duplicates
    blocks: list[Html | Picture] = [texts("page.no_duplicates")]
    if found.by_class or found.across_classes:
        drawn = await _drawn(context, "duplicates", description)
        blocks = [texts("page.duplicates_read"), *drawn]
    yield Section(texts.plain("page.duplicates"), blocks)


async def _curve(context: Context, model: Model, report: FitReport) -> Section:
    texts = context.texts
    if report.curve is None:
        return Section(texts.plain("page.curve"), [texts("page.no_curve")])
    drawn = await _drawn(context, "curves", {model_name(model, texts): report.curve})
    return Section(texts.plain("page.curve"), [texts("page.curve_read"), *drawn])


async def _matrix(
    context: Context, model: Model, report: FitReport, dataset: Dataset | None
) -> Section:
    """What was taken for what, with the photos where the dataset is still the one that the model knows."""
    texts = context.texts
    blocks: list[Html | Picture | Table] = []
    if not cells_of(report):
        blocks.append(no_mistake(report, texts))
    elif is_large(report):
        blocks += await _drawn(context, "mistakes", report)
    matrix = await _drawn(context, "confusion", report)
    blocks.append(texts("page.matrix_read"))
    blocks += [replace(one, is_large=is_large(report)) for one in matrix]
    if dataset and _is_unchanged(model, dataset):
        blocks += await _mistaken(context, model, dataset)
    return Section(texts.plain("page.matrix"), blocks)


async def _probabilities(context: Context, model: Model, report: FitReport) -> Section:
    """The reliability diagram, or why there is none."""
    texts = context.texts
    title = texts.plain("page.probabilities")
    if report.reliability:
        drawn = await _drawn(context, "reliability", report)
        return Section(title, [texts("page.probabilities_read"), *drawn])
    if report.too_few:
        return Section(title, [texts("page.probabilities_few", classes=", ".join(report.too_few))])
    gives_some = model.card.probabilities
    key = "page.probabilities_unkept" if gives_some else "page.probabilities_none"
    return Section(title, [texts(key)])


async def _mistaken(context: Context, model: Model, dataset: Dataset) -> Sequence[Picture | Html]:
    """The photos behind the fullest cells, and how many of all these are, where they are not all."""
    texts, report = context.texts, model.card.report
    names = localized_names(model, texts)
    pictures, shown = [], 0
    for cell in cells_of(report)[:MAX_CELLS]:
        found = await context.services.mistakes.behind(
            model, dataset, cell.truth, cell.named, is_numbered=False
        )
        if found:
            pictures.append(_photos(found, names[cell.truth], names[cell.named], texts))
            shown += len(found.examples)
    mistakes = report.n_test - sum(row[place] for place, row in enumerate(report.confusion))
    if shown == mistakes:
        return pictures
    counts = {"shown": texts.number(shown), "mistakes": texts.number(mistakes)}
    return [*pictures, texts("page.shown", **counts)]


def _photos(found: MistakenPhotos, truth: str, named: str, texts: Texts) -> Picture:
    """The photos behind a cell."""
    photos = texts.plural("count.photos", found.photos)
    return Picture(
        found.picture,
        texts.plain("page.cell_alt", truth=truth, named=named),
        texts("page.cell", truth=truth, named=named, photos=photos),
    )


def _words(model: Model, report: FitReport, texts: Texts) -> Iterator[Html]:
    """What the words mean that the report uses."""
    scores = Html("").join(report_lines(model, texts))
    if report.folds and not report.too_few:
        yield texts("page.word.cross_validated")
    if report.curve or "F1" in scores:
        yield texts("page.word.f1")
    yield texts("page.word.recipe")


def _unknown(report: FitReport, dataset: Dataset | None, texts: Texts) -> Iterator[Html | Table]:
    """What it knows at all, and how certain it was of the held-out photos."""
    yield texts("page.unknown_read", classes=", ".join(report.classes))
    if dataset and dataset.negatives:
        yield texts("page.negatives", photos=texts.plural("count.photos", dataset.negatives))
    if not report.certainties:
        return
    yield texts("page.certainties")
    rows = [
        (texts.plain(f"page.answer.{one.answer}"), texts.number(one.n), texts.number(one.right))
        for one in report.certainties
    ]
    yield Table([texts.plain(f"page.{key}") for key in ("answer", "photos", "right")], rows)


async def _drawn(context: Context, name: str, subject: ChartSubject) -> Sequence[Picture]:
    """The chart, as a list."""
    texts = context.texts
    charts = await context.services.charts.draw([ChartRequest(name, subject, texts.charts)])
    return [
        Picture(chart.png, texts.charts[_TITLES[name]], numbers_of(chart, texts))
        for chart in charts
    ]
