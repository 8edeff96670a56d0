"""After a report: photos that look mislabelled, and classes that were taken for each other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from telegram import InlineKeyboardButton, Message

from bot.commands.class_edits import merge_button
from bot.commands.summary import short
from bot.commands.suspects import found_text, look_through_button
from bot.context import Context
from bot.keyboards import keyboard
from bot.texts import Html, Texts
from core.entities import Dataset, FitReport, Model
from core.errors import DatasetNotFound, LukoshkoError

MAX_PAIRS = 3
# Of the photos of both classes, and how many at least.
_MIN_SHARE = 0.25
_MIN_MISTAKEN = 3
# A model that is right less often takes everything for everything.
_MIN_ACCURACY = 0.7

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two classes that were taken for each other. mistaken : of `photos` photos of both."""

    one: str
    other: str
    mistaken: int
    photos: int

    @property
    def share(self) -> float:
        return self.mistaken / self.photos


def confused_pairs(report: FitReport) -> list[Pair]:
    """The pairs of classes that were often taken for each other, the worst first; none where the model is too
    weak to tell by it."""
    if report.accuracy < _MIN_ACCURACY:
        return []
    counts = report.confusion
    pairs = (
        Pair(
            report.classes[i],
            report.classes[j],
            mistaken=counts[i][j] + counts[j][i],
            photos=max(1, sum(counts[i]) + sum(counts[j])),
        )
        for i, j in combinations(range(len(report.classes)), 2)
    )
    often = [p for p in pairs if p.mistaken >= _MIN_MISTAKEN and p.share >= _MIN_SHARE]
    return sorted(often, key=lambda pair: -pair.share)[:MAX_PAIRS]


async def offer_repairs(reply_to: Message, model: Model, dataset_id: int, context: Context) -> None:
    """Says what of the dataset could be mended, with a button for each; nothing where nothing looks
    wrong. A search that fails is only logged: the report is there."""
    try:
        dataset = await context.services.datasets.get(context.me.id, dataset_id)
        suspects = await context.services.suspects.find(dataset, model.card.recipe)
    except DatasetNotFound:
        return
    except LukoshkoError as error:
        logger.warning("mislabelled photos were not looked for: %s", error.code)
        suspects = ()
    pairs = [p for p in confused_pairs(model.card.report) if {p.one, p.other} <= {*dataset.classes}]
    lines = list(_lines(len(suspects), pairs, context.texts))
    if not lines:
        return
    await reply_to.reply_text(
        Html("\n".join(lines)),
        reply_markup=keyboard(
            *([[look_through_button(context, dataset)]] if suspects else []),
            *([_merge(context, dataset, pair)] for pair in pairs),
        ),
    )


def _lines(suspects: int, pairs: list[Pair], texts: Texts) -> Iterator[Html]:
    if found := found_text(suspects, texts):
        yield found
    for pair in pairs:
        yield texts(
            "repairs.alike",
            one=short(pair.one),
            other=short(pair.other),
            mistaken=texts.number(pair.mistaken),
            photos=texts.plural("count.photos", pair.photos),
        )


def _merge(context: Context, dataset: Dataset, pair: Pair) -> InlineKeyboardButton:
    """A button that merges the smaller class into the larger."""
    small, large = sorted((pair.one, pair.other), key=lambda label: dataset.classes[label])
    return merge_button(context, dataset, small, large)
