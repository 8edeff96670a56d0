"""Corrections in one tap: the buttons under an answer teach its photo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from telegram import ForceReply, InlineKeyboardButton

from bot.answers import Place
from bot.captions import class_named
from bot.commands.classes import token_of
from bot.commands.consent import with_consent
from bot.commands.labels import localized_label, localized_prediction, own_name
from bot.commands.near_names import ask_which, meant_by
from bot.commands.suggest import is_borrowed, suggest
from bot.commands.summary import short
from bot.commands.switches import standing, switched
from bot.commands.undo import undo_button
from bot.context import Context
from bot.errors import explain
from bot.keyboards import Press, StalePress, in_rows, keyboard
from bot.lessons import Lessons
from bot.pictures import Sent, has_picture
from bot.texts import Html
from core import names
from core.entities import Certainty, Dataset, Model, ModelKind, Prediction
from core.errors import DatasetNotFound, ModelNotFound
from core.services.fetching import Fetch
from core.services.teaching import Taught

LABEL_LENGTH = 20
# Beside the class that was named.
RUNNERS_UP = 2
CLASSES_ON_PAGE = 12
COLUMNS = 2

Row = Sequence[InlineKeyboardButton]


class AnswererGone(StalePress):
    """The model that gave the answer was deleted, or is not shared with the person any more."""


def correction_rows(
    context: Context, model: Model, prediction: Prediction, place: Place
) -> Iterator[Row]:
    """The rows under an answer in private. prediction : as the model gave it, not localized. None where nobody can
    teach the model any more. What is none of the classes can't be suggested to an owner."""
    if not _may_teach(model):
        return
    texts, button = context.texts, context.buttons
    likeliest = [label for label, _ in prediction.top[: 1 + RUNNERS_UP]]
    other = button(texts.plain("button.other"), "other", model.id, 0, *place.arguments)
    if not prediction.known:
        # "Right" could mean the nearest class, or that the photo is none of them.
        yield [_class_button(context, model, label) for label in likeliest]
        yield [*_none_buttons(context, model), other]
        return
    right = "right_sure" if prediction.answer is Certainty.SURE else "right"
    yield [
        button(texts.plain("button.right"), right, model.id, token_of(prediction.label)),
        *(_class_button(context, model, label) for label in likeliest[1:]),
    ]
    yield [other]


def _may_teach(model: Model) -> bool:
    return model.kind is ModelKind.BASELINE or model.dataset_id is not None


def _class_button(context: Context, model: Model, label: str) -> InlineKeyboardButton:
    text = short(localized_label(label, model, context.texts), LABEL_LENGTH)
    return context.buttons(text, "learn", model.id, token_of(label))


def _none_buttons(context: Context, model: Model) -> Row:
    if is_borrowed(context, model):
        return []
    return [context.buttons(context.texts.plain("button.none"), "none", model.id)]


async def on_right_sure(context: Context, press: Press) -> None:
    """The answer was right, and sure: there is nothing to learn from it."""
    await context.acknowledge(context.texts.plain("correct.thanks"))
    await context.message.edit_reply_markup(keyboard(_why_row(context)))


def _why_row(context: Context) -> Row:
    """The button of the message that explains its answer."""
    shown = context.message.reply_markup
    rows = shown.inline_keyboard if shown else ()
    return [
        button
        for row in rows
        for button in row
        if isinstance(button.callback_data, str)
        and Press.decode(button.callback_data).action == "why"
    ]


async def on_learn(context: Context, press: Press) -> None:
    """The photo is of the class on the button, or was named rightly and is kept as the answer was
    unsure."""
    model = await answering_model(context, press.number())
    await context.acknowledge()
    await context.change_lessons(Lessons.chosen)
    await learn(context, model, _label(model, press.argument(1)), _asked(context))


