"""One SQLite database: a connection that writes, whole transactions only, and one that reads."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from core.errors import LukoshkoError
from storage.migrations import migrate, scripts

BUSY_TIMEOUT_S = 10.0

T = TypeVar("T")


class Database:
    """Writes run one after the other; reads run beside them and see only what is committed."""

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        reader: sqlite3.Connection,
        reading: Executor,
        resources: AsyncExitStack,
    ) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._reading = reading
        self._resources = resources
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, migrations: Sequence[str] | None = None) -> Database:
        """Opens the database and brings its schema up to date. Raises DatabaseTooNew, and
        sqlite3.Error if a migration fails."""
        async with AsyncExitStack() as resources:
            writer = await resources.enter_async_context(_connect(path))
            writer.row_factory = sqlite3.Row
            await writer.execute("PRAGMA journal_mode = WAL")
            # FULL syncs the log at every commit: NORMAL may forget the last commits at a power cut.
            await writer.execute("PRAGMA synchronous = FULL")
            await migrate(writer, scripts() if migrations is None else migrations)
            await writer.execute("PRAGMA foreign_keys = ON")
            await writer.execute("PRAGMA temp_store = MEMORY")
            # What is deleted is overwritten, and not only given free.
            await writer.execute("PRAGMA secure_delete = ON")
            reader = resources.enter_context(closing(_connect_reader(path)))
            reading = ThreadPoolExecutor(1, "reading")
            resources.push_async_callback(asyncio.to_thread, reading.shutdown)
            opened = resources.pop_all()
        return cls(path, writer, reader, reading, opened)

    async def close(self) -> None:
        """Closes both connections, after the transaction that runs."""
        async with self._lock:
            await self._resources.aclose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """The writing connection, exclusive until the block ends: all is committed, or nothing.

        Only statements of this connection are awaited in the block. Cancelling is safe at every
        await: the connection's thread runs what it was given in order, so a statement that nobody
        waits for any more, and then the rollback, are over before the next BEGIN; after a COMMIT
        the rollback does nothing.
        """
        async with self._lock:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                await self._writer.commit()
            except BaseException:
                await self._writer.rollback()
                raise

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Runs one statement as a transaction and returns the number of rows that it changed."""
        async with self.transaction() as connection:
            return (await connection.execute(sql, parameters)).rowcount

    async def truncate_log(self) -> None:
        """Brings all that is committed into the database file and empties the log beside it, which
        otherwise holds deleted rows for a while."""
        async with self._lock:
            await self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def write_lines(self, sql: str, parameters: Sequence[Any], out: Path) -> None:
        """Writes what a query finds to a file, the first column of each row a line.

        Over a connection of its own: other reads go beside it.
        """
        await asyncio.to_thread(_write_lines, self._path, sql, parameters, out)

    async def fetch(
        self, entity: Callable[[sqlite3.Row], T], sql: str, parameters: Sequence[Any] = ()
    ) -> tuple[T, ...]:
        """Runs a query; `entity` converts each row, in the connection's thread and not on the event loop.

        One call in the thread begins and ends the query, cancelled or not: what is committed before
        `fetch` is called is seen. With a query open beside it, which aiosqlite's cursors leave, it
        would read what that one reads.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, self._fetch, entity, sql, parameters)

    def _fetch(
        self, entity: Callable[[sqlite3.Row], T], sql: str, parameters: Sequence[Any]
    ) -> tuple[T, ...]:
        with closing(self._reader.execute(sql, parameters)) as cursor:
            return tuple(entity(row) for row in cursor)


@contextmanager
def unique_or(error: LukoshkoError) -> Iterator[None]:
    """Raises this error where a unique index rejects the row."""
    try:
        yield
    except sqlite3.IntegrityError as refusal:
        if refusal.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            raise error from refusal
        raise


def _connect(path: Path) -> aiosqlite.Connection:
    # No isolation level: the driver begins no transaction of its own.
    return aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def _connect_reader(path: Path) -> sqlite3.Connection:
    reader = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    reader.row_factory = sqlite3.Row
    reader.execute("PRAGMA query_only = ON").close()
    return reader


def _write_lines(path: Path, sql: str, parameters: Sequence[Any], out: Path) -> None:
    with (
        closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection,
        out.open("w", encoding="utf-8") as file,
    ):
        connection.execute("PRAGMA query_only = ON")
        file.writelines(f"{row[0]}\n" for row in connection.execute(sql, parameters))
