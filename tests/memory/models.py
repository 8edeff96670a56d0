"""Models in memory."""

from __future__ import annotations

import re

from core import names
from core.entities import FittedModel, Model, ModelKind
from core.errors import ModelGone, ModelNotFound, NameInvalid, NameTaken
from tests.memory.jobs import check_unended, end_done
from tests.memory.tables import Tables, now


class MemoryModels:
    """Fulfils `core.ports.Models`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def create(
        self, owner_id: int, name: str, file: str, fitted: FittedModel, dataset_id: int, job_id: int
    ) -> Model:
        name = names.clean(name)
        check_unended(self._tables, owner_id, job_id)
        if self._named(owner_id, name):
            raise NameTaken(name=name)
        model_id = next(self._tables.model_numbers)
        self._tables.models_made[owner_id] += 1
        number = self._tables.models_made[owner_id]
        model = Model(model_id, owner_id, name, ModelKind.CUSTOM, file, fitted.card, now(), number)
        self._tables.models[model_id] = model
        end_done(self._tables, job_id)
        return model

    async def get(self, owner_id: int, model_id: int) -> Model:
        model = self._tables.models.get(model_id)
        if model is None or model.owner_id != owner_id:
            raise ModelGone
        return model

    async def find(self, owner_id: int, name: str) -> Model:
        try:
            key = names.key(names.clean(name))
        except NameInvalid as error:
            raise ModelNotFound(name=name) from error
        if named := self._named(owner_id, key):
            return named
        number = re.fullmatch(r"[#№]?\s*([0-9]{1,18})", key)
        for model in await self.list(owner_id):
            if number and model.number == int(number[1]):
                return model
        raise ModelNotFound(name=f"#{number[1]}" if number else name)

    async def list(self, owner_id: int) -> tuple[Model, ...]:
        models = self._tables.models.values()
        return tuple(reversed([model for model in models if model.owner_id == owner_id]))

    async def delete(self, owner_id: int, model_id: int) -> None:
        await self.get(owner_id, model_id)
        del self._tables.models[model_id]
        for chat_id in [chat for chat, used in self._tables.chats.items() if used == model_id]:
            del self._tables.chats[chat_id]

    async def delete_all(self, owner_id: int) -> int:
        models = await self.list(owner_id)
        for model in models:
            await self.delete(owner_id, model.id)
        return len(models)

    def _named(self, owner_id: int, name: str) -> Model | None:
        key = names.key(name)
        for model in self._tables.models.values():
            if model.owner_id == owner_id and names.key(model.name) == key:
                return model
        return None
