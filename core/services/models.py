"""Models: which there are, which a chat uses, and how they compare."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from core import names
from core.entities import Dataset, Lost, Model, ModelKind
from core.errors import BaselineNotRemovable, ModelNotFound
from core.ports import Chats, Files, Links, Models
from core.sealed import Stored
from core.services.housekeeping import Housekeeping


class ModelService:
    """The use cases of models: a user's own, those that others share with them, and the baseline, which everyone has.

    The baseline answers in a chat until somebody chooses another model or deactivates it.
    """

    def __init__(
        self,
        models: Models,
        links: Links,
        chats: Chats,
        files: Files,
        housekeeping: Housekeeping,
        baseline: Model,
        baseline_file: Path,
    ) -> None:
        self._models = models
        self._links = links
        self._chats = chats
        self._files = files
        self._housekeeping = housekeeping
        self.baseline = baseline
        self._baseline_file = baseline_file

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        """The owner's models without the baseline, the newest first."""
        return await self._models.list(owner_id)

    async def get(self, owner_id: int, model_id: int) -> Model:
        """One of the owner's, or the baseline. Raises ModelNotFound."""
        if model_id == self.baseline.id:
            return self.baseline
        return await self._models.get(owner_id, model_id)

    async def find(self, owner_id: int, name: str) -> Model:
        """Finds a model by name or number, or the baseline by its name. Raises ModelNotFound."""
        if names.key(name.strip()) == names.key(self.baseline.name):
            return self.baseline
        return await self._models.find(owner_id, name)

    async def borrowed(self, user_id: int) -> tuple[Model, ...]:
        """The models of others that the user has by links, those of the newest links first."""
        return await self._links.borrowed(user_id)

    async def get_usable(self, user_id: int, model_id: int) -> Model:
        """One of the user's own or borrowed models, or the baseline. Raises ModelNotFound."""
        try:
            return await self.get(user_id, model_id)
        except ModelNotFound:
            for model in await self.borrowed(user_id):
                if model.id == model_id:
                    return model
            raise

    async def find_usable(self, user_id: int, name: str) -> Model:
        """Finds a model as `find` does, or a borrowed one by its name. Raises ModelNotFound."""
        try:
            return await self.find(user_id, name)
        except ModelNotFound:
            for model in await self.borrowed(user_id):
                if names.key(model.name) == names.key(name.strip()):
                    return model
            raise

    async def active(self, chat_id: int) -> Model | None:
        """The model that answers in the chat; None where it was deactivated."""
        return await self._chats.active_model(chat_id, default=self.baseline)

    async def use(self, user_id: int, chat_id: int, model_id: int) -> Model:
        """Makes one of the user's own or borrowed models, or the baseline, the chat's active one.

        Raises ModelNotFound.
        """
        model = await self.get_usable(user_id, model_id)
        if model is self.baseline:
            await self._chats.reset(chat_id)
        else:
            await self._chats.activate(chat_id, user_id, model_id)
        return model

    async def unload(self, chat_id: int) -> bool:
        """Deactivates the chat's model, the baseline too. False if there was none."""
        return await self._chats.deactivate(chat_id)

    async def lost(self, chat_id: int) -> Lost | None:
        """The chat's model that was deleted, or is not shared any more, so that the baseline answers again; None
        where there is none, or it was asked for already."""
        return await self._chats.take_lost(chat_id)

    async def live_of(self, dataset: Dataset) -> Model | None:
        """The dataset's live model."""
        return await self._models.find_live(dataset.owner_id, dataset.id)

    async def move_choice(self, old_chat_id: int, new_chat_id: int) -> None:
        """The chat has a new id; a choice that was made there already stays. Idempotent."""
        await self._chats.move(old_chat_id, new_chat_id)

    async def remove(self, owner_id: int, model_id: int) -> Model:
        """Deletes a model with its file and returns it; chats that used it go back to the baseline.

        Raises ModelNotFound, BaselineNotRemovable.
        """
        model = await self.get(owner_id, model_id)
        if model.kind is ModelKind.BASELINE:
            raise BaselineNotRemovable
        await self._models.delete(owner_id, model_id)
        await self._housekeeping.tidy_if_possible()
        return model

    async def remove_all(self, owner_id: int) -> int:
        """Deletes all of the owner's models and returns their number."""
        count = await self._models.delete_all(owner_id)
        await self._housekeeping.tidy_if_possible()
        return count

    async def file(self, model: Model) -> bytes:
        """The model's ONNX file."""
        if model.kind is ModelKind.BASELINE:
            return await asyncio.to_thread(self._baseline_file.read_bytes)
        return await self._files.read(model.owner_id, model.file)

    async def stored(self, model: Model) -> Stored:
        """Where the model's ONNX file is, for a worker."""
        if model.kind is ModelKind.BASELINE:
            return Stored(self._baseline_file)
        return await self._files.stored(model.owner_id, model.file)

    async def some(self, owner_id: int, model_ids: Sequence[int]) -> tuple[Model, ...]:
        """Those of the models that are still there, in this order."""
        found = []
        for model_id in model_ids:
            try:
                found.append(await self.get(owner_id, model_id))
            except ModelNotFound:
                continue
        return tuple(found)
