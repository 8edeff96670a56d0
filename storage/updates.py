"""The journal of Telegram's updates, and those that cannot be read."""

from __future__ import annotations

from storage.clock import now
from storage.database import Database

# An update that was set aside holds somebody's message: the oldest go, however many come.
MAX_UNREADABLE = 1000


class Updates:
    """Implements `core.ports.Updates`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, update_id: int, body: str) -> bool:
        """One INSERT OR IGNORE, committed when it returns."""
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

    async def set_aside(self, body: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT OR REPLACE INTO unreadable_updates (id, body, received_at)"
                " SELECT id, body, ? FROM updates WHERE body = ?",
                (now(), body),
            )
            await connection.execute("DELETE FROM updates WHERE body = ?", (body,))
            await connection.execute(
                "DELETE FROM unreadable_updates WHERE id NOT IN (SELECT id FROM unreadable_updates"
                " ORDER BY received_at DESC, id DESC LIMIT ?)",
                (MAX_UNREADABLE,),
            )

    async def unreadable(self) -> tuple[str, ...]:
        return await self._database.fetch(
            lambda row: str(row["body"]),
            "SELECT body FROM unreadable_updates ORDER BY received_at, id",
        )

    async def check(self) -> None:
        async with self._database.transaction() as connection:
            # Both change a page, so the commit writes to the disk; no row is left.
            await connection.execute("INSERT INTO updates (id, body) VALUES (-1, '')")
            await connection.execute("DELETE FROM updates WHERE id = -1")
