"""Deletions that groups notice: whoever deletes is warned, and the groups are told."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from telegram.error import TelegramError

from bot.context import Context
from bot.texts import Html
from core.entities import Group, ModelKind

MAX_NAMED = 5

logger = logging.getLogger(__name__)


def with_warning(context: Context, question: Html, groups: Sequence[Group]) -> Html:
    """The question with the groups that use what is to be deleted."""
    if not groups:
        return question
    titles = [group.title or context.texts.plain("group.untitled") for group in groups[:MAX_NAMED]]
    warning = context.texts(
        "group.used_in",
        groups=context.texts.plural("count.groups", len(groups)),
        names=", ".join(titles) + ("…" if len(groups) > MAX_NAMED else ""),
    )
    return Html(f"{question}\n{warning}")


async def keep_ids(
    context: Context, groups: Sequence[Group], name: str = "groups"
) -> tuple[int, ...]:
    """Notes the groups before something is deleted, after which they can't be found; those of before a crash.
    name : of the note."""
    known = context.kept(name)
    if known is None:
        known = await context.keep(name, json.dumps([group.id for group in groups]))
    return tuple(json.loads(known))


async def tell_groups(context: Context, chat_ids: Sequence[int], key: str) -> None:
    """Says in the groups what was deleted. A group that the bot can't write to any more is passed over."""
    for chat_id in chat_ids:
        await context.services.models.lost(chat_id)  # it is said here
        answering = await answering_still(context, chat_id)
        text = context.texts(key, bot=context.bot.username, answering=answering)
        try:
            await context.bot.send_message(chat_id, text)
        except TelegramError as error:
            logger.info("a group was not told of a deletion: %s", error.message)


async def answering_still(context: Context, chat_id: int) -> Html:
    """The sentence that says what answers in the group, after the group's set is gone."""
    active = await context.services.models.active(chat_id)
    if active is None:
        return context.texts("group.nobody_answers")
    if active.kind is ModelKind.BASELINE:
        return context.texts("group.baseline_instead")
    return context.texts("group.answers_still", name=active.name)
