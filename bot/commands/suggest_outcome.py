"""People hear what became of the photos that they suggested."""

from __future__ import annotations

import logging

from telegram.error import TelegramError

from bot.context import Context
from bot.texts import Html, Texts, texts_in
from core.services.suggestions import Decided

logger = logging.getLogger(__name__)


async def tell_suggester(context: Context, decided: Decided, *, is_accepted: bool) -> None:
    """Tells the person in private, in their language. What a group suggested and the owner added is seen there."""
    suggestion = decided.suggestion
    if is_accepted and suggestion.place:
        return
    person = await context.services.users.meet(suggestion.person.id, context.me.language)
    text = _outcome(decided, texts_in(person.language), is_accepted=is_accepted)
    try:
        await context.bot.send_message(person.id, text)
    except TelegramError as error:  # members of a group need not have written to the bot
        logger.info("a person was not told of a decision: %s", error.message)


def _outcome(decided: Decided, texts: Texts, *, is_accepted: bool) -> Html:
    suggestion = decided.suggestion
    refused = "suggest.refused_group" if suggestion.place else "suggest.refused"
    return texts(
        "suggest.added" if is_accepted else refused,
        photos=texts.plural("count.photos", len(decided.photos)),
        label=suggestion.label,
        group=suggestion.place.title if suggestion.place else "",
    )
