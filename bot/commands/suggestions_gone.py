"""A dataset is deleted, and the photos that wait for it: whoever sent them hears of that, and nothing asks about them
any more."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands.group_lessons import react
from bot.commands.suggest_outcome import tell_set_gone
from bot.commands.suggested import replace_questions
from bot.context import Context
from bot.texts import Html
from core.entities import Suggestion, messages_of
from core.serialization import from_json, to_json


@dataclass(frozen=True, slots=True)
class Waiting:
    """messages : those of the photos in their group."""

    suggestion: Suggestion
    messages: tuple[int, ...]


async def with_waiting(context: Context, question: Html, dataset_id: int | None = None) -> Html:
    """The question with the number of photos that wait for the dataset, None for any of the user's."""
    photos = sum(one.photos for one in await _suggestions(context, dataset_id))
    if not photos:
        return question
    counted = context.texts.plural("count.photos", photos)
    return Html(f"{question}\n{context.texts('dataset.delete_waiting', photos=counted)}")


async def keep_waiting(context: Context, dataset_id: int | None = None) -> tuple[Waiting, ...]:
    """Notes what waits for the dataset, None for any of the user's, before it is deleted; that of before a crash."""
    known = context.kept("waiting")
    if known is None:
        services = context.services.suggestions
        waiting = [
            Waiting(one, messages_of(await services.photos(one)))
            for one in await _suggestions(context, dataset_id)
        ]
        known = await context.keep("waiting", to_json(waiting))
    return from_json(known, tuple[Waiting, ...])


async def tell_gone(context: Context, gone: tuple[Waiting, ...]) -> None:
    """Takes the reactions away, and says in the owner's messages and to the senders that the dataset is deleted."""
    texts = context.texts
    for one in gone:
        suggestion, place = one.suggestion, one.suggestion.place
        if place:
            for message_id in one.messages:
                await react(context, place.chat_id, message_id, None)
        text = texts(
            "suggested.set_gone",
            person=suggestion.person.name,
            photos=texts.plural("count.photos", suggestion.photos),
            label=suggestion.label,
        )
        await replace_questions(context, suggestion, text)
        await tell_set_gone(context, suggestion)


async def _suggestions(context: Context, dataset_id: int | None) -> list[Suggestion]:
    waiting = await context.services.suggestions.list(context.me.id)
    return [one for one in waiting if dataset_id in (None, one.dataset_id)]
