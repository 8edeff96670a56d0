"""Jobs: requested work and how it ended."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import aiosqlite

from core.entities import Job, JobKind, JobState
from core.errors import AlreadyRunning
from core.ports import Asked
from storage.clock import ago, now
from storage.database import Database


class Jobs:
    """Implements `core.ports.Jobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        owner_id: int,
        kind: JobKind,
        chat_id: int,
        *,
        in_line: bool = False,
        asked: Asked | None = None,
    ) -> Job:
        """Writers take turns, so nothing comes between the look at the other jobs and the new row."""
        async with self._database.transaction() as connection:
            again = await connection.execute_fetchall(
                "UPDATE jobs SET state = 'queued', ended_at = NULL, error = NULL"
                " WHERE update_id = ? AND place = ? RETURNING *",
                asked or (None, 0),
            )
            for row in again:
                return _job(row)
            if not in_line and kind in await running_kinds(connection, owner_id):
                raise AlreadyRunning(kind=kind.value)
            (row,) = await connection.execute_fetchall(
                "INSERT INTO jobs (owner_id, kind, state, chat_id, created_at, update_id, place)"
                " VALUES (?, ?, 'queued', ?, ?, (SELECT id FROM updates WHERE id = ?), ?) RETURNING *",
                (owner_id, kind, chat_id, now(), *(asked or (None, 0))),
            )
        return _job(row)

    async def asked_for(self, asked: Asked) -> Job | None:
        found = await self._database.fetch(
            _job, "SELECT * FROM jobs WHERE update_id = ? AND place = ?", asked
        )
        return found[0] if found else None

    async def start(self, job_id: int) -> None:
        """Marks a queued job as running; one that was cancelled in the queue stays cancelled."""
        await self._database.execute(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1"
            " WHERE id = ? AND state = 'queued'",
            (job_id,),
        )

    async def park(self, job_id: int) -> None:
        await self._database.execute(
            "UPDATE jobs SET state = 'queued', attempts = attempts - (state = 'running')"
            " WHERE id = ? AND state IN ('queued', 'running')",
            (job_id,),
        )

    async def end(
        self, job_id: int, state: JobState, error: str | None = None, result: int | None = None
    ) -> None:
        """A transaction of its own; within another one, call `end_job`."""
        async with self._database.transaction() as connection:
            if await end_job(connection, job_id, state, error) and result is not None:
                await set_result(connection, job_id, result)

    async def get(self, owner_id: int, job_id: int) -> Job | None:
        found = await self._database.fetch(
            _job, "SELECT * FROM jobs WHERE id = ? AND owner_id = ?", (job_id, owner_id)
        )
        return found[0] if found else None

    async def running(self, owner_id: int) -> tuple[Job, ...]:
        return await self._database.fetch(
            _job,
            "SELECT * FROM jobs WHERE owner_id = ? AND state IN ('queued', 'running') ORDER BY id",
            (owner_id,),
        )

    async def interrupt_all(self) -> tuple[Job, ...]:
        """Marks them as not told in the same statement, so that a crash after it loses no notice."""
        await self._database.execute(
            "UPDATE jobs SET state = 'interrupted', ended_at = ?, told = 0"
            " WHERE state IN ('queued', 'running') AND NOT EXISTS ("
            "SELECT 1 FROM updates WHERE updates.id = update_id AND handled = 0)",
            (now(),),
        )
        return await self._database.fetch(_job, "SELECT * FROM jobs WHERE told = 0 ORDER BY id")

    async def set_told(self, job_id: int) -> None:
        await self._database.execute("UPDATE jobs SET told = 1 WHERE id = ?", (job_id,))

    async def prune(self, kept_s: float) -> None:
        await self._database.execute(
            "DELETE FROM jobs WHERE told = 1 AND ended_at <= ?", (ago(kept_s),)
        )


async def end_job(
    connection: aiosqlite.Connection,
    job_id: int,
    state: JobState,
    error: str | None = None,
    owner_id: int | None = None,
) -> bool:
    """Ends a job within the caller's transaction. False if there is no such job (of this owner)
    that has not ended."""
    cursor = await connection.execute(
        "UPDATE jobs SET state = ?1, error = ?2, ended_at = ?3 WHERE id = ?4"
        " AND (?5 IS NULL OR owner_id = ?5) AND state IN ('queued', 'running')",
        (state, error, now(), job_id, owner_id),
    )
    return cursor.rowcount > 0


async def set_result(connection: aiosqlite.Connection, job_id: int, result: int) -> None:
    """Within the caller's transaction: what a job made."""
    await connection.execute("UPDATE jobs SET result = ? WHERE id = ?", (result, job_id))


async def running_kinds(connection: aiosqlite.Connection, owner_id: int) -> tuple[str, ...]:
    """The kinds of the owner's jobs that have not ended, read within the caller's transaction."""
    rows = await connection.execute_fetchall(
        "SELECT kind FROM jobs WHERE owner_id = ? AND state IN ('queued', 'running') ORDER BY id",
        (owner_id,),
    )
    return tuple(row["kind"] for row in rows)


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        owner_id=row["owner_id"],
        kind=JobKind(row["kind"]),
        state=JobState(row["state"]),
        chat_id=row["chat_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        error=row["error"],
        attempts=row["attempts"],
        result=row["result"],
    )
