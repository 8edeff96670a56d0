"""People hear what became of the photos that they suggested."""

from __future__ import annotations

import logging
from collections.abc import Callable

from telegram.error import TelegramError

from bot.context import Context
from bot.texts import Html, Texts, texts_in
from core.entities import Suggestion
from core.services.suggestions import Decided

logger = logging.getLogger(__name__)


async def tell_suggester(context: Context, decided: Decided, *, is_accepted: bool) -> None:
    """Tells the person in private, in their language. What a group suggested and the owner added is seen there."""
    suggestion, photos = decided.suggestion, len(decided.photos)
    if not is_accepted:
        await _tell(context, suggestion, lambda texts: _refused(suggestion, photos, texts))
    elif not suggestion.place:
        await _tell(context, suggestion, lambda texts: _said("added", suggestion, photos, texts))


async def tell_set_gone(context: Context, suggestion: Suggestion) -> None:
    """Tells the person that the dataset is deleted for which the photos waited."""

    def said(texts: Texts) -> Html:
        refused = _refused(suggestion, suggestion.photos, texts)
        return Html(f"{refused}\n{texts('suggest.set_gone')}")

    await _tell(context, suggestion, said)


async def _tell(context: Context, suggestion: Suggestion, said: Callable[[Texts], Html]) -> None:
    person = await context.services.users.meet(suggestion.person.id, context.me.language)
    try:
        await context.bot.send_message(person.id, said(texts_in(person.language)))
    except TelegramError as error:  # members of a group need not have written to the bot
        logger.info("a person was not told of a decision: %s", error.message)


def _refused(suggestion: Suggestion, photos: int, texts: Texts) -> Html:
    return _said("refused_group" if suggestion.place else "refused", suggestion, photos, texts)


def _said(outcome: str, suggestion: Suggestion, photos: int, texts: Texts) -> Html:
    return texts(
        f"suggest.{outcome}",
        photos=texts.plural("count.photos", photos),
        label=suggestion.label,
        group=suggestion.place.title if suggestion.place else "",
    )
