"""Chats: the model that each predicts with. A chat without a row has chosen none.

A model that is deleted leaves its name with the chats that used it (the trigger `models_lost`).
"""

from __future__ import annotations

import sqlite3

from core.entities import Model
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

    async def activate(self, chat_id: int, owner_id: int, model_id: int) -> None:
        if not await self._database.execute(
            "INSERT INTO chats (id, model_id)"
            " SELECT ?, id FROM models WHERE id = ? AND owner_id = ?"
            " ON CONFLICT (id) DO UPDATE SET model_id = excluded.model_id, lost = NULL",
            (chat_id, model_id, owner_id),
        ):
            raise ModelGone

    async def deactivate(self, chat_id: int) -> bool:
        """Keeps a row without a model, which differs from a chat that has chosen none."""
        changed = await self._database.execute(
            "INSERT INTO chats (id, model_id) VALUES (?, NULL)"
            " ON CONFLICT (id) DO UPDATE SET model_id = NULL, lost = NULL"
            " WHERE model_id IS NOT NULL OR lost IS NOT NULL",
            (chat_id,),
        )
        return changed > 0

    async def reset(self, chat_id: int) -> None:
        await self._database.execute("DELETE FROM chats WHERE id = ?", (chat_id,))

    async def take_lost(self, chat_id: int) -> str | None:
        found = await self._database.fetch(
            lambda row: str(row["lost"]),
            "SELECT lost FROM chats WHERE id = ? AND lost IS NOT NULL",
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
                "INSERT OR IGNORE INTO chats (id, model_id, lost)"
                " SELECT ?, model_id, lost FROM chats WHERE id = ?",
                (new_id, old_id),
            )
            await connection.execute("DELETE FROM chats WHERE id = ?", (old_id,))


def _model_or_none(row: sqlite3.Row) -> Model | None:
    return None if row["id"] is None else model_of(row)
