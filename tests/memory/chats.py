"""Chats in memory."""

from __future__ import annotations

from core.entities import Model
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

    async def activate(self, chat_id: int, owner_id: int, model_id: int) -> None:
        model = self._tables.models.get(model_id)
        if model is None or model.owner_id != owner_id:
            raise ModelGone
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

    async def take_lost(self, chat_id: int) -> str | None:
        return self._tables.lost.pop(chat_id, None)

    async def move(self, old_id: int, new_id: int) -> None:
        lost = self._tables.lost.pop(old_id, None)
        if lost is not None and new_id not in self._tables.chats:
            self._tables.lost.setdefault(new_id, lost)
        if old_id in self._tables.chats:
            choice = self._tables.chats.pop(old_id)
            if new_id not in self._tables.lost:
                self._tables.chats.setdefault(new_id, choice)
