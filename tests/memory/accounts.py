"""Accounts in memory."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from core.entities import Consent, Lost, Usage, User
from tests.memory.folders import OwnerFolders
from tests.memory.suggestions import MemorySuggestions
from tests.memory.tables import Tables


class MemoryAccounts:
    """Fulfils `core.ports.Accounts`."""

    def __init__(
        self, tables: Tables, folders: OwnerFolders, suggestions: MemorySuggestions
    ) -> None:
        self._tables = tables
        self._suggestions = suggestions
        self._folders = folders

    async def consent(self, user_id: int) -> Consent | None:
        return self._tables.consents.get(user_id)

    async def agree(self, user_id: int, version: str) -> None:
        if user_id in self._tables.users:
            self._tables.consents[user_id] = Consent(version, datetime.now(UTC))

    async def revoke(self, user_id: int) -> None:
        self._tables.consents.pop(user_id, None)

    async def write_record(self, user_id: int, out: Path) -> None:
        out.write_text(json.dumps({"user": [{"id": user_id}]}))  # noqa: ASYNC240 (a small file)

    async def usage(self, user_id: int | None = None) -> Usage:
        tables = self._tables

        def counts(owner_id: int) -> bool:
            return user_id in (None, owner_id)

        photos = [
            one.photo
            for (owner, _), one in tables.photos.items()
            if counts(owner) and one.released_at is None
        ]
        return Usage(
            sum(counts(one.dataset.owner_id) for one in tables.datasets.values()),
            len(photos),
            (sum(photo.bytes for photo in photos) + 999_999) // 10**6,
            sum(counts(model.owner_id) for model in tables.models.values()),
        )

    async def users(self) -> tuple[User, ...]:
        return tuple(user for _, user in sorted(self._tables.users.items()))

    async def ban(self, user_id: int) -> None:
        self._tables.bans.add(user_id)
        for model_id, kind in list(self._tables.links):
            if self._tables.models[model_id].owner_id == user_id:
                self._tables.delete_link(model_id, kind)

    async def unban(self, user_id: int) -> bool:
        is_banned = user_id in self._tables.bans
        self._tables.bans.discard(user_id)
        return is_banned

    async def banned(self) -> frozenset[int]:
        return frozenset(self._tables.bans)

    async def delete(self, user_id: int) -> None:
        tables = self._tables
        models = {number for number, one in tables.models.items() if one.owner_id == user_id}
        tables.chats.pop(user_id, None)
        for user, model_id, kind in list(tables.borrowed):
            if user == user_id:
                tables.end_borrowing(user, model_id, kind)
        for model_id in models:
            others = [chat for chat, used in tables.chats.items() if used == model_id]
            tables.delete_model(model_id)
            tables.lost |= {chat: Lost("") for chat in others}
        gone = {one.dataset.id for one in tables.datasets_of(user_id)}
        tables.datasets = {n: one for n, one in tables.datasets.items() if n not in gone}
        tables.changes = [one for one in tables.changes if one.dataset_id not in gone]
        tables.photos = {k: photo for k, photo in tables.photos.items() if k[0] != user_id}
        tables.erasures = {one for one in tables.erasures if one[0] != user_id}
        tables.jobs = {n: one for n, one in tables.jobs.items() if one.owner_id != user_id}
        for rows in (tables.users, tables.consents, tables.seen, tables.told):
            rows.pop(user_id, None)  # type: ignore[attr-defined]
        self._suggestions.forget_account(user_id)
        self._folders.remove(user_id)

    async def unseen(self, since: date) -> tuple[User, ...]:
        tables = self._tables
        return tuple(
            user
            for number, user in sorted(tables.users.items())
            if tables.seen.get(number, date.max) < since and number not in tables.told
        )

    async def set_told(self, user_id: int, on: date) -> None:
        self._tables.told[user_id] = on

    async def told(self, before: date) -> tuple[User, ...]:
        return tuple(
            self._tables.users[number]
            for number, on in sorted(self._tables.told.items())
            if on < before
        )
