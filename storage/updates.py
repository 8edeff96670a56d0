"""The journal of Telegram's updates, those that cannot be handled, and the steps taken for each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from core.ports import Step, Waiting
from storage.clock import now
from storage.database import Database

# An update that was set aside holds somebody's message: the oldest go, however many come.
MAX_UNREADABLE = 1000


class Updates:
    """Implements `core.ports.Updates`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, updates: Mapping[int, str], confirmed: int = 0) -> frozenset[int]:
        """One transaction; the rows are committed when it returns."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM updates WHERE handled = 1 AND id < ?", (confirmed,)
            )
            if not updates:
                return frozenset()
            added = await connection.execute_fetchall(
                "INSERT OR IGNORE INTO updates (id, body)"
                " SELECT value ->> 0, value ->> 1 FROM json_each(?) RETURNING id",
                (json.dumps([*updates.items()]),),
            )
        return frozenset(row[0] for row in added)

    async def take_up(self, update_id: int) -> None:
        await self._database.together(
            "UPDATE updates SET attempts = attempts + 1 WHERE id = ?", (update_id,)
        )

    async def gather(self, update_ids: Sequence[int]) -> None:
        await self._database.together(
            "UPDATE updates SET burst = ? WHERE id IN (SELECT value FROM json_each(?))",
            (update_ids[0], json.dumps([*update_ids])),
        )

    async def done(self, update_ids: Sequence[int]) -> None:
        await self._database.together(
            "UPDATE updates SET handled = 1 WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([*update_ids]),),
        )

    async def park(self) -> None:
        await self._database.together("UPDATE updates SET attempts = 0 WHERE handled = 0")

    async def pending(self) -> tuple[Waiting, ...]:
        return await self._database.fetch(
            lambda row: Waiting(row["id"], row["body"], row["attempts"], row["burst"]),
            "SELECT * FROM updates WHERE handled = 0 ORDER BY id",
        )

    async def set_aside(self, update_id: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT OR REPLACE INTO unreadable_updates (id, body, received_at)"
                " SELECT id, body, ? FROM updates WHERE id = ?",
                (now(), update_id),
            )
            await connection.execute("DELETE FROM updates WHERE id = ?", (update_id,))
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
        await self._database.keep_room()


class Steps:
    """Implements `core.ports.Steps`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, update_id: int) -> tuple[Step, ...]:
        return await self._database.fetch(
            _step, "SELECT * FROM steps WHERE update_id = ?", (update_id,)
        )

    async def put(self, update_id: int, step: Step) -> None:
        await self._database.together(
            "INSERT OR REPLACE INTO steps (update_id, name, after_id, result)"
            " SELECT id, ?, ?, ? FROM updates WHERE id = ?",
            (step.name, step.after_id, step.result, update_id),
        )

    async def see(self, counter: int, message_id: int) -> None:
        await self._database.together(
            "INSERT INTO last_messages (counter, message_id) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET message_id = max(message_id, excluded.message_id)",
            (counter, message_id),
        )

    async def last_messages(self) -> tuple[tuple[int, int], ...]:
        return await self._database.fetch(
            lambda row: (int(row["counter"]), int(row["message_id"])), "SELECT * FROM last_messages"
        )


def _step(row: sqlite3.Row) -> Step:
    return Step(row["name"], row["result"], row["after_id"])
