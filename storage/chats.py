"""Chats: the model that each predicts with. A chat without a row has chosen none.

A model that is deleted leaves its name with the chats that used it (the trigger `models_lost`), and so does one that is
not shared any more with the person who chose it (`borrowed_ended`).
"""

from __future__ import annotations

import sqlite3

from core.entities import Lost, Model
from core.errors import ModelGone
from storage.database import Database
from storage.models import model_of


class Chats:
    """Implements `core.ports.Chats`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def active_model(self, chat_id: int, default: Model) -> Model | None:
        """No row, or a model that was deleted: the default. A row without either: None, deactivated."""
        found = await self._database.fetch(
            _model_or_none,
            "SELECT models.* FROM chats LEFT JOIN models ON models.id = model_id"
            " WHERE chats.id = ? AND lost IS NULL",
            (chat_id,),
        )
        return found[0] if found else default

    async def activate(self, chat_id: int, user_id: int, model_id: int) -> None:
        if not await self._database.execute(
            "INSERT INTO chats (id, model_id, by_id)"
            " SELECT ?1, id, ?3 FROM models WHERE id = ?2 AND (owner_id = ?3 OR EXISTS"
            " (SELECT 1 FROM borrowed WHERE user_id = ?3 AND borrowed.model_id = models.id))"
            " ON CONFLICT (id) DO UPDATE SET model_id = excluded.model_id, by_id = excluded.by_id,"
            " lost = NULL, unshared = 0",
            (chat_id, model_id, user_id),
        ):
            raise ModelGone

    async def deactivate(self, chat_id: int) -> bool:
        """Keeps a row without a model, which differs from a chat that has chosen none."""
        changed = await self._database.execute(
            "INSERT INTO chats (id, model_id) VALUES (?, NULL)"
            " ON CONFLICT (id) DO UPDATE SET model_id = NULL, by_id = NULL, lost = NULL, unshared = 0"
            " WHERE model_id IS NOT NULL OR lost IS NOT NULL",
            (chat_id,),
        )
        return changed > 0

    async def reset(self, chat_id: int) -> None:
        await self._database.execute("DELETE FROM chats WHERE id = ?", (chat_id,))

    async def take_lost(self, chat_id: int) -> Lost | None:
        found = await self._database.fetch(
            lambda row: Lost(row["lost"], bool(row["unshared"])),
            "SELECT lost, unshared FROM chats WHERE id = ? AND lost IS NOT NULL",
            (chat_id,),
        )
        if not found:
            return None
        await self._database.execute(
            "DELETE FROM chats WHERE id = ? AND lost IS NOT NULL", (chat_id,)
        )
        return found[0]

    async def move(self, old_id: int, new_id: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT OR IGNORE INTO chats (id, model_id, lost, by_id, unshared)"
                " SELECT ?, model_id, lost, by_id, unshared FROM chats WHERE id = ?",
                (new_id, old_id),
            )
            await connection.execute("DELETE FROM chats WHERE id = ?", (old_id,))


def _model_or_none(row: sqlite3.Row) -> Model | None:
    return None if row["id"] is None else model_of(row)
