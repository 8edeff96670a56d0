"""Users: their language, the dataset they work on, the question they were asked."""

from __future__ import annotations

import sqlite3

from core.entities import User
from core.errors import DatasetNotFound
from storage.clock import today
from storage.database import Database


class Users:
    """Implements `core.ports.Users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int, language: str) -> User:
        """Two callers at once may both insert; the second INSERT is ignored."""
        known = await self._find(user_id)
        if known:
            return known[0]
        await self._database.execute(
            "INSERT OR IGNORE INTO users (id, language, seen_on) VALUES (?, ?, ?)",
            (user_id, language, today()),
        )
        (user,) = await self._find(user_id)
        return user

    async def see(self, user_id: int) -> None:
        """One write a day, and none for who is not known."""
        seen = "SELECT 1 FROM users WHERE id = ? AND seen_on = ? AND told_on IS NULL"
        if not await self._database.fetch(lambda row: True, seen, (user_id, today())):
            await self._database.execute(
                "UPDATE users SET seen_on = ?, told_on = NULL WHERE id = ?", (today(), user_id)
            )

    async def set_language(self, user_id: int, language: str) -> None:
        await self._database.execute(
            "UPDATE users SET language = ? WHERE id = ?", (language, user_id)
        )

    async def set_dataset(self, user_id: int, dataset_id: int | None) -> None:
        """Checks the owner in the same statement."""
        touched = await self._database.execute(
            "UPDATE users SET dataset_id = ?1 WHERE id = ?2 AND (?1 IS NULL"
            " OR EXISTS (SELECT 1 FROM datasets WHERE id = ?1 AND owner_id = ?2))",
            (dataset_id, user_id),
        )
        if dataset_id is not None and not touched:
            raise DatasetNotFound

    async def set_question(self, user_id: int, question: str | None) -> None:
        await self._database.execute(
            "UPDATE users SET question = ? WHERE id = ?", (question, user_id)
        )

    async def set_teaching(self, user_id: int, teaching: str | None) -> None:
        await self._database.execute(
            "UPDATE users SET teaching = ? WHERE id = ?", (teaching, user_id)
        )

    async def teaching(self) -> tuple[User, ...]:
        return await self._database.fetch(
            user_of, "SELECT * FROM users WHERE teaching IS NOT NULL ORDER BY id", ()
        )

    async def set_zips(self, user_id: int, zips: str | None) -> None:
        await self._database.execute("UPDATE users SET zips = ? WHERE id = ?", (zips, user_id))

    async def with_zips(self) -> tuple[User, ...]:
        return await self._database.fetch(
            user_of, "SELECT * FROM users WHERE zips IS NOT NULL ORDER BY id", ()
        )

    async def _find(self, user_id: int) -> tuple[User, ...]:
        return await self._database.fetch(user_of, "SELECT * FROM users WHERE id = ?", (user_id,))


def user_of(row: sqlite3.Row) -> User:
    """The user of a row of `users`."""
    return User(
        id=row["id"],
        language=row["language"],
        dataset_id=row["dataset_id"],
        question=row["question"],
        teaching=row["teaching"],
        zips=row["zips"],
    )
