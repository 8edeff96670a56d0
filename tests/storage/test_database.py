"""Transactions: whole or not at all, also when others cancel, write or read meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from core.errors import DatabaseTooNew, NoRoom
from storage.database import Database, connect
from storage.migrations import migrate, scripts

TABLE = "CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT;"
KEY = bytes(range(32))
COUNT_SLOWLY = (
    "WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 300000)"
    " INSERT INTO numbers SELECT n FROM counter"
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "test.db", KEY, [TABLE])
    yield database
    await database.close()


async def numbers(database: Database) -> tuple[int, ...]:
    return await database.fetch(lambda row: int(row["n"]), "SELECT n FROM numbers ORDER BY n")


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def insert_twice() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO numbers VALUES (1)")
            await connection.execute("INSERT INTO numbers VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        await insert_twice()

    assert await numbers(database) == ()


async def test_a_read_does_not_see_a_transaction_that_is_not_over(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO numbers VALUES (1)")
        assert await numbers(database) == ()

    assert await numbers(database) == (1,)


async def test_a_transaction_cancelled_between_statements_is_rolled_back(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def half_done() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO numbers VALUES (1)")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(half_done())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert await database.execute("INSERT INTO numbers VALUES (2)") == 1
    assert await numbers(database) == (2,)


async def test_a_transaction_cancelled_within_a_statement_is_rolled_back(
    database: Database,
) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        async with database.transaction() as connection:
            started.set()
            await connection.execute(COUNT_SLOWLY)

    task = asyncio.create_task(slow())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert await database.execute("INSERT INTO numbers VALUES (7)") == 1
    assert await numbers(database) == (7,)


async def test_a_transaction_cancelled_at_any_step_is_whole_or_absent(database: Database) -> None:
    async def insert_pair(n: int) -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO numbers VALUES (?)", (n,))
            await connection.execute("INSERT INTO numbers VALUES (?)", (-n,))

    for n in range(1, 200):
        task = asyncio.create_task(insert_pair(n))
        for _ in range(n):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    found = set(await numbers(database))
    assert found == {-n for n in found}


async def test_a_cancelled_write_that_waited_for_another_is_not_done(database: Database) -> None:
    async with database.transaction():
        waiting = asyncio.create_task(database.execute("INSERT INTO numbers VALUES (1)"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    assert await numbers(database) == ()


async def test_what_is_committed_is_seen_while_others_read_or_stop_reading(
    database: Database,
) -> None:
    for n in range(50):
        reads = [asyncio.create_task(numbers(database)) for _ in range(3)]
        for _ in range(n % 10):
            await asyncio.sleep(0)
        reads[0].cancel()

        await database.execute("INSERT INTO numbers VALUES (?)", (n,))

        assert await numbers(database) == tuple(range(n + 1))
        await asyncio.wait(reads)


async def test_a_row_that_cannot_be_converted_leaves_no_read_open(database: Database) -> None:
    await database.execute("INSERT INTO numbers VALUES (1), (2)")
    with pytest.raises(IndexError) as error:
        await database.fetch(lambda row: row["nothing"], "SELECT n FROM numbers")

    await database.execute("INSERT INTO numbers VALUES (3)")

    assert await numbers(database) == (1, 2, 3)
    assert error.tb


async def test_writers_side_by_side_all_succeed(database: Database) -> None:
    await asyncio.gather(
        *(database.execute("INSERT INTO numbers VALUES (?)", (n,)) for n in range(100))
    )

    assert await numbers(database) == tuple(range(100))


async def test_closing_waits_for_the_transaction_that_runs(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "test.db", KEY, [TABLE])
    async with database.transaction() as connection:
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        await connection.execute("INSERT INTO numbers VALUES (1)")
    await closing

    database = await Database.open(tmp_path / "test.db", KEY, [TABLE])
    assert await numbers(database) == (1,)
    await database.close()


async def test_the_reading_connection_refuses_to_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.fetch(tuple, "INSERT INTO numbers VALUES (1) RETURNING n")


async def test_commits_are_synced_and_references_enforced(database: Database) -> None:
    async with database.transaction() as connection:
        settings = {
            name: tuple(*await connection.execute_fetchall(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert settings == {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,)}


# Migrations --------------------------------------------------------------------------------------


async def user_version(path: Path) -> int:
    with closing(connect(path, KEY)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    return int(version)


async def test_each_migration_runs_once(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    insert = "INSERT INTO numbers VALUES (1);"
    for migrations in ([TABLE], [TABLE, insert], [TABLE, insert]):
        database = await Database.open(path, KEY, migrations)
        await database.close()

    assert await user_version(path) == 2


async def test_a_failing_migration_leaves_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    failing = "INSERT INTO numbers VALUES (1); INSERT INTO nowhere VALUES (1);"

    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        await Database.open(path, KEY, [TABLE, failing])

    assert await user_version(path) == 1
    database = await Database.open(path, KEY, [TABLE])
    assert await numbers(database) == ()
    await database.close()


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    database = await Database.open(path, KEY, [TABLE, "INSERT INTO numbers VALUES (1);"])
    await database.close()

    with pytest.raises(DatabaseTooNew, match="version 2, this program knows 1"):
        await Database.open(path, KEY, [TABLE])

    assert await user_version(path) == 2


async def test_an_error_while_opening_leaves_no_thread_behind(tmp_path: Path) -> None:
    await asyncio.to_thread(str)  # the event loop's own thread is there from now on
    before = threading.enumerate()

    with pytest.raises(sqlite3.OperationalError):
        await Database.open(tmp_path / "test.db", KEY, ["nonsense"])

    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        await asyncio.to_thread(thread.join, 5)
    assert not any(thread.is_alive() for thread in new)


async def test_the_migrations_of_the_program_keep_every_reference(tmp_path: Path) -> None:
    async with aiosqlite.connect(tmp_path / "test.db", isolation_level=None) as connection:
        await migrate(connection, scripts())
        assert list(await connection.execute_fetchall("PRAGMA foreign_key_check")) == []
        ((ok,),) = await connection.execute_fetchall("PRAGMA integrity_check")
    assert ok == "ok"


async def test_chats_keep_their_models_when_these_may_be_deactivated(tmp_path: Path) -> None:
    """0002: older rows stay, and are deleted with their model as before."""
    path = tmp_path / "old.db"
    database = await Database.open(path, KEY, scripts()[:1])
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO users (id, language) VALUES (1, 'en')")
        for model_id in (1, 2):
            await connection.execute(
                "INSERT INTO models (id, owner_id, name, name_key, file, card, created_at)"
                " VALUES (?1, 1, ?1, ?1, '', '', '')",
                (model_id,),
            )
        await connection.execute("INSERT INTO chats (id, model_id) VALUES (10, 1), (20, 2)")
    await database.close()

    database = await Database.open(path, KEY, scripts()[:2])
    assert await chosen(database) == ((10, 1), (20, 2))
    await database.execute("DELETE FROM models WHERE id = 2")
    assert await chosen(database) == ((10, 1),)
    await database.execute("UPDATE chats SET model_id = NULL")
    assert await chosen(database) == ((10, None),)
    await database.close()


async def chosen(database: Database) -> tuple[tuple[int, int | None], ...]:
    """Each chat with its model."""
    return await database.fetch(
        lambda row: (row["id"], row["model_id"]), "SELECT id, model_id FROM chats ORDER BY id"
    )


def test_the_migrations_are_numbered_without_a_gap() -> None:
    folder = Path(__file__).resolve().parents[2] / "storage" / "migrations"
    numbers_found = sorted(int(path.name.split("_")[0]) for path in folder.glob("*.sql"))

    assert numbers_found == list(range(1, len(scripts()) + 1))


async def test_rows_are_written_where_the_file_can_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    database = await Database.open(path, KEY, ["CREATE TABLE numbers (n, text)"])
    try:
        await database.keep_room()
        pages = path.stat().st_size // 4096
        await database.execute(f"PRAGMA max_page_count = {pages}")
        log = path.with_name("full.db-wal")
        log_bytes = log.stat().st_size
        for number in range(500):
            await database.execute("INSERT INTO numbers VALUES (?, ?)", (number, "x" * 500))
        assert log.stat().st_size == log_bytes
        with pytest.raises(NoRoom):
            await database.execute("INSERT INTO numbers VALUES (0, ?)", ("x" * 4096 * 700,))
        await database.execute("DELETE FROM numbers")
    finally:
        await database.close()
