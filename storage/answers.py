"""Answers to photos, as long as their buttons may be pressed."""

from __future__ import annotations

from storage.database import Database

# In each chat; those given first are forgotten.
MAX_ANSWERS = 200


class Answers:
    """Fulfils `core.ports.Answers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, chat_id: int, said: str) -> int:
        async with self._database.transaction() as connection:
            ((number,),) = await connection.execute_fetchall(
                "INSERT INTO answers (chat_id, said) VALUES (?, ?) RETURNING id", (chat_id, said)
            )
            await connection.execute(
                "DELETE FROM answers WHERE chat_id = ?1 AND id <= (SELECT id FROM answers"
                " WHERE chat_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (chat_id, MAX_ANSWERS),
            )
        return int(number)

    async def find(self, chat_id: int, number: int) -> str | None:
        found = await self._database.fetch(
            lambda row: str(row["said"]),
            "SELECT said FROM answers WHERE chat_id = ? AND id = ?",
            (chat_id, number),
        )
        return found[0] if found else None
