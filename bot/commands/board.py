"""The board's words: what was taught, and what the live model can do."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands.labels import shown_label
from bot.commands.summary import short
from bot.commands.suspects import found_text, look_through_button
from bot.commands.switches import model_switched
from bot.context import Context
from bot.keyboards import keyboard
from bot.lessons import Lessons
from bot.texts import Html, Texts
from core.entities import Dataset, FitReport, Model
from core.services.live import can_answer, keeping_from_a_test
from core.services.teaching import Taught

Said = tuple[Html, InlineKeyboardMarkup]

CLASSES_SHOWN = 8
BAR_LENGTH = 10
NAME_LENGTH = 24
DRAFTS_NAMED = 3
# Answers of which a share means something.
SCORED_PHOTOS = 10
# Fewer are called few.
FEW_PHOTOS = 100
# Of a normal distribution: 95 of 100 lie within.
_DEVIATIONS = 1.96


def board(
    context: Context, taught: Taught, model: Model | None, lessons: Lessons, suspects: int = 0
) -> Said:
    """The message after a lesson; model : the live one that has learned from it, None until then.
    suspects : how many photos look mislabelled."""
    lines = [*_lines(taught, model, context, lessons)]
    if found := found_text(suspects, context.texts):
        lines.append(found)
    look = [look_through_button(context, taught.dataset)] if suspects else []
    return Html("\n".join(lines)), keyboard(*_rows(context, taught, model), look)


def _lines(
    taught: Taught, model: Model | None, context: Context, lessons: Lessons
) -> Iterator[Html]:
    texts = context.texts
    yield texts("teach.board", dataset=taught.dataset.name)
    if lessons.has_begun:
        yield texts("teach.begun")
    yield from _classes(taught, texts)
    yield from _news(taught, texts)
    yield Html("")
    yield from _state(taught, model, context, lessons)


def _classes(taught: Taught, texts: Texts) -> Iterator[Html]:
    """The class of the lesson first, then the others."""
    classes = taught.dataset.classes
    labels = [*dict.fromkeys((taught.label, *classes))]
    for label in labels[:CLASSES_SHOWN]:
        count = classes.get(label, 0)
        bar = "▮" * min(count, BAR_LENGTH)
        shown = short(shown_label(label, taught.dataset, texts), NAME_LENGTH)
        yield texts("teach.class", label=shown, bar=bar, n=texts.number(count))
    if len(labels) > CLASSES_SHOWN:
        rest = texts.plural("count.classes", len(labels) - CLASSES_SHOWN)
        yield texts("teach.more_classes", classes=rest)


def _news(taught: Taught, texts: Texts) -> Iterator[Html]:
    """What the person might not expect of the lesson."""
    if not taught.changed:
        yield texts("teach.known")
    elif taught.different < taught.learned:
        photos = texts.plural("count.photos", taught.learned)
        yield texts("teach.burst", photos=photos, different=texts.number(taught.different))


def _state(
    taught: Taught, model: Model | None, context: Context, lessons: Lessons
) -> Iterator[Html]:
    texts = context.texts
    if not can_answer(taught.dataset):
        yield texts("teach.one_more_class")
        return
    if model is None:
        yield texts("teach.learning")
        return
    # In the mode a photo does not ask.
    is_mode = lessons.is_mode(time.time())
    yield texts("teach.can_answer_mode" if is_mode else "teach.can_answer")
    if lessons.has_switched:
        yield model_switched(context, model)
    report = model.card.report
    if report.n_test >= SCORED_PHOTOS:
        yield _score(report, texts)
    elif not report.n_test and (untested := untested_for(taught.dataset, texts)):
        yield untested
    if report.too_few:
        shown = (shown_label(label, taught.dataset, texts) for label in report.too_few)
        named = ", ".join(short(label, NAME_LENGTH) for label in [*shown][:DRAFTS_NAMED])
        more = ", …" if len(report.too_few) > DRAFTS_NAMED else ""
        yield texts("teach.draft", classes=named + more)
        # Said while the set is new: until then the chat knew fruit.
        if not taught.dataset.extends_baseline:
            yield texts("teach.only_these")


def untested_for(dataset: Dataset, texts: Texts) -> Html | None:
    """Which classes keep the live model from being tested; None where it is not they."""
    labels = keeping_from_a_test(dataset)
    if not labels:
        return None
    shown = (short(shown_label(label, dataset, texts), NAME_LENGTH) for label in labels)
    more = ", …" if len(labels) > DRAFTS_NAMED else ""
    key = "teach.untested" if len(labels) > 1 else "teach.untested_one"
    return texts(key, classes=", ".join([*shown][:DRAFTS_NAMED]) + more)


def _score(report: FitReport, texts: Texts) -> Html:
    right = round(report.accuracy * report.n_test)
    low, high = likely_range(right, report.n_test)
    return texts(
        "teach.score_few" if report.n_test < FEW_PHOTOS else "teach.score",
        right=texts.number(right),
        asked=texts.number(report.n_test),
        low=texts.percent(low),
        high=texts.percent(high),
    )


def likely_range(right: int, asked: int) -> tuple[float, float]:
    """Between which shares the true one lies, 95 times of 100 (Wilson, 1927)."""
    share, z = right / asked, _DEVIATIONS
    middle = share + z**2 / (2 * asked)
    half = z * math.sqrt(share * (1 - share) / asked + z**2 / (4 * asked**2))
    scale = 1 + z**2 / asked
    return (middle - half) / scale, (middle + half) / scale


def _rows(
    context: Context, taught: Taught, model: Model | None
) -> list[list[InlineKeyboardButton]]:
    texts, button, dataset = context.texts, context.buttons, taught.dataset
    new_class = button(texts.plain("button.new_class"), "teach_class")
    done = button(texts.plain("button.ask_me" if model else "button.done"), "teach_ask")
    row = []
    if model:
        row.append(button(texts.plain("button.samples"), "samples", dataset.id))
    if taught.changed:
        text = texts.plain("button.undo_n", n=texts.number(taught.changed))
        row.append(button(text, "undo", dataset.id, dataset.version))
    return [[done, new_class], row]
