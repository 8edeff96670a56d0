"""Predictions: photos of a chat, answered by the chat's active model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.entities import Lost, Model, Prediction
from core.errors import BadInput, NoActiveModel
from core.ports import Files, Predicting
from core.services.fetching import Fetch, fetch_all
from core.services.live import LiveModels
from core.services.models import ModelService


@dataclass(frozen=True)
class Answer:
    """A chat's model and its answers, one per photo, in order. The answer of a photo that could not
    be fetched or read is its error. lost : the model that answered before, where it was taken away since,
    and this is the first answer without it."""

    model: Model
    predictions: tuple[Prediction | Exception, ...]
    lost: Lost | None = None


class PredictionService:
    """Answers photos."""

    def __init__(
        self, models: ModelService, live: LiveModels, files: Files, predicting: Predicting
    ) -> None:
        self._models = models
        self._live = live
        self._files = files
        self._predicting = predicting

    async def model_of(self, chat_id: int) -> Model:
        """The model that answers in the chat; a live one has learned from its dataset as it is now, if
        that takes but a moment. Raises NoActiveModel."""
        model = await self._models.active(chat_id)
        if model and model.is_live:
            # Without photos to learn from, the model is gone, and the chat has the default again.
            model = await self._live.soon(model) or await self._models.active(chat_id)
        if model is None:
            raise NoActiveModel
        return model

    async def predict(self, chat_id: int, photos: Sequence[Fetch]) -> Answer:
        """Classifies photos; photos : for each a function that writes it to a path.

        An error while a photo is fetched becomes that photo's answer. Raises NoActiveModel and the
        workers' errors.
        """
        model = await self.model_of(chat_id)
        async with self._files.scratch() as folder:
            paths = [folder / str(position) for position in range(len(photos))]
            errors = await fetch_all(photos, paths)
            fetched = [path for path, error in zip(paths, errors, strict=True) if error is None]
            found = iter(await self._predict(model, fetched))
        predictions = tuple(next(found) if error is None else error for error in errors)
        return Answer(model, predictions, await self._models.lost(chat_id))

    async def predict_with(self, model: Model, photo: Fetch) -> Prediction | Exception:
        """What a model says of one photo, whatever chat it is from; its error where it could not be fetched or
        read. Raises the workers' errors."""
        async with self._files.scratch() as folder:
            path = folder / "photo"
            (error,) = await fetch_all([photo], [path])
            if error is not None:
                return error
            (found,) = await self._predict(model, [path])
            return found

    async def _predict(
        self, model: Model, images: Sequence[Path]
    ) -> tuple[Prediction | BadInput, ...]:
        if not images:
            return ()
        return await self._predicting.predict(await self._models.stored(model), images)
