"""Inline mode: "@bot" in any chat offers the cards of one's own models, and the baseline's."""

from __future__ import annotations

import logging

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.error import BadRequest

from bot.commands.card import accuracy_text
from bot.commands.labels import localized_names
from bot.commands.model_choice import is_custom
from bot.commands.share import address_of
from bot.commands.summary import short
from bot.context import Context
from bot.texts import Html, Texts
from core import names
from core.entities import LinkKind, Model, ModelKind

# A model may be renamed, trained or deleted at any time.
CACHE_S = 5
CLASSES_NAMED = 12
NAME_LENGTH = 24

logger = logging.getLogger(__name__)


async def on_inline_query(update: Update, context: Context) -> None:
    """Offers the models whose names hold what was typed, the newest first."""
    query = update.inline_query
    if query is None:
        return
    texts, services = context.texts, context.services.models
    kept = await services.list(context.me.id)
    wanted = names.key(query.query.strip())
    found = [
        model for model in (*kept, services.baseline) if wanted in names.key(_title(model, texts))
    ]
    teach = InlineQueryResultsButton(texts.plain("inline.teach"), start_parameter="inline")
    try:
        await query.answer(
            [await _offered(model, context) for model in found],
            cache_time=CACHE_S,
            is_personal=True,
            button=None if kept else teach,
            auto_pagination=True,
        )
    except BadRequest as error:
        # Whoever types on has asked anew.
        logger.info("an inline query was not answered: %s", error.message)


def _title(model: Model, texts: Texts) -> str:
    is_baseline = model.kind is ModelKind.BASELINE
    return texts.plain("inline.baseline") if is_baseline else model.name


async def _button(model: Model, context: Context) -> InlineKeyboardButton:
    """Under a card that was sent to a chat: the model itself where its owner has shared it for use, else the bot."""
    texts = context.texts
    if is_custom(model):
        links = await context.services.links.of_model(context.me.id, model.id)
        if link := links.get(LinkKind.USE):
            return InlineKeyboardButton(
                texts.plain("button.use_shared"), url=address_of(link, context)
            )
    address = f"https://t.me/{context.bot.username}"
    return InlineKeyboardButton(texts.plain("button.open_bot"), url=address)


async def _offered(model: Model, context: Context) -> InlineQueryResultArticle:
    texts = context.texts
    return InlineQueryResultArticle(
        id=str(model.id),
        title=_title(model, texts),
        description=_about(model, texts),
        input_message_content=InputTextMessageContent(_card(model, context)),
        reply_markup=InlineKeyboardMarkup.from_button(await _button(model, context)),
    )


def _about(model: Model, texts: Texts) -> str:
    classes = texts.plural("count.classes", len(model.card.classes))
    if not model.card.report.n_test:
        return texts.plain("inline.about_unscored", classes=classes)
    accuracy = accuracy_text(model.card.report, texts)
    return texts.plain("inline.about", classes=classes, accuracy=accuracy)


def _card(model: Model, context: Context) -> Html:
    """What others see of a model: its name, its classes, its score. Nothing of its photos or its dataset."""
    texts, report = context.texts, model.card.report
    labels = [short(name, NAME_LENGTH) for name in localized_names(model, texts).values()]
    shown = {"name": _title(model, texts), "classes": ", ".join(labels[:CLASSES_NAMED])}
    more = len(labels) - CLASSES_NAMED
    lines = [
        texts("inline.card_more", **shown, n=texts.number(more))
        if more > 0
        else texts("inline.card", **shown),
        *([texts("inline.score", accuracy=accuracy_text(report, texts))] if report.n_test else []),
        texts("inline.source", bot=context.bot.username),
    ]
    return Html("\n".join(lines))