async def on_other(context: Context, press: Press) -> None:
    """All classes in pages, in place of the buttons, which come back by the last one. A text may name one, too."""
    model = await answering_model(context, press.number())
    replied = context.message.reply_to_message
    if replied and has_picture(replied):
        photo = Sent.of(replied)
        await context.change_lessons(lambda now: now.may_name(model.id, photo, time.time()))
    page, classes = press.number(1), len(model.card.classes)
    place = Place(press.number(2), press.number(3)).arguments
    start = page * CLASSES_ON_PAGE
    labels = model.card.classes[start : start + CLASSES_ON_PAGE]
    turns = []
    if page:
        turns.append(context.buttons("⬅️", "other", model.id, page - 1, *place))
    if start + CLASSES_ON_PAGE < classes:
        turns.append(context.buttons("➡️", "other", model.id, page + 1, *place))
    new = context.buttons(context.texts.plain("button.new_class"), "other_new", model.id)
    buttons = [_class_button(context, model, label) for label in labels]
    back = context.buttons(context.texts.plain("button.back"), "answer_back", *place)
    await context.message.edit_reply_markup(
        keyboard(*in_rows(buttons, COLUMNS), turns, [new, *_none_buttons(context, model)], [back])
    )


async def on_none(context: Context, press: Press) -> None:
    """The photo is none of the classes: the model's dataset keeps it, to refuse what is as far from them."""
    model = await answering_model(context, press.number())
    if is_borrowed(context, model):
        raise StalePress
    await context.acknowledge()
    await context.change_lessons(Lessons.chosen)
    photo = _asked(context)
    await with_consent(context, lambda: context.once(lambda: _refuse(context, model, photo)))


async def _refuse(context: Context, model: Model, photo: Sent) -> None:
    texts, teaching = context.texts, context.services.teaching
    dataset = await _dataset_of(context, model)
    async with _fetched_once(photo.fetch(context.bot)) as fetch:
        refused = await teaching.refuse(dataset, photo.name, fetch)
        live = await teaching.answering(refused.dataset, context.chat_id)
        said = await _answer(context, fetch) if live else None
    text = texts("correct.none")
    if said and live:
        text = Html(f"{text} {_after_none(localized_prediction(said, live, texts), context)}")
    row = [undo_button(context, refused.dataset)] if refused.is_new else []
    await _say(context, text, row)


def _after_none(prediction: Prediction, context: Context) -> Html:
    """What the model says now of a photo that is none of its classes."""
    key = "correct.still" if prediction.known else "correct.now_unknown"
    return context.texts(key, label=prediction.label)


async def on_other_new(context: Context, press: Press) -> None:
    """Asks for the name of a class that the model does not have; the next text is the answer."""
    model = await answering_model(context, press.number())
    asked = _asked(context)
    await context.change_lessons(lambda now: now.name(corrects=model.id, photo=asked))
    await context.acknowledge()
    await context.message.reply_text(
        context.texts("teach.name"), reply_markup=ForceReply(selective=True)
    )


async def on_text(context: Context) -> bool:
    """A text, if it is the name of a class that a correction asked for, or a person looks for. Raises LabelInvalid."""
    lessons = await context.lessons()
    if lessons.corrects is None or lessons.photo is None:
        return False
    label = _named(context, lessons)
    if label is None:
        return False
    try:
        model = await answering_model(context, lessons.corrects)
        if is_borrowed(context, model):
            await learn(context, model, label, lessons.photo)
            return True
        dataset = await _dataset_of(context, model)
        label = own_name(label, dataset, context.services.models.baseline, context.texts)
        meant, photo = meant_by(context, label, dataset), lessons.photo
        if meant is None:
            await learn(context, model, label, photo)
        else:
            await ask_which(context, label, meant, dataset, [photo], context.message, model.id)
    except StalePress as error:
        key = "correct.model_gone" if isinstance(error, AnswererGone) else "correct.gone"
        await context.message.reply_text(context.texts(key))
    finally:
        # Not before: a name that is handled again after a crash still finds its photo.
        await context.change_lessons(Lessons.no_name)
    return True


def _named(context: Context, lessons: Lessons) -> str | None:
    """The class that the text names. Where nobody asked for a name, None for what reads like none, or answers
    something else."""
    text, replied = context.message.text or "", context.message.reply_to_message
    if lessons.is_naming:
        return names.clean_label(text)
    is_about_else = context.me.question is not None or (replied and has_picture(replied))
    return None if is_about_else or time.time() >= lessons.until else class_named(text)


