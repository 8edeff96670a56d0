"""Models in memory."""

from __future__ import annotations

import re
from dataclasses import replace

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
        number = self._next_number(owner_id)
        model = Model(model_id, owner_id, name, ModelKind.CUSTOM, file, fitted.card, now(), number)
        if any(stored.dataset.id == dataset_id for stored in self._tables.datasets_of(owner_id)):
            model = replace(model, dataset_id=dataset_id)
        self._tables.models[model_id] = model
        end_done(self._tables, job_id, model_id)
        return model

    async def put_live(
        self, owner_id: int, dataset_id: int, name: str, file: str, fitted: FittedModel
    ) -> Model:
        name = names.clean(name)
        self._tables.dataset(owner_id, dataset_id)
        live = await self.find_live(owner_id, dataset_id)
        if live is None:
            if self._named(owner_id, name):
                raise NameTaken(name=name)
            live = Model(
                id=next(self._tables.model_numbers),
                owner_id=owner_id,
                name=name,
                kind=ModelKind.CUSTOM,
                file=file,
                card=fitted.card,
                created_at=now(),
                number=self._next_number(owner_id),
                dataset_id=dataset_id,
                is_live=True,
            )
        model = replace(live, file=file, card=fitted.card, created_at=now())
        self._tables.models[model.id] = model
        return model

    async def find_live(self, owner_id: int, dataset_id: int) -> Model | None:
        for model in await self.list(owner_id):
            if model.is_live and model.dataset_id == dataset_id:
                return model
        return None

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
        self._tables.delete_model(model_id)

    async def delete_all(self, owner_id: int) -> int:
        models = await self.list(owner_id)
        for model in models:
            await self.delete(owner_id, model.id)
        return len(models)

    def _next_number(self, owner_id: int) -> int:
        self._tables.models_made[owner_id] += 1
        return self._tables.models_made[owner_id]

    def _named(self, owner_id: int, name: str) -> Model | None:
        key = names.key(name)
        for model in self._tables.models.values():
            if model.owner_id == owner_id and names.key(model.name) == key:
                return model
        return None
