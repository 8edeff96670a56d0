"""Chats in memory."""

from __future__ import annotations

from core.entities import Lost, Model
from core.errors import ModelGone
from tests.memory.tables import Tables


class MemoryChats:
    """Fulfils `core.ports.Chats`. A chat without a row has chosen no model."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def active_model(self, chat_id: int, default: Model) -> Model | None:
        if chat_id not in self._tables.chats:
            return default
        chosen = self._tables.chats[chat_id]
        return None if chosen is None else self._tables.models[chosen]

    async def activate(self, chat_id: int, user_id: int, model_id: int) -> None:
        model = self._tables.models.get(model_id)
        is_own = model is not None and model.owner_id == user_id
        if not is_own and not self._tables.may_borrow(user_id, model_id):
            raise ModelGone
        self._tables.chosen_by[chat_id] = user_id
        self._tables.lost.pop(chat_id, None)
        self._tables.chats[chat_id] = model_id

    async def deactivate(self, chat_id: int) -> bool:
        was_active = self._tables.chats.get(chat_id, 0) is not None
        self._tables.lost.pop(chat_id, None)
        self._tables.chats[chat_id] = None
        return was_active

    async def reset(self, chat_id: int) -> None:
        self._tables.lost.pop(chat_id, None)
        self._tables.chats.pop(chat_id, None)

    async def take_lost(self, chat_id: int) -> Lost | None:
        return self._tables.lost.pop(chat_id, None)

    async def move(self, old_id: int, new_id: int) -> None:
        lost = self._tables.lost.pop(old_id, None)
        if lost is not None and new_id not in self._tables.chats:
            self._tables.lost.setdefault(new_id, lost)
        if old_id in self._tables.chosen_by:
            by_id = self._tables.chosen_by.pop(old_id)
            if new_id not in self._tables.chats:
                self._tables.chosen_by[new_id] = by_id
        if old_id in self._tables.chats:
            choice = self._tables.chats.pop(old_id)
            if new_id not in self._tables.lost:
                self._tables.chats.setdefault(new_id, choice)
