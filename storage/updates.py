"""The journal of Telegram's updates."""

from __future__ import annotations

from storage.database import Database


class Updates:
    """Fulfils `core.ports.Updates`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, update_id: int, body: str) -> bool:
        added = await self._database.execute(
            "INSERT OR IGNORE INTO updates (id, body) VALUES (?, ?)", (update_id, body)
        )
        return added > 0

    async def done(self, update_id: int) -> None:
        await self._database.execute("DELETE FROM updates WHERE id = ?", (update_id,))

    async def pending(self) -> tuple[str, ...]:
        return await self._database.fetch(
            lambda row: str(row["body"]), "SELECT body FROM updates ORDER BY id"
        )
