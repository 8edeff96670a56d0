"""Users in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.entities import User
from tests.memory.tables import Tables, now


class MemoryUsers:
    """Fulfils `core.ports.Users`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, user_id: int, language: str) -> User:
        self._tables.seen.setdefault(user_id, now().date())
        return self._tables.users.setdefault(user_id, User(user_id, language))

    async def see(self, user_id: int) -> None:
        if user_id in self._tables.users:
            self._tables.seen[user_id] = now().date()
            self._tables.told.pop(user_id, None)

    async def set_language(self, user_id: int, language: str) -> None:
        self._set(user_id, language=language)

    async def set_dataset(self, user_id: int, dataset_id: int | None) -> None:
        if dataset_id is not None:
            self._tables.dataset(user_id, dataset_id)
        self._set(user_id, dataset_id=dataset_id)

    async def set_question(self, user_id: int, question: str | None) -> None:
        self._set(user_id, question=question)

    async def set_teaching(self, user_id: int, teaching: str | None) -> None:
        self._set(user_id, teaching=teaching)

    async def teaching(self) -> tuple[User, ...]:
        return tuple(
            user for _, user in sorted(self._tables.users.items()) if user.teaching is not None
        )

    async def set_zips(self, user_id: int, zips: str | None) -> None:
        self._set(user_id, zips=zips)

    async def with_zips(self) -> tuple[User, ...]:
        return tuple(
            user for _, user in sorted(self._tables.users.items()) if user.zips is not None
        )

    def _set(self, user_id: int, **fields: Any) -> None:
        """Does nothing for a user who is not known, as an UPDATE does."""
        if user := self._tables.users.get(user_id):
            self._tables.users[user_id] = replace(user, **fields)
