"""Corrections of a model that somebody shares: they are suggestions to its owner."""

from __future__ import annotations

import logging

from telegram.error import BadRequest, Forbidden

from bot.commands.card import learning
from bot.commands.labels import localized_label, own_name
from bot.commands.suggested import ask_owner
from bot.context import Context
from bot.errors import explain
from bot.keyboards import StalePress
from bot.pictures import Sent
from bot.texts import Html
from core.entities import Model, ModelKind, Person, Suggestion
from core.errors import DatasetNotFound
from core.services.suggestions import Offered

logger = logging.getLogger(__name__)


def is_borrowed(context: Context, model: Model) -> bool:
    """True for a model that is somebody else's."""
    return model.kind is not ModelKind.BASELINE and model.owner_id != context.me.id


async def suggest(context: Context, model: Model, label: str, photo: Sent) -> Html:
    """Suggests the photo for a class to the owner of the model's dataset, and asks them; what to say of it.

    Raises StalePress where the dataset is gone, and what `SuggestionService.suggest` raises.
    """
    services, texts = context.services, context.texts
    if model.dataset_id is None:
        raise StalePress
    try:
        dataset = await services.datasets.get(model.owner_id, model.dataset_id)
    except DatasetNotFound:
        raise StalePress from None
    label = own_name(label, dataset, services.models.baseline, texts)
    offered = Offered(photo.name, photo.fetch(context.bot))
    suggested = await services.suggestions.suggest(_myself(context), dataset, label, [offered])
    (error,) = suggested.errors
    if error:
        return explain(error, texts)
    if suggested.suggestion:
        await _ask(context, suggested.suggestion)
    outcome = "waits" if suggested.suggestion else "learned"
    return texts(f"suggest.{outcome}.{learning(model)}", label=localized_label(label, model, texts))


async def _ask(context: Context, suggestion: Suggestion) -> None:
    """An owner who can't be asked now is asked when they write again."""
    try:
        await ask_owner(context, suggestion)
    except (Forbidden, BadRequest) as error:
        logger.info("the owner of a shared model can't be asked: %s", error.message)


def _myself(context: Context) -> Person:
    user = context.incoming.effective_user
    return Person(context.me.id, user.full_name if user else "")
