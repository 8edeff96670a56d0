"""Predictions: photos of a chat, answered by the chat's active model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.entities import Model, Prediction
from core.errors import BadInput, NoActiveModel
from core.ports import Compute, Files
from core.services.models import ModelService

Fetch = Callable[[Path], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What a chat's model said of its photos, one each, in order; an unreadable one has its error."""

    model: Model
    predictions: tuple[Prediction | BadInput, ...]


class PredictionService:
    def __init__(self, models: ModelService, files: Files, compute: Compute) -> None:
        self._models = models
        self._files = files
        self._compute = compute

    async def model_of(self, chat_id: int) -> Model:
        """The model that answers in the chat. Raises NoActiveModel."""
        model = await self._models.active(chat_id)
        if model is None:
            raise NoActiveModel
        return model

    async def predict(self, chat_id: int, photos: Sequence[Fetch]) -> Answer:
        """Answers photos, each of which its function writes to a path.

        Raises NoActiveModel, the workers' errors and what fetching raises.
        """
        model = await self.model_of(chat_id)
        async with self._files.scratch() as folder:
            paths = [folder / str(position) for position in range(len(photos))]
            await asyncio.gather(*(fetch(path) for fetch, path in zip(photos, paths, strict=True)))
            answers = await self._compute.predict(self._models.path(model), paths)
        return Answer(model, answers)