async def learn(context: Context, model: Model, label: str, photo: Sent) -> None:
    """Teaches a photo that the model answered, once the person agreed that photos are kept, and says in place of
    the answer what it says of it now. The photo is suggested to the owner where the model is somebody else's."""
    await with_consent(
        context,
        lambda: context.once(lambda: _learn(context, model, label, photo), photo.message_id),
    )


async def _learn(context: Context, model: Model, label: str, photo: Sent) -> None:
    if is_borrowed(context, model):
        await _say(context, await suggest(context, model, label, photo), ())
        return
    texts, teaching = context.texts, context.services.teaching
    before = await standing(context)
    dataset = await _dataset_of(context, model)
    label = own_name(label, dataset, context.services.models.baseline, texts)
    async with _fetched_once(photo.fetch(context.bot)) as fetch:
        taught = await teaching.teach(dataset, label, [(photo.name, fetch)])
        error = taught.photos[0]
        if isinstance(error, Exception):
            await _say(context, explain(error, texts), ())
            return
        live = await teaching.answering(taught.dataset, context.chat_id)
        if live is None:
            text = texts("correct.one_class", label=taught.label)
            text = Html("\n".join((text, *await switched(context, before))))
            await _say(context, text, _undo(context, taught))
            return
        prediction = await _answer(context, fetch)
    text = texts("correct.learned", label=localized_label(taught.label, live, texts))
    if prediction:
        text = Html(f"{text} {_now(localized_prediction(prediction, live, texts), context)}")
    text = Html("\n".join((text, *await switched(context, before))))
    await _say(context, text, _undo(context, taught))


async def _answer(context: Context, fetch: Fetch) -> Prediction | None:
    """What the chat's model says of a photo; None where it cannot."""
    answer = await context.services.predictions.predict(context.chat_id, [fetch])
    prediction = answer.predictions[0]
    return prediction if isinstance(prediction, Prediction) else None


def _now(prediction: Prediction, context: Context) -> Html:
    """What the model says of the photo now."""
    if prediction.probability is None:
        return context.texts("correct.now_label", label=prediction.label)
    shown = context.texts.chance(prediction.probability)
    return context.texts("correct.now", label=prediction.label, probability=shown)


def _undo(context: Context, taught: Taught) -> Row:
    return [undo_button(context, taught.dataset)] if taught.changed else []


async def _say(context: Context, text: Html, row: Row) -> None:
    """In place of the answer, or below where the person wrote a class's name."""
    if context.incoming.callback_query:
        await context.message.edit_text(text, reply_markup=keyboard(row))
    else:
        await context.message.reply_text(text, reply_markup=keyboard(row))


async def answering_model(context: Context, model_id: int) -> Model:
    """The model that gave an answer. Raises AnswererGone."""
    try:
        return await context.services.models.get_usable(context.me.id, model_id)
    except ModelNotFound:
        raise AnswererGone from None


async def _dataset_of(context: Context, model: Model) -> Dataset:
    """The dataset that corrections of the model go to. Raises StalePress where it is gone."""
    if model.kind is ModelKind.BASELINE:
        name = context.texts.plain("teach.extended_name")
        return await context.services.teaching.extended(context.me.id, name)
    if model.dataset_id is None:
        raise StalePress
    try:
        return await context.services.datasets.get(context.me.id, model.dataset_id)
    except DatasetNotFound:
        raise StalePress from None


def _label(model: Model, token: str) -> str:
    """The class of a button. No position: a live model that has learned another class numbers them anew.
    Raises StalePress where the class is gone."""
    for label in model.card.classes:
        if token_of(label) == token:
            return label
    raise StalePress


def _asked(context: Context) -> Sent:
    """The photo that the answer with the button replies to. Raises StalePress where it was deleted."""
    replied = context.message.reply_to_message
    if replied is None or not has_picture(replied):
        raise StalePress
    return Sent.of(replied)


@asynccontextmanager
async def _fetched_once(fetch: Fetch) -> AsyncIterator[Fetch]:
    """The same photo, downloaded at its first use."""
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "photo"

        async def copied(path: Path) -> None:
            if not kept.exists():
                await fetch(kept)
            await asyncio.to_thread(copyfile, kept, path)

        yield copied
