"""One SQLite database: a connection that writes, whole transactions only, one that writes single
statements in groups, and one that reads."""

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

_Gathered = tuple[str, Sequence[Any], "asyncio.Future[None]"]


class Database:
    """Writes run one after the other; reads run beside them and see only what is committed."""

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        reader: sqlite3.Connection,
        reading: Executor,
        grouped: sqlite3.Connection,
        grouping: Executor,
        resources: AsyncExitStack,
    ) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._reading = reading
        self._grouped = grouped
        self._grouping = grouping
        self._resources = resources
        self._lock = asyncio.Lock()
        self._gathered: list[_Gathered] = []
        self._writing: asyncio.Task[None] | None = None

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
            reader = resources.enter_context(closing(_connect_reader(path)))
            reading = ThreadPoolExecutor(1, "reading")
            resources.push_async_callback(asyncio.to_thread, reading.shutdown)
            grouped = resources.enter_context(closing(_connect_grouped(path)))
            grouping = ThreadPoolExecutor(1, "grouping")
            resources.push_async_callback(asyncio.to_thread, grouping.shutdown)
            opened = resources.pop_all()
        return cls(path, writer, reader, reading, grouped, grouping, opened)

    async def close(self) -> None:
        """Closes the connections, after the transactions that were begun."""
        if self._writing:
            await asyncio.wait([self._writing])
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

    async def together(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Runs one statement in a transaction with others that come at the same time; it is committed when
        this returns. A commit costs as much as a hundred statements, and those of a busy bot are many.

        Statements of one group fail together; a caller that is cancelled withdraws nothing.
        """
        written = asyncio.get_running_loop().create_future()
        self._gathered.append((sql, parameters, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_gathered())
        await written

    async def _write_gathered(self) -> None:
        """Writes group after group: what comes while one is written makes the next."""
        loop = asyncio.get_running_loop()
        while self._gathered:
            async with self._lock:
                group, self._gathered = self._gathered, []
                try:
                    await loop.run_in_executor(self._grouping, self._write_group, group)
                except Exception as error:
                    for _, _, written in group:
                        if not written.cancelled():
                            written.set_exception(error)
                    continue
            for _, _, written in group:
                if not written.cancelled():
                    written.set_result(None)

    def _write_group(self, group: Sequence[_Gathered]) -> None:
        with closing(self._grouped.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                for sql, parameters, _ in group:
                    cursor.execute(sql, parameters)
                cursor.execute("COMMIT")
            except BaseException:
                if self._grouped.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

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


def _connect_grouped(path: Path) -> sqlite3.Connection:
    """A connection for one call that runs a whole transaction: with aiosqlite, each statement of it would be
    a call of a thread."""
    grouped = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
        grouped.execute(f"PRAGMA {pragma}").close()
    return grouped


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
