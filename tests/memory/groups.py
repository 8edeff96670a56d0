"""Groups in memory."""

from __future__ import annotations

from dataclasses import replace

from core.entities import Group, GroupSet, Person
from tests.memory.tables import Tables


class MemoryGroups:
    """Fulfils `core.ports.Groups`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rows: dict[int, Group] = {}

    async def get(self, chat_id: int) -> Group:
        group = self._rows.get(chat_id, Group(chat_id))
        is_gone = group.own and group.own.dataset_id not in self._tables.datasets
        return replace(group, own=None) if is_gone else group

    async def see(self, chat_id: int, title: str) -> None:
        self._rows[chat_id] = replace(self._rows.get(chat_id, Group(chat_id)), title=title)

    async def set_own(self, chat_id: int, owner: Person, dataset_id: int) -> None:
        self._tables.dataset(owner.id, dataset_id)
        own = GroupSet(owner.id, owner.name, dataset_id)
        self._rows[chat_id] = replace(self._rows[chat_id], own=own, follows=True)

    async def drop_own(self, chat_id: int) -> None:
        self._rows[chat_id] = replace(self._rows[chat_id], own=None, follows=False)

    async def set_follows(self, chat_id: int, *, follows: bool) -> None:
        self._rows[chat_id] = replace(self._rows[chat_id], follows=follows)

    async def set_open(self, chat_id: int, *, is_open: bool) -> None:
        self._rows[chat_id] = replace(self._rows[chat_id], is_open=is_open)

    async def using_model(self, owner_id: int, model_id: int) -> tuple[Group, ...]:
        return await self._known_to(owner_id, self._with_models(owner_id, {model_id}))

    async def using_models(self, owner_id: int) -> tuple[Group, ...]:
        return await self._known_to(owner_id, self._with_models(owner_id, set(self._tables.models)))

    async def using_dataset(self, owner_id: int, dataset_id: int) -> tuple[Group, ...]:
        live = {
            number
            for number, model in self._tables.models.items()
            if model.is_live and model.dataset_id == dataset_id
        }
        taught = {
            chat
            for chat, group in self._rows.items()
            if group.own and (group.own.owner_id, group.own.dataset_id) == (owner_id, dataset_id)
        }
        return await self._known_to(owner_id, self._with_models(owner_id, live) | taught)

    async def using_account(self, owner_id: int) -> tuple[Group, ...]:
        taught = {
            chat
            for chat in self._rows
            if (own := (await self.get(chat)).own) and own.owner_id == owner_id
        }
        return await self._known_to(
            owner_id, self._with_models(owner_id, set(self._tables.models)) | taught
        )

    async def move(self, old_id: int, new_id: int) -> None:
        if old := self._rows.pop(old_id, None):
            there = self._rows.get(new_id)
            if there is None:
                self._rows[new_id] = replace(old, id=new_id)
            elif there.own is None:
                self._rows[new_id] = replace(old, id=new_id, title=there.title)

    def _with_models(self, owner_id: int, model_ids: set[int]) -> set[int]:
        """Groups in which one of the owner's models answers, whoever chose it."""
        return {
            chat
            for chat, used in self._tables.chats.items()
            if chat < 0
            and used in model_ids
            and used is not None
            and self._tables.models[used].owner_id == owner_id
        }

    async def _known_to(self, owner_id: int, chats: set[int]) -> tuple[Group, ...]:
        """By title. Of groups for which somebody with a link chose the model, the owner knows nothing more."""
        found = [await self.get(chat) for chat in chats]
        groups = [
            group
            if (group.own and group.own.owner_id == owner_id)
            or self._tables.chosen_by.get(group.id) == owner_id
            else Group(group.id)
            for group in found
        ]
        return tuple(sorted(groups, key=lambda group: (group.title, group.id)))
