"""Quizzes: permissions, the running ones, votes and points."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from core.entities import PlayerScore, Vote
from core.errors import DatasetNotFound
from storage.clock import ago, now
from storage.database import Database

# Far longer than any quiz: one of an update that was given up is over, its votes are dropped.
STALE_S = 600.0


class Quizzes:
    """Implements `core.ports.Quizzes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def permit(self, owner_id: int, dataset_id: int, chat_id: int) -> None:
        """The owner is checked in the same statement."""
        changed = await self._database.execute(
            "INSERT INTO quiz_permissions"
            " SELECT id, ?1, ?2 FROM datasets WHERE id = ?3 AND owner_id = ?4"
            " ON CONFLICT (dataset_id, chat_id) DO UPDATE SET given_at = ?2",
            (chat_id, now(), dataset_id, owner_id),
        )
        if not changed:
            raise DatasetNotFound

    async def is_permitted(self, dataset_id: int, chat_id: int) -> bool:
        found = await self._database.fetch(
            lambda row: True,
            "SELECT 1 FROM quiz_permissions WHERE dataset_id = ? AND chat_id = ?",
            (dataset_id, chat_id),
        )
        return bool(found)

    async def revoke(self, owner_id: int, chat_id: int | None = None) -> int:
        return await self._database.execute(
            "DELETE FROM quiz_permissions WHERE (?2 IS NULL OR chat_id = ?2)"
            " AND dataset_id IN (SELECT id FROM datasets WHERE owner_id = ?1)",
            (owner_id, chat_id),
        )

    async def begin(self, chat_id: int, update_id: int) -> bool:
        stale_at = ago(STALE_S)
        async with self._database.transaction() as connection:
            await connection.execute("DELETE FROM quizzes WHERE begun_at < ?", (stale_at,))
            await connection.execute("DELETE FROM quiz_votes WHERE at < ?", (stale_at,))
            await connection.execute(
                "INSERT OR IGNORE INTO quizzes (chat_id, update_id, begun_at) VALUES (?, ?, ?)",
                (chat_id, update_id, now()),
            )
            ((running,),) = await connection.execute_fetchall(
                "SELECT update_id FROM quizzes WHERE chat_id = ?", (chat_id,)
            )
        return bool(running == update_id)

    async def end(self, chat_id: int, update_id: int, poll_id: str | None) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM quizzes WHERE chat_id = ? AND update_id = ?", (chat_id, update_id)
            )
            await connection.execute("DELETE FROM quiz_votes WHERE poll_id = ?", (poll_id,))

    async def vote(self, poll_id: str, vote: Vote) -> None:
        """An update that is handled again changes nothing."""
        await self._database.execute(
            "INSERT OR IGNORE INTO quiz_votes (poll_id, voter_id, name, option, at)"
            " VALUES (?, ?, ?, ?, ?)",
            (poll_id, vote.voter_id, vote.name, vote.option, now()),
        )

    async def retract(self, poll_id: str, voter_id: int) -> None:
        await self._database.execute(
            "DELETE FROM quiz_votes WHERE poll_id = ? AND voter_id = ?", (poll_id, voter_id)
        )

    async def votes(self, poll_id: str) -> tuple[Vote, ...]:
        return await self._database.fetch(
            _vote, "SELECT * FROM quiz_votes WHERE poll_id = ? ORDER BY id", (poll_id,)
        )

    async def score(self, chat_id: int, update_id: int, right: Sequence[PlayerScore]) -> None:
        async with self._database.transaction() as connection:
            counted = await connection.execute(
                "UPDATE quizzes SET is_scored = 1"
                " WHERE chat_id = ? AND update_id = ? AND is_scored = 0",
                (chat_id, update_id),
            )
            if not counted.rowcount:
                return
            for player in right:
                await connection.execute(
                    "INSERT INTO quiz_scores VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET points = points + excluded.points, name = excluded.name",
                    (chat_id, player.player_id, player.name, player.points),
                )

    async def scores(self, chat_id: int) -> tuple[PlayerScore, ...]:
        return await self._database.fetch(
            _score,
            "SELECT * FROM quiz_scores WHERE chat_id = ? ORDER BY points DESC, player_id",
            (chat_id,),
        )

    async def move(self, old_id: int, new_id: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE OR IGNORE quiz_permissions SET chat_id = ? WHERE chat_id = ?",
                (new_id, old_id),
            )
            await connection.execute("DELETE FROM quiz_permissions WHERE chat_id = ?", (old_id,))
            await connection.execute(
                "INSERT INTO quiz_scores SELECT ?1, player_id, name, points FROM quiz_scores"
                " WHERE chat_id = ?2 ON CONFLICT DO UPDATE SET points = points + excluded.points",
                (new_id, old_id),
            )
            await connection.execute("DELETE FROM quiz_scores WHERE chat_id = ?", (old_id,))


def _vote(row: sqlite3.Row) -> Vote:
    return Vote(row["voter_id"], row["name"], row["option"])


def _score(row: sqlite3.Row) -> PlayerScore:
    return PlayerScore(row["player_id"], row["name"], row["points"])
