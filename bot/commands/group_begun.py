"""What a group hears when it begins to teach a set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.texts import Html, Texts
from core.entities import Dataset, Model, ModelKind


@dataclass(frozen=True, slots=True)
class Begun:
    """A group teaches a dataset from now on.

    asked_for : the name of a dataset that the owner did not have, so that this one is new; "" for none. before : the
    set of the same owner that the group taught until now. was_active : the model that answered. model : the dataset's
    own, which answers now; None where there is none yet.
    """

    dataset: Dataset
    asked_for: str
    before: Dataset | None
    was_active: Model | None
    model: Model | None


def begun_text(begun: Begun, owner: str, bot: str, texts: Texts) -> Html:
    """Whose set it is, in the place of which, how to teach it, and what answers."""
    lines = (
        texts("group.begun", name=begun.dataset.name, owner=owner),
        *_new(begun, owner, texts),
        *_replaced(begun, texts),
        texts("group.begun_how", owner=owner),
        _answering(begun, texts),
        texts("group.begun_classes", bot=bot),
    )
    return Html("\n".join(lines))


def _new(begun: Begun, owner: str, texts: Texts) -> Iterator[Html]:
    if begun.asked_for:
        yield texts("group.begun_new", name=begun.asked_for, owner=owner)


def _replaced(begun: Begun, texts: Texts) -> Iterator[Html]:
    if begun.before and begun.before.id != begun.dataset.id:
        # Twice: between quotation marks, those within the name become others.
        yield texts("group.begun_instead", name=begun.before.name, command=begun.before.name)


def _answering(begun: Begun, texts: Texts) -> Html:
    other = begun.was_active
    if other and (other.kind is ModelKind.BASELINE or (begun.model and other.id == begun.model.id)):
        other = None
    if begun.model:
        return texts("group.begun_chosen", name=other.name) if other else texts("group.begun_model")
    return texts("group.begun_until", name=other.name) if other else texts("group.begun_later")
