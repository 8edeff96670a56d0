"""What an action switches beside what it is for: the current dataset, the model that answers in the chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.commands.labels import model_name
from bot.context import Context
from bot.texts import Html
from core.entities import Dataset, Model


@dataclass(frozen=True)
class Standing:
    """The user's current dataset and the chat's model, None where there is none."""

    dataset: Dataset | None
    model: Model | None


async def standing(context: Context) -> Standing:
    """As it is now, whatever happened since the update came."""
    services = context.services
    user = await services.users.meet(context.me.id, context.me.language)
    kept = await services.datasets.list(user.id)
    current = next((dataset for dataset in kept if dataset.id == user.dataset_id), None)
    return Standing(current, await services.models.active(context.chat_id))


async def switched(context: Context, before: Standing) -> list[Html]:
    """A sentence for each of the two that is another one now."""
    return [*_sentences(context, before, await standing(context))]


def model_switched(context: Context, model: Model) -> Html:
    """The sentence that says which model answers in the chat now."""
    return context.texts("switch.model", name=model_name(model, context.texts))


def dataset_switched(context: Context, dataset: Dataset) -> Html:
    """The sentence that says which dataset is the current one now."""
    return context.texts("switch.dataset", name=dataset.name)


def _sentences(context: Context, before: Standing, now: Standing) -> Iterator[Html]:
    if now.model and (before.model is None or before.model.id != now.model.id):
        yield model_switched(context, now.model)
    if now.dataset and (before.dataset is None or before.dataset.id != now.dataset.id):
        yield dataset_switched(context, now.dataset)
