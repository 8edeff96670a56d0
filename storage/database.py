"""One SQLite database, encrypted by SQLCipher: a connection that writes, whole transactions only, one that
writes single statements in groups, and one that reads.

The driver's exceptions are not those of `sqlite3`, and become them here, in `errors_of_sqlite3`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite
from sqlcipher3 import dbapi2 as sqlcipher

from core.errors import DatabaseBroken, LukoshkoError, NoRoom, NothingKept
from core.sealed import Key
from storage.migrations import migrate, scripts

BUSY_TIMEOUT_S = 10.0
_CHECKS = 3
# Pages that are kept free for a full disk: they hold thousands of updates. The log beside the database begins
# anew after fewer pages than that, so that what was kept for it is enough.
KEPT_PAGES = 600
_LOG_PAGES = 400
_PAGE_BYTES = 4096

_FAILED_WRITES = (
    *(sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE),
    *(sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_DELETE),
)

T = TypeVar("T")

_Gathered = tuple[str, Sequence[Any], "asyncio.Future[None]"]


class Database:
    """Writes run one after the other; reads run beside them and see only what is committed."""

    def __init__(
        self,
        path: Path,
        key: Key,
        writer: aiosqlite.Connection,
        reader: sqlite3.Connection,
        reading: Executor,
        grouped: sqlite3.Connection,
        grouping: Executor,
        resources: AsyncExitStack,
    ) -> None:
        self._path = path
        self._key = key
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
    async def open(cls, path: Path, key: Key, migrations: Sequence[str] | None = None) -> Database:
        """Opens the database and brings its schema up to date. Raises DatabaseTooNew, DatabaseBroken, and
        sqlite3.Error if a migration fails."""
        with errors_of_sqlite3():
            await asyncio.to_thread(check_readable, path, key)
            return await cls._open(path, key, scripts() if migrations is None else migrations)

    @classmethod
    async def _open(cls, path: Path, key: Key, migrations: Sequence[str]) -> Database:
        async with AsyncExitStack() as resources:
            writer = await resources.enter_async_context(
                aiosqlite.Connection(lambda: connect(path, key), iter_chunk_size=64)
            )
            await writer.execute("PRAGMA journal_mode = WAL")
            # FULL syncs the log at every commit: NORMAL may forget the last commits at a power cut.
            await writer.execute("PRAGMA synchronous = FULL")
            await writer.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            # What was deleted is overwritten: a key that is gone is not to be found in a free page.
            await writer.execute("PRAGMA secure_delete = ON")
            await migrate(writer, migrations)
            await writer.execute("PRAGMA foreign_keys = ON")
            await writer.execute("PRAGMA temp_store = MEMORY")
            reader = resources.enter_context(closing(_connect_reader(path, key)))
            reading = ThreadPoolExecutor(1, "reading")
            resources.push_async_callback(asyncio.to_thread, reading.shutdown)
            grouped = resources.enter_context(closing(_connect_grouped(path, key)))
            grouping = ThreadPoolExecutor(1, "grouping")
            resources.push_async_callback(asyncio.to_thread, grouping.shutdown)
            opened = resources.pop_all()
        return cls(path, key, writer, reader, reading, grouped, grouping, opened)

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
            with errors_of_sqlite3():
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
        otherwise holds deleted rows for a while. Its room is kept at once again: on a full disk others take it."""
        async with self._lock:
            with errors_of_sqlite3():
                await self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await self.keep_room()

    async def keep_room(self) -> None:
        """Keeps free pages in the database and a log that is as long, so that rows can be written on a full
        disk: neither file has to grow then. Where there is no room already, it does nothing."""
        (free,) = await self.fetch(lambda row: int(row[0]), "PRAGMA freelist_count")
        log = self._path.with_name(f"{self._path.name}-wal")
        kept_bytes = KEPT_PAGES * _PAGE_BYTES
        if free >= KEPT_PAGES // 2 and log.exists() and log.stat().st_size >= kept_bytes:
            return
        with suppress(NoRoom, NothingKept, sqlite3.OperationalError):
            async with self.transaction() as connection:
                await connection.execute("CREATE TABLE room (filler)")
                await connection.execute("INSERT INTO room VALUES (zeroblob(?))", (kept_bytes,))
                await connection.execute("DROP TABLE room")

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
        with errors_of_sqlite3(), closing(self._grouped.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                for sql, parameters, _ in group:
                    cursor.execute(sql, parameters)
                cursor.execute("COMMIT")
            except BaseException:
                if self._grouped.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    async def lines(self, sql: str, parameters: Sequence[Any]) -> bytes:
        """What a query finds, the first column of each row a line, in UTF-8.

        Over a connection of its own: other reads go beside it.
        """
        return await asyncio.to_thread(_lines, self._path, self._key, sql, parameters)

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
        with errors_of_sqlite3(), closing(self._reader.execute(sql, parameters)) as cursor:
            return tuple(entity(row) for row in cursor)


@contextmanager
def unique_or(error: LukoshkoError) -> Iterator[None]:
    """Raises this error where a unique index rejects the row."""
    try:
        yield
    except sqlite3.IntegrityError as refusal:
        if str(refusal).startswith("UNIQUE constraint failed"):
            raise error from refusal
        raise


def connect(path: Path, key: Key | None) -> sqlite3.Connection:
    """A connection to a database that is encrypted with the key; not encrypted where there is none.

    Its exceptions are SQLCipher's. The driver begins no transaction of its own.
    """
    connection = sqlcipher.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlcipher.Row
    # What it would print is in the exception too.
    connection.execute("PRAGMA cipher_log_level = NONE").close()
    if key is not None:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"").close()
    # With the driver's own type, which has the same methods, nothing could be checked.
    return cast(sqlite3.Connection, connection)


