"""Models: which there are, which a chat uses, and how they compare."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core.entities import FitReport, Model, ModelKind
from core.errors import BaselineNotRemovable, ModelNotFound
from core.ports import ChartTexts, Chats, Compute, Files, Models


class ModelService:
    def __init__(self, models: Models, chats: Chats, files: Files, compute: Compute) -> None:
        self._models = models
        self._chats = chats
        self._files = files
        self._compute = compute

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        return await self._models.list(owner_id)

    async def get(self, owner_id: int, model_id: int) -> Model:
        """Raises ModelNotFound."""
        return await self._models.get(owner_id, model_id)

    async def find(self, owner_id: int, name: str) -> Model:
        """By name or number. Raises ModelNotFound."""
        return await self._models.find(owner_id, name)

    async def active(self, chat_id: int) -> Model | None:
        return await self._chats.active_model(chat_id)

    async def use(self, owner_id: int, chat_id: int, model_id: int) -> Model:
        """Makes one of the owner's models the chat's active one. Raises ModelNotFound."""
        model = await self._models.get(owner_id, model_id)
        await self._chats.activate(chat_id, owner_id, model_id)
        return model

    async def unload(self, chat_id: int) -> bool:
        """Whether the chat had an active model."""
        return await self._chats.deactivate(chat_id)

    async def remove(self, owner_id: int, model_id: int) -> Model:
        """Deletes a model with its file and returns what it was.

        Raises ModelNotFound, BaselineNotRemovable.
        """
        model = await self._models.get(owner_id, model_id)
        if model.kind is ModelKind.BASELINE:
            raise BaselineNotRemovable
        await self._models.delete(owner_id, model_id)
        await self._files.collect()
        return model

    async def remove_all(self, owner_id: int) -> int:
        """How many there were."""
        count = await self._models.delete_all(owner_id)
        await self._files.collect()
        return count

    async def file(self, model: Model) -> bytes:
        """The model's ONNX file."""
        return await asyncio.to_thread(self._files.path(model.file).read_bytes)

    async def confusion(self, report: FitReport, texts: ChartTexts) -> bytes:
        """The confusion matrix as a chart, PNG."""
        async with self._files.scratch() as folder:
            chart = folder / "confusion.png"
            await self._compute.draw_confusion(report, texts, chart)
            return await asyncio.to_thread(chart.read_bytes)

    async def curves(self, models: Sequence[Model], texts: ChartTexts) -> bytes | None:
        """The learning curves of those that have one, on one chart, PNG; None where none has."""
        curves = {m.name: m.card.report.curve for m in models if m.card.report.curve is not None}
        if not curves:
            return None
        async with self._files.scratch() as folder:
            chart = folder / "curves.png"
            await self._compute.draw_curves(curves, texts, chart)
            return await asyncio.to_thread(chart.read_bytes)

    async def some(self, owner_id: int, model_ids: Sequence[int]) -> tuple[Model, ...]:
        """Those of the models that are still there, in this order."""
        found = []
        for model_id in model_ids:
            try:
                found.append(await self._models.get(owner_id, model_id))
            except ModelNotFound:
                continue
        return tuple(found)
