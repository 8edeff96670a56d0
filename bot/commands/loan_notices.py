"""Models that people have by a link and lose: the chats in which they answer are told at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram.error import TelegramError

from bot.context import Context
from bot.texts import Html, Texts, texts_in
from core.entities import LinkKind, Loan, Lost
from core.serialization import from_json, to_json

# At once, some seconds at Telegram's pace. The others read it with the answer to their next photo.
MAX_TOLD = 100

logger = logging.getLogger(__name__)


def lost_text(lost: Lost, texts: Texts) -> Html:
    """The sentence that says why another model answers from now on."""
    if lost.is_unshared:
        return texts("predict.unshared", name=lost.name)
    return texts("predict.lost", name=lost.name) if lost.name else texts("predict.lost_owner")


async def keep_loans(
    context: Context, model_id: int | None = None, kind: LinkKind | None = None
) -> tuple[Loan, ...]:
    """Notes the chats that are about to lose the user's model, None for any, after which they can't be found; those
    of before a crash. kind : that of the link that is revoked, None where the model is deleted."""
    known = context.kept("loans")
    if known is None:
        loans = await context.services.links.loans(context.me.id, model_id, kind)
        known = await context.keep("loans", to_json(loans[:MAX_TOLD]))
    return from_json(known, tuple[Loan, ...])


async def tell_deleted(context: Context, loans: Sequence[Loan], *, is_named: bool = True) -> None:
    """Says in private chats that the model was deleted; groups hear it as `tell_groups` says it. is_named : False
    where the owner's data are deleted, too."""
    for loan in loans:
        if loan.chat_id > 0:
            await _tell(context, loan, Lost(loan.name if is_named else ""))


async def tell_revoked(
    context: Context, loans: Sequence[Loan], model_id: int, kind: LinkKind
) -> None:
    """Says in all chats that the model is not shared any more, where that is so: the button may have been that of an
    older link."""
    still = await context.services.links.loans(context.me.id, model_id, kind)
    for loan in loans:
        if loan not in still:
            await _tell(context, loan, Lost(loan.name, is_unshared=True))


async def _tell(context: Context, loan: Loan, lost: Lost) -> None:
    """In the language of the person who chose the model. A chat that the bot can't write to any more is passed over."""
    await context.services.models.lost(loan.chat_id)  # It is said here.
    person = await context.services.users.meet(loan.user_id, context.me.language)
    try:
        await context.bot.send_message(loan.chat_id, lost_text(lost, texts_in(person.language)))
    except TelegramError as error:
        logger.info("a chat was not told of a model that it lost: %s", error.message)
