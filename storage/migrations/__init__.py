"""The schema's history: scripts named `NNNN_what.sql`, each run once, in order.

`user_version` counts the scripts that the database has run; a script and the new count are one
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import aiosqlite

from core.errors import DatabaseTooNew


def scripts() -> tuple[str, ...]:
    """The SQL of all migrations, oldest first."""
    found = [file for file in files(__name__).iterdir() if file.name.endswith(".sql")]
    return tuple(file.read_text("utf-8") for file in sorted(found, key=lambda file: file.name))


async def migrate(connection: aiosqlite.Connection, migrations: Sequence[str]) -> None:
    """Runs the migrations that the database has not run yet; a failed one is rolled back.

    Foreign keys must be off, so that a migration can build a table anew. Raises DatabaseTooNew if
    the database has run more than these.
    """
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if version > len(migrations):
        raise DatabaseTooNew(version=version, known=len(migrations))
    for number, script in enumerate(migrations[version:], start=version + 1):
        try:
            await connection.executescript(
                f"BEGIN IMMEDIATE;\n{script}\n;PRAGMA user_version = {number};\nCOMMIT;"
            )
        except BaseException:
            await connection.rollback()
            raise