def check_readable(path: Path, key: Key) -> None:
    """Checks every page of the database. Raises DatabaseBroken; nothing was written then, unless the log of a
    process that was killed had to be applied first. One that is not there is as good as one that is."""
    if not path.exists():
        return
    found = _damage(path, key, applied=False)
    for _ in range(_CHECKS):  # beside a bot, a page may be written while it is looked at
        if found and path.with_name(f"{path.name}-wal").exists():
            found = _damage(path, key, applied=True)
    if found:
        raise DatabaseBroken(database=str(path), detail=found)


def _damage(path: Path, key: Key, *, applied: bool) -> str:
    """What is wrong with the database, "" for nothing. applied : True to apply the log before."""
    with closing(connect(path, key)) as connection:
        try:
            with errors_of_sqlite3():
                if applied:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
                damaged = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, or not to be opened
                raise
            return str(error)
    return str(damaged[0][0]) if damaged else ""


def _connect_grouped(path: Path, key: Key) -> sqlite3.Connection:
    """A connection for one call that runs a whole transaction: with aiosqlite, each statement of it would be
    a call of a thread."""
    grouped = connect(path, key)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
        grouped.execute(f"PRAGMA {pragma}").close()
    grouped.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}").close()
    grouped.execute("PRAGMA secure_delete = ON").close()
    return grouped


def _connect_reader(path: Path, key: Key) -> sqlite3.Connection:
    reader = connect(path, key)
    reader.execute("PRAGMA query_only = ON").close()
    return reader


def _lines(path: Path, key: Key, sql: str, parameters: Sequence[Any]) -> bytes:
    with errors_of_sqlite3(), closing(_connect_reader(path, key)) as reader:
        return "".join(f"{row[0]}\n" for row in reader.execute(sql, parameters)).encode()


@contextmanager
def errors_of_sqlite3() -> Iterator[None]:
    """Raises SQLCipher's errors as those of `sqlite3`."""
    try:
        yield
    except sqlcipher.Error as error:
        if said := _error_of_disk(error):
            raise said from error
        kind = getattr(sqlite3, type(error).__name__)
        raise kind(*error.args) from error


def _error_of_disk(error: Exception) -> LukoshkoError | None:
    """What is said where the disk takes no writes."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL:
        return NoRoom()
    return NothingKept() if code in _FAILED_WRITES else None
