"""Explanations: why a photo of a chat has the answer that it has."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.entities import Explanation, Model, ModelKind, NoNearest, Words
from core.errors import DatasetNotFound
from core.ports import DatasetFiles, Explaining, Files
from core.services.datasets import DatasetService
from core.services.fetching import Fetch
from core.services.models import ModelService


@dataclass(frozen=True)
class Explained:
    """An explanation, and its pictures as the bytes of PNG files: the heat map, the taught photos."""

    explanation: Explanation
    pictures: tuple[bytes, ...]


class ExplanationService:
    """Explains answers."""

    def __init__(
        self, models: ModelService, datasets: DatasetService, files: Files, explaining: Explaining
    ) -> None:
        self._models = models
        self._datasets = datasets
        self._files = files
        self._explaining = explaining

    async def explain(
        self, reader_id: int | None, model: Model, photo: Fetch, words: Words
    ) -> Explained:
        """Explains what a model answers to a photo. Taught photos are shown to their owner alone.

        reader_id : the user who alone sees the explanation; None in a group, where everybody does.
        photo : writes it to a path. Raises what `photo` raises, ModelUnreadable, BadInput and the workers'
        errors.
        """
        async with self._files.scratch() as folder:
            image = folder / "photo"
            await photo(image)
            is_owners = model.owner_id == reader_id
            taught = await self._taught(model, folder) if is_owners else None
            explanation = await self._explaining.explain(
                await self._models.stored(model), image, taught, words, folder
            )
            pictures = [await asyncio.to_thread(path.read_bytes) for path in explanation.pictures]
        if isinstance(explanation.nearest, NoNearest):
            explanation = replace(explanation, nearest=_why_none(reader_id, model))
        return Explained(explanation, tuple(pictures))

    async def _taught(self, model: Model, folder: Path) -> DatasetFiles | None:
        """The dataset that the model learned from, as it is now; None once it is deleted."""
        if model.dataset_id is not None:
            with suppress(DatasetNotFound):
                dataset = await self._datasets.get(model.owner_id, model.dataset_id)
                return await self._datasets.files_of(dataset, folder)
        return None


def _why_none(reader_id: int | None, model: Model) -> NoNearest:
    """Why no taught photos are shown. A model may extend the baseline, whose photos nobody has here."""
    is_others = model.kind is not ModelKind.BASELINE and model.owner_id != reader_id
    if is_others or model.is_copy:
        return NoNearest.PRIVATE
    return NoNearest.BASELINE if model.card.origin else NoNearest.GONE
