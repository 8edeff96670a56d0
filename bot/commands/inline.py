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

from bot.commands.card import accuracy_text, card
from bot.context import Context
from bot.texts import Texts
from core import names
from core.entities import Model, ModelKind

# A model may be renamed, trained or deleted at any time.
CACHE_S = 5

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
            [_offered(model, context) for model in found],
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


def card_link(context: Context, model: Model) -> str:
    """Where the button under a card leads that was sent to a chat."""
    return f"https://t.me/{context.bot.username}"


def _offered(model: Model, context: Context) -> InlineQueryResultArticle:
    texts = context.texts
    link = InlineKeyboardButton(texts.plain("button.open_bot"), url=card_link(context, model))
    return InlineQueryResultArticle(
        id=str(model.id),
        title=_title(model, texts),
        description=texts.plain(
            "inline.about",
            classes=texts.plural("count.classes", len(model.card.classes)),
            accuracy=accuracy_text(model.card.report, texts),
        ),
        input_message_content=InputTextMessageContent(card(model, texts, active=False)),
        reply_markup=InlineKeyboardMarkup.from_button(link),
    )
