"""The button "Why?" under an answer: what speaks for the class that was named."""

from __future__ import annotations

from contextlib import suppress

from telegram import InputMediaPhoto, Message
from telegram.constants import ChatAction, ChatType

from bot.answers import version_of
from bot.commands.labels import localized_names
from bot.context import Context
from bot.keyboards import Press
from bot.pictures import Sent, has_picture
from bot.texts import Html, Texts
from core.entities import Explanation, Model, NoMap, NoNearest, Words
from core.errors import ModelNotFound
from core.services.explanations import Explained


async def on_why(context: Context, press: Press) -> None:
    """Explains the answer above the button, by the model that gave it: the photo under a heat map, and,
    to the owner in private, the taught photos that are most like it."""
    photo = context.message.reply_to_message
    if photo is None or not has_picture(photo):
        await context.acknowledge(context.texts.plain("why.photo_gone"), alert=True)
        return
    await context.acknowledge()
    await context.show_action(ChatAction.UPLOAD_PHOTO)
    model, since = await _explaining(context, press.number(), press.number(1))
    words = Words(context.texts.charts, localized_names(model, context.texts))
    explained = await context.services.explanations.explain(
        _reader(context), model, Sent.of(photo).fetch(context.bot), words
    )
    said = _said(explained.explanation, words, context.texts)
    if since is not None:
        said = Html(f"{context.texts(since)}\n{said}")
    await _send(context.message, explained, said)


def _reader(context: Context) -> int | None:
    """The user who alone sees what is said; None in a group."""
    return context.me.id if context.message.chat.type == ChatType.PRIVATE else None


async def _explaining(context: Context, model_id: int, version: int) -> tuple[Model, str | None]:
    """The model that gave an answer, as it was then. Where it has learned since, or is gone, that of today,
    with the sentence that says so. Raises NoActiveModel."""
    services = context.services
    given = await _found(context, model_id)
    if given is None:
        return await services.predictions.model_of(context.chat_id), "why.model_gone"
    return given, None if version_of(given) == version else "why.learned_since"


async def _found(context: Context, model_id: int) -> Model | None:
    """The model that answers in the chat, whoever owns it, or one that the user may use."""
    models = context.services.models
    active = await models.active(context.chat_id)
    if active and active.id == model_id:
        return active
    with suppress(ModelNotFound):
        return await models.get_usable(context.me.id, model_id)
    return None


async def _send(answer: Message, explained: Explained, said: Html) -> None:
    """Replies to the answer: an album has at least two pictures."""
    match explained.pictures:
        case ():
            await answer.reply_text(said, do_quote=True)
        case (picture,):
            await answer.reply_photo(picture, caption=said, do_quote=True)
        case pictures:
            media = [InputMediaPhoto(picture) for picture in pictures]
            await answer.reply_media_group(media, caption=said, do_quote=True)


def _said(explanation: Explanation, words: Words, texts: Texts) -> Html:
    """What the pictures show, and why one of them is missing."""
    classes = {
        "label": words.names[explanation.label],
        "second": words.names[explanation.second],
    }
    why = texts("why.title", **classes)
    return Html(f"{why} {_of_map(explanation, classes, texts)} {_of_nearest(explanation, texts)}")


def _of_map(explanation: Explanation, classes: dict[str, str], texts: Texts) -> Html:
    if isinstance(explanation.heat_map, NoMap):
        return texts(f"why.no_map.{explanation.heat_map}")
    return texts("why.map" if explanation.is_exact else "why.map_roughly", **classes)


def _of_nearest(explanation: Explanation, texts: Texts) -> Html:
    if isinstance(explanation.nearest, NoNearest):
        return texts(f"why.no_nearest.{explanation.nearest}")
    return texts("why.nearest")
