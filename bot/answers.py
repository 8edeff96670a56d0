"""Answers to photos, kept as JSON so that the buttons under them can go back to what was said."""

from __future__ import annotations

from dataclasses import dataclass

from bot.keyboards import StalePress
from bot.pictures import Sent
from core.entities import Model, Prediction
from core.serialization import from_json, to_json
from core.services.answers import AnswerService


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A model's answer to photos that were sent as one.

    predictions : one per photo, in order, as the model gave them, not localized; None for a photo that could
    not be read.
    """

    model_id: int
    model_version: int
    photos: tuple[Sent, ...]
    predictions: tuple[Prediction | None, ...]

    @property
    def is_album(self) -> bool:
        return len(self.photos) > 1

    def about(self, position: int) -> tuple[Sent, Prediction]:
        """A photo, by its position from 0, and what was said of it. Raises StalePress where nothing was."""
        if position < len(self.photos) and (prediction := self.predictions[position]):
            return self.photos[position], prediction
        raise StalePress


@dataclass(frozen=True, slots=True)
class Place:
    """A photo's place in an answer. number : the answer's. position : the photo's, from 0."""

    number: int
    position: int = 0

    @property
    def arguments(self) -> tuple[int, int]:
        """For a button."""
        return self.number, self.position


def version_of(model: Model) -> int:
    """The version of the dataset that the model learned from: a live model has learned since where it is
    another."""
    return model.card.dataset_version


async def keep(answers: AnswerService, chat_id: int, answer: KeptAnswer) -> int:
    """Keeps an answer; its number."""
    return await answers.keep(chat_id, to_json(answer))


async def find(answers: AnswerService, chat_id: int, number: int) -> KeptAnswer:
    """The chat's answer of this number. Raises StalePress where it was forgotten."""
    kept = await answers.find(chat_id, number)
    if kept is None:
        raise StalePress
    return from_json(kept, KeptAnswer)
