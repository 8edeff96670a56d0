"""Links to models, and who uses a model by them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import aiosqlite

from core import names
from core.entities import Link, LinkKind, Loan, Model, ModelCard
from core.errors import LinkGone, LinkNotForCopies, ModelGone, NameTaken
from core.serialization import to_json
from storage.clock import now
from storage.database import Database, unique_or
from storage.models import count_one_more, model_of

_LOANS = """
    SELECT chats.id, by_id, models.name FROM chats JOIN models ON models.id = chats.model_id
    WHERE owner_id = ?1 AND (?2 IS NULL OR models.id = ?2) AND EXISTS (
        SELECT 1 FROM borrowed WHERE user_id = by_id AND borrowed.model_id = models.id
    ) AND NOT EXISTS (
        SELECT 1 FROM borrowed WHERE user_id = by_id AND borrowed.model_id = models.id AND kind <> ?3
    ) ORDER BY chats.id
"""
_OWN = "SELECT 1 FROM models WHERE id = ? AND owner_id = ?"


class Links:
    """Implements `core.ports.Links`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_model(self, owner_id: int, model_id: int) -> tuple[Link, ...]:
        await self._check_own(owner_id, model_id)
        return await self._database.fetch(
            _link_of,
            "SELECT links.*, (SELECT count(*) FROM borrowed WHERE borrowed.model_id = links.model_id"
            " AND borrowed.kind = links.kind) AS people"
            " FROM links JOIN models ON models.id = model_id WHERE model_id = ? AND owner_id = ?",
            (model_id, owner_id),
        )

    async def begin(self, owner_id: int, model_id: int, tokens: Mapping[LinkKind, str]) -> None:
        async with self._database.transaction() as connection:
            if not await connection.execute_fetchall(_OWN, (model_id, owner_id)):
                raise ModelGone
            first = await connection.execute_fetchall(
                "UPDATE models SET was_shared = 1 WHERE id = ? AND NOT was_shared RETURNING id",
                (model_id,),
            )
            if first:
                await connection.executemany(
                    "INSERT INTO links (model_id, kind, token, created_at) VALUES (?, ?, ?, ?)",
                    [(model_id, kind, token, now()) for kind, token in tokens.items()],
                )

    async def renew(
        self, owner_id: int, model_id: int, kind: LinkKind, token: str, seen: str
    ) -> None:
        async with self._database.transaction() as connection:
            if not await connection.execute_fetchall(_OWN, (model_id, owner_id)):
                raise ModelGone
            known = await _token(connection, model_id, kind)
            if known is None and not seen:
                await connection.execute(
                    "INSERT INTO links (model_id, kind, token, created_at) VALUES (?, ?, ?, ?)",
                    (model_id, kind, token, now()),
                )
            elif known is not None and seen and known.startswith(seen):
                await connection.execute(
                    "UPDATE links SET token = ?, created_at = ? WHERE model_id = ? AND kind = ?",
                    (token, now(), model_id, kind),
                )

    async def revoke(self, owner_id: int, model_id: int, kind: LinkKind, seen: str) -> None:
        async with self._database.transaction() as connection:
            if not await connection.execute_fetchall(_OWN, (model_id, owner_id)):
                raise ModelGone
            known = await _token(connection, model_id, kind)
            if known is not None and seen and known.startswith(seen):
                await connection.execute(
                    "DELETE FROM links WHERE model_id = ? AND kind = ?", (model_id, kind)
                )

    async def find(self, token: str) -> tuple[Model, LinkKind]:
        found = await self._database.fetch(
            lambda row: (model_of(row), LinkKind(row["kind"])),
            "SELECT models.*, kind FROM links JOIN models ON models.id = model_id WHERE token = ?",
            (token,),
        )
        if not found:
            raise LinkGone
        return found[0]

    async def borrow(self, user_id: int, token: str) -> Model:
        async with self._database.transaction() as connection:
            rows = await connection.execute_fetchall(
                "SELECT models.* FROM links JOIN models ON models.id = model_id WHERE token = ?",
                (token,),
            )
            if not rows:
                raise LinkGone
            await connection.execute(
                "INSERT OR IGNORE INTO borrowed (user_id, model_id, kind, since)"
                " SELECT ?, model_id, kind, ? FROM links WHERE token = ?",
                (user_id, now(), token),
            )
        (row,) = rows
        return model_of(row)

    async def borrowed(self, user_id: int) -> tuple[Model, ...]:
        return await self._database.fetch(
            model_of,
            "SELECT models.* FROM models JOIN"
            " (SELECT model_id, max(since) AS since FROM borrowed WHERE user_id = ? GROUP BY model_id)"
            " ON model_id = models.id ORDER BY since DESC, models.id DESC",
            (user_id,),
        )

    async def give_back(self, user_id: int, model_id: int) -> None:
        if not await self._database.execute(
            "DELETE FROM borrowed WHERE user_id = ? AND model_id = ?", (user_id, model_id)
        ):
            raise ModelGone

    async def users(self, owner_id: int, model_id: int | None = None) -> int:
        (count,) = await self._database.fetch(
            lambda row: int(row["people"]),
            "SELECT count(DISTINCT user_id) AS people FROM borrowed"
            " JOIN models ON models.id = model_id"
            " WHERE owner_id = ?1 AND (?2 IS NULL OR model_id = ?2)",
            (owner_id, model_id),
        )
        return count

    async def loans(
        self, owner_id: int, model_id: int | None = None, kind: LinkKind | None = None
    ) -> tuple[Loan, ...]:
        return await self._database.fetch(
            lambda row: Loan(row["id"], row["by_id"], row["name"]),
            _LOANS,
            (owner_id, model_id, kind),
        )

    async def copy(
        self, user_id: int, token: str, name: str, file: str, card: ModelCard, request: int
    ) -> Model:
        with unique_or(NameTaken(name=name)):
            async with self._database.transaction() as connection:
                await _count_copy(connection, token)
                await count_one_more(connection, user_id)
                (row,) = await connection.execute_fetchall(
                    "INSERT INTO models (owner_id, name, name_key, file, card, created_at, number,"
                    " copied_for) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                    " (SELECT models_made FROM users WHERE id = ?1), ?7) RETURNING *",
                    (user_id, name, names.key(name), file, to_json(card), now(), request),
                )
        return model_of(row)

    async def copied(self, user_id: int, request: int) -> Model | None:
        found = await self._database.fetch(
            model_of,
            "SELECT * FROM models WHERE owner_id = ? AND copied_for = ?",
            (user_id, request),
        )
        return found[0] if found else None

    async def _check_own(self, owner_id: int, model_id: int) -> None:
        if not await self._database.fetch(lambda row: True, _OWN, (model_id, owner_id)):
            raise ModelGone


async def _token(connection: aiosqlite.Connection, model_id: int, kind: LinkKind) -> str | None:
    for row in await connection.execute_fetchall(
        "SELECT token FROM links WHERE model_id = ? AND kind = ?", (model_id, kind)
    ):
        return str(row["token"])
    return None


async def _count_copy(connection: aiosqlite.Connection, token: str) -> None:
    """Raises LinkGone, LinkNotForCopies."""
    rows = list(
        await connection.execute_fetchall("SELECT kind FROM links WHERE token = ?", (token,))
    )
    if not rows:
        raise LinkGone
    if rows[0]["kind"] != LinkKind.COPY:
        raise LinkNotForCopies
    await connection.execute("UPDATE links SET copies = copies + 1 WHERE token = ?", (token,))


def _link_of(row: sqlite3.Row) -> Link:
    return Link(row["model_id"], LinkKind(row["kind"]), row["token"], row["people"], row["copies"])
