"""/predict, and photos that need no command: what is on them."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from html import escape
from pathlib import Path

from telegram import Document, Message, Update
from telegram.constants import ChatAction, ChatType

from bot.commands.labels import localized_prediction
from bot.commands.summary import bar, short
from bot.commands.upload import check_size, is_archive, receive_archive
from bot.context import Context
from bot.errors import explain
from bot.keyboards import keyboard
from bot.texts import Html, Texts
from core.entities import Model, ModelKind, Prediction
from core.errors import NoActiveModel
from core.services.predictions import Answer, Fetch

BAR_NAME_LENGTH = 14


async def predict(update: Update, context: Context) -> None:
    """The command: for the photo it answers, else for one to come."""
    replied = context.message.reply_to_message
    if replied and has_picture(replied):
        await _answer(context, [replied])
    else:
        is_private = context.message.chat.type == ChatType.PRIVATE
        key = "predict.send" if is_private else "predict.reply"
        await context.message.reply_text(context.texts(key, bot=context.bot.username))


async def on_photo(update: Update, context: Context) -> None:
    """A photo, or one of an album: an album gets one answer."""
    message = context.message
    if not message.media_group_id:
        await _answer(context, [message])
    else:
        context.processor.hold(update.update_id)
        if context.albums.add(message, update.update_id):
            context.application.create_task(_answer_album(context), update=update)


async def on_document(update: Update, context: Context) -> None:
    """A file: a ZIP becomes a dataset, a picture gets an answer."""
    document = context.message.document
    is_private = context.message.chat.type == ChatType.PRIVATE
    if document and is_archive(document):
        if is_private:
            await receive_archive(context, context.message)
        else:
            await private_only(update, context)
    elif document and is_picture(document):
        await on_photo(update, context)
    else:
        await context.message.reply_text(context.texts("document.unknown"))


async def private_only(update: Update, context: Context) -> None:
    """Training stays private: in a group it is said where."""
    await context.message.reply_text(context.texts("group.private_only", bot=context.bot.username))


def has_picture(message: Message) -> bool:
    return bool(message.photo) or (message.document is not None and is_picture(message.document))


def is_picture(document: Document) -> bool:
    kind = document.mime_type or mimetypes.guess_type(document.file_name or "")[0] or ""
    return kind.startswith("image/")


async def _answer_album(context: Context) -> None:
    messages, update_ids = await context.albums.gather(context.message)
    try:
        await _answer(context, messages)
    finally:
        for update_id in update_ids:
            await context.processor.release(update_id)


async def _answer(context: Context, messages: Sequence[Message]) -> None:
    reply_to = messages[0]
    await context.show_action(ChatAction.TYPING)
    try:
        answer = await context.services.predictions.predict(
            context.chat_id, [fetch_of(message) for message in messages]
        )
    except NoActiveModel:
        await _say_how_to_get_one(context, reply_to)
        return
    await reply_to.reply_text(_said(answer, context), do_quote=True)


def fetch_of(message: Message) -> Fetch:
    """What writes the largest size of a photo, or the file as it is; it may raise FileTooLarge."""
    media = message.photo[-1] if message.photo else message.document
    if media is None:
        raise LookupError("a message without a picture")

    async def fetch(path: Path) -> None:
        check_size(media.file_size)
        file = await media.get_file()
        await file.download_to_drive(path)

    return fetch


async def _say_how_to_get_one(context: Context, reply_to: Message) -> None:
    texts, button = context.texts, context.buttons
    if reply_to.chat.type != ChatType.PRIVATE:
        await reply_to.reply_text(texts("predict.no_model_group", bot=context.bot.username))
        return
    buttons = keyboard(
        [button(texts.plain("button.baseline"), "use", context.services.models.baseline.id)],
        [button(texts.plain("button.models"), "models", 0)],
    )
    await reply_to.reply_text(texts("predict.none_in_use"), reply_markup=buttons)


def _is_unknown(prediction: Prediction | Exception) -> bool:
    return isinstance(prediction, Prediction) and not prediction.known


def _what_else(context: Context, model: Model) -> Html:
    """What someone does about the little that the model knows."""
    if model.kind is not ModelKind.BASELINE:
        return context.texts("predict.other_model", name=model.name)
    if context.message.chat.type == ChatType.PRIVATE:
        return context.texts("predict.teach")
    return context.texts("predict.teach_group", bot=context.bot.username)


def _said(answer: Answer, context: Context) -> Html:
    texts, model = context.texts, answer.model
    predictions = [
        localized_prediction(p, model, texts) if isinstance(p, Prediction) else p
        for p in answer.predictions
    ]
    text = _album(predictions, texts) if len(predictions) > 1 else _single(predictions[0], texts)
    if any(map(_is_unknown, predictions)):
        return Html(f"{text}\n{_what_else(context, model)}")
    return text


def _single(prediction: Prediction | Exception, texts: Texts) -> Html:
    """The class, its probability, and the next four as bars."""
    if isinstance(prediction, Exception):
        return explain(prediction, texts)
    if not prediction.known:
        return texts("predict.unknown", label=prediction.label)
    if prediction.probability is None:
        rest = ", ".join(short(label) for label, _ in prediction.top[1:])
        return texts("predict.label_only", label=prediction.label, rest=rest)
    answer = texts(
        "predict.answer", label=prediction.label, probability=texts.percent(prediction.probability)
    )
    bars = "\n".join(_bar(label, p or 0.0, texts) for label, p in prediction.top)
    return Html(f"{answer}\n<pre>{escape(bars)}</pre>")


def _album(predictions: Sequence[Prediction | Exception], texts: Texts) -> Html:
    """A line a photo."""
    lines = [texts("predict.album", photos=texts.plural("count.photos", len(predictions)))]
    for number, prediction in enumerate(predictions, start=1):
        if isinstance(prediction, Exception):
            lines.append(texts("predict.album_error", n=number, error=explain(prediction, texts)))
        elif not prediction.known:
            lines.append(texts("predict.album_unknown", n=number, label=prediction.label))
        elif prediction.probability is None:
            lines.append(texts("predict.album_label", n=number, label=prediction.label))
        else:
            probability = texts.percent(prediction.probability)
            lines.append(
                texts(
                    "predict.album_line", n=number, label=prediction.label, probability=probability
                )
            )
    return Html("\n".join(lines))


def _bar(label: str, probability: float, texts: Texts) -> str:
    name = short(label, BAR_NAME_LENGTH).ljust(BAR_NAME_LENGTH)
    return f"{name} {bar(probability)} {texts.percent(probability):>5}"
